"""Typed events to rows of the table `events`, and back. A column has the name of the field it holds."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
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

Params = tuple[object, ...]


class RowError(ValueError):
    """A row that no launcher wrote: the journal is damaged."""


def _checked(*types: type) -> Callable[[Any], object]:
    def read(value: Any) -> object:
        if not isinstance(value, types):
            raise TypeError(f"{value!r} is no {types[0].__name__}")
        return value

    return read


_READERS: dict[object, Callable[[Any], object]] = {
    int: _checked(int),
    float: _checked(float, int),
    str: _checked(str),
    bool: {0: False, 1: True}.__getitem__,
    OutcomeKind: OutcomeKind,
    Result: Result,
}
"""What a cell becomes, by the type of its field."""


@dataclass(frozen=True, slots=True)
class _Column:
    name: str
    read: Callable[[Any], object]
    optional: bool


@dataclass(frozen=True, slots=True)
class _Mapping:
    insert: str
    values: Callable[[Any], Sequence[object]]
    """The columns' values of an event."""
    columns: tuple[_Column, ...]


def _column(name: str, annotation: object) -> _Column:
    optional = isinstance(annotation, UnionType)
    kinds = [kind for kind in get_args(annotation) if kind is not NoneType] if optional else [annotation]
    (kind,) = kinds
    return _Column(name, _READERS[kind], optional)


def _mapping(kind: str, event_class: type[Event]) -> _Mapping:
    hints = get_type_hints(event_class)
    # An identity is stored once, in the table `identities`.
    columns = tuple(_column(name, annotation) for name, annotation in hints.items() if name != "identity")
    names = [column.name for column in columns]
    marks = ", ".join("?" * (len(names) + 2))
    insert = f"INSERT INTO events (kind, run, seq, {', '.join(names)}) VALUES ('{kind}', {marks})"  # noqa: S608  # the names are this package's own
    return _Mapping(insert, attrgetter(*names), columns)


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
    return (run, seq, *map(_storable, _MAPPINGS[type(event)].values(event)))


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
    return None if value is None and column.optional else column.read(value)


def _storable(value: object) -> object:
    """A value as SQLite takes it: enums and booleans as what they stand for."""
    if isinstance(value, str):
        text = value.value if isinstance(value, StrEnum) else value
        # Half a surrogate pair is legal in JSON and in Python, and has no UTF-8.
        return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()
    return int(value) if isinstance(value, int) else value
