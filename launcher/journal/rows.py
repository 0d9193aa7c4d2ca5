"""Typed events to rows of the table `events`, and back. A column has the name of the field it holds."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter
from types import NoneType, UnionType
from typing import Any, get_args, get_type_hints

from launcher.journal.bulk import Insert, Row
from launcher.journal.events import (
    AttemptFinished,
    AttemptIntended,
    AttemptWithdrawn,
    DoubtCleared,
    Event,
    GateOpened,
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
    "gate_opened": GateOpened,
    "run_halted": RunHalted,
    "run_closed": RunClosed,
}
"""The column `kind`."""


class RowError(ValueError):
    """A row that no launcher wrote: the journal is damaged."""


@dataclass(frozen=True, slots=True)
class _Type:
    """How the fields of a type are stored."""

    stored: tuple[type, ...]
    """What SQLite gives back, if a launcher wrote it."""
    read: Callable[[Any], object] | None = None
    """From the cell to the value; None when they are the same."""
    write: Callable[[Any], object] | None = None


def storable(value: str | None) -> str | None:
    """The text as SQLite takes it: half a surrogate pair, legal in JSON and in file names, is written out."""
    if value is None or value.isascii():
        return value
    return value.encode("utf-8", "backslashreplace").decode()


_TYPES: dict[object, _Type] = {
    int: _Type((int,)),
    float: _Type((float, int)),
    str: _Type((str,), write=storable),
    bool: _Type((int,), read={0: False, 1: True}.__getitem__, write=int),
    OutcomeKind: _Type((str,), read=OutcomeKind, write=attrgetter("value")),
    Result: _Type((str,), read=Result, write=attrgetter("value")),
}


def _columns(event_class: type[Event]) -> dict[str, _Type]:
    """The fields that are columns; not the identity, which is stored once, in the table `identities`."""
    hints = get_type_hints(event_class)
    return {name: _type(annotation) for name, annotation in hints.items() if name != "identity"}


def _type(annotation: object) -> _Type:
    if not isinstance(annotation, UnionType):
        return _TYPES[annotation]
    (kind,) = [kind for kind in get_args(annotation) if kind is not NoneType]
    return replace(_TYPES[kind], stored=(*_TYPES[kind].stored, NoneType))


COLUMNS: tuple[str, ...] = tuple(dict.fromkeys(name for each in KINDS.values() for name in _columns(each)))
"""What `from_row` takes after `kind`."""
_LAUNCH = COLUMNS.index("launch")


class _Mapping:
    """One event class and its rows."""

    def __init__(self, kind: str, event_class: type[Event]) -> None:
        columns = _columns(event_class)
        names, marks = ", ".join(columns), ", ".join("?" * len(columns))
        self.event_class = event_class
        self.insert = Insert(f"INSERT INTO events (kind, run, seq, {names})", f"('{kind}', ?, ?, {marks})")
        self.values = attrgetter(*columns)
        writers = [(place, each.write) for place, each in enumerate(columns.values(), start=2)]
        self.writers = [(place, write) for place, write in writers if write is not None]
        self.cells = [(COLUMNS.index(name), name, each) for name, each in columns.items()]

    def arguments(self, values: Sequence[Any]) -> dict[str, Any]:
        """The fields of the event of a row."""
        arguments = {}
        for place, name, kind in self.cells:
            value = values[place]
            if not isinstance(value, kind.stored):
                raise TypeError(f"its {name} is {value!r}")
            arguments[name] = value if value is None or kind.read is None else kind.read(value)
        return arguments


_MAPPINGS = {kind: _Mapping(kind, event_class) for kind, event_class in KINDS.items()}
_MAPPING_OF = {mapping.event_class: mapping for mapping in _MAPPINGS.values()}


def insert_of(event_class: type[Event]) -> Insert:
    """What stores such events; takes what `to_params` gives."""
    return _MAPPING_OF[event_class].insert


def to_params(event: Event, run: int, seq: int) -> Row:
    """The values of the event's row."""
    mapping = _MAPPING_OF[type(event)]
    params = [run, seq, *mapping.values(event)]
    for place, write in mapping.writers:
        if params[place] is not None:
            params[place] = write(params[place])
    return params


def from_row(kind: str, values: Sequence[Any], identities: Mapping[int, Identity]) -> Event:
    """The event of a row: `kind`, then the values of its `COLUMNS`; `identities` by launch number.

    Raises:
        RowError: no launcher wrote such a row.
    """
    try:
        mapping = _MAPPINGS[kind]
        arguments = mapping.arguments(values)
        if mapping.event_class is LaunchPlanned:
            arguments["identity"] = identities[values[_LAUNCH]]
        return mapping.event_class(**arguments)
    except (KeyError, TypeError, ValueError) as error:
        raise RowError(f"a row of kind {kind!r} makes no event ({error!r})") from error
