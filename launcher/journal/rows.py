"""Typed events to rows of the table `events`, and back. A column has the name of the field it holds."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from types import NoneType, UnionType
from typing import Any, get_args, get_type_hints

from launcher.journal.events import (
    AttemptFinished,
    AttemptIntended,
    AttemptWithdrawn,
    DoubtCleared,
    Event,
    LaneClosed,
    LaunchFinished,
    LaunchPlanned,
    LaunchReopened,
    ReadFinished,
    ReadIntended,
    RestartAllowed,
    RunClosed,
    RunHalted,
    RunOpened,
)
from launcher.manifest.model import Identity
from launcher.outcome import OutcomeKind, Result

KINDS: dict[str, type[Event]] = {
    "run_opened": RunOpened,
    "launch_planned": LaunchPlanned,
    "attempt_intended": AttemptIntended,
    "attempt_withdrawn": AttemptWithdrawn,
    "attempt_finished": AttemptFinished,
    "read_intended": ReadIntended,
    "read_finished": ReadFinished,
    "doubt_cleared": DoubtCleared,
    "launch_finished": LaunchFinished,
    "launch_reopened": LaunchReopened,
    "restart_allowed": RestartAllowed,
    "lane_closed": LaneClosed,
    "run_halted": RunHalted,
    "run_closed": RunClosed,
}
"""The column `kind`."""

Params = Sequence[object]


class RowError(ValueError):
    """A row that no launcher wrote: the journal is damaged."""


def _checked(*types: type) -> Callable[[Any], object]:
    def read(value: Any) -> object:
        if not isinstance(value, types):
            raise TypeError(f"{value!r} is no {types[0].__name__}")
        return value

    return read


def _text(value: str | None) -> str | None:
    # Half a surrogate pair is legal in JSON and in Python, and has no UTF-8.
    if value is None or value.isascii():
        return value
    return value.encode("utf-8", "backslashreplace").decode()


@dataclass(frozen=True, slots=True)
class _Type:
    """How a field of a type is stored."""

    read: Callable[[Any], object]
    """The value of a cell; raises what a cell that no launcher wrote deserves."""
    write: Callable[[Any], object] | None = None
    """The cell for a value; None when SQLite takes it as it is."""


_TYPES: dict[object, _Type] = {
    int: _Type(_checked(int)),
    float: _Type(_checked(float, int)),
    str: _Type(_checked(str), _text),
    bool: _Type({0: False, 1: True}.__getitem__, int),
    OutcomeKind: _Type(OutcomeKind, attrgetter("value")),
    Result: _Type(Result, attrgetter("value")),
}


@dataclass(frozen=True, slots=True)
class _Column:
    name: str
    type: _Type
    optional: bool


@dataclass(frozen=True, slots=True)
class _Mapping:
    insert: str
    columns: tuple[_Column, ...]
    values: Callable[[Any], Sequence[object]]
    """The columns' values of an event."""
    writers: tuple[tuple[int, Callable[[Any], object]], ...]
    """Which of an event's parameters must be converted, and how."""


def _column(name: str, annotation: object) -> _Column:
    optional = isinstance(annotation, UnionType)
    kinds = [kind for kind in get_args(annotation) if kind is not NoneType] if optional else [annotation]
    (kind,) = kinds
    return _Column(name, _TYPES[kind], optional)


def _mapping(kind: str, event_class: type[Event]) -> _Mapping:
    hints = get_type_hints(event_class)
    # An identity is stored once, in the table `identities`.
    columns = tuple(_column(name, annotation) for name, annotation in hints.items() if name != "identity")
    names = [column.name for column in columns]
    marks = ", ".join("?" * (len(names) + 2))
    insert = f"INSERT INTO events (kind, run, seq, {', '.join(names)}) VALUES ('{kind}', {marks})"  # noqa: S608  # the names are this package's own
    writers = ((place, column.type.write) for place, column in enumerate(columns, start=2))
    return _Mapping(
        insert,
        columns,
        attrgetter(*names),
        tuple((place, write) for place, write in writers if write is not None),
    )


_MAPPINGS = {event_class: _mapping(kind, event_class) for kind, event_class in KINDS.items()}
COLUMNS: tuple[str, ...] = tuple(
    dict.fromkeys(column.name for mapping in _MAPPINGS.values() for column in mapping.columns)
)
"""What `from_row` takes after `kind`."""
_PLACES: dict[object, tuple[tuple[_Column, int], ...]] = {
    kind: tuple((column, COLUMNS.index(column.name)) for column in _MAPPINGS[event_class].columns)
    for kind, event_class in KINDS.items()
}
_LAUNCH = COLUMNS.index("launch")


def insert_statement(event_class: type[Event]) -> str:
    """The statement that stores such an event; takes what `to_params` gives."""
    return _MAPPINGS[event_class].insert


def to_params(event: Event, run: int, seq: int) -> Params:
    """The values of the event's row."""
    mapping = _MAPPINGS[type(event)]
    params = [run, seq, *mapping.values(event)]
    for place, write in mapping.writers:
        params[place] = write(params[place])
    return params


def from_row(kind: str, values: Sequence[Any], identities: Mapping[int, Identity]) -> Event:
    """The event of a row: `kind`, then the values of its `COLUMNS`; `identities` by launch number.

    Raises:
        RowError: no launcher wrote such a row.
    """
    try:
        arguments = {column.name: _readable(column, values[place]) for column, place in _PLACES[kind]}
        if kind == "launch_planned":
            arguments["identity"] = identities[values[_LAUNCH]]
        return KINDS[kind](**arguments)
    except (KeyError, TypeError, ValueError) as error:
        raise RowError(f"a row of kind {kind!r} makes no event ({error!r})") from error


def _readable(column: _Column, value: Any) -> Any:
    return None if value is None and column.optional else column.type.read(value)
