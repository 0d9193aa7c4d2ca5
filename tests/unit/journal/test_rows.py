import sqlite3
from contextlib import closing
from types import NoneType, UnionType
from typing import get_args, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from launcher.journal.events import AttemptFinished, Event, ReadFinished, RunHalted
from launcher.journal.rows import COLUMNS, KINDS, RowError, from_row, insert_of, to_params
from launcher.journal.schema import MIGRATIONS
from launcher.manifest.model import Identity
from launcher.outcome import OutcomeKind, Result

EVENT_CLASSES = get_args(Event)
IDENTITY = Identity("https://platform.kore.ai", "account", "stream", "campaign", "sms")
VALUES = {
    int: st.integers(-(2**63), 2**63 - 1),
    float: st.floats(allow_nan=False),
    str: st.text(st.characters(exclude_categories=["Cs"])),
    bool: st.booleans(),
    OutcomeKind: st.sampled_from(OutcomeKind),
    Result: st.sampled_from(Result),
    Identity: st.just(IDENTITY),
    NoneType: st.none(),
}


def examples(event_class):
    def values(annotation):
        kinds = get_args(annotation) if isinstance(annotation, UnionType) else [annotation]
        return st.one_of(*(VALUES[kind] for kind in kinds))

    return st.builds(
        event_class, **{name: values(kind) for name, kind in get_type_hints(event_class).items()}
    )


@pytest.fixture(scope="module")
def tables():
    with closing(sqlite3.connect(":memory:")) as connection:
        for statement in (statement for step in MIGRATIONS for statement in step):
            connection.execute(statement)
        yield connection


def stored(tables, event):
    """The event after a stay in the table."""
    seq = tables.execute("SELECT coalesce(max(seq), 0) + 1 FROM events").fetchone()[0]
    insert_of(type(event)).execute(tables, [to_params(event, 1, seq)])
    query = f"SELECT kind, {', '.join(COLUMNS)} FROM events WHERE run = 1 AND seq = ?"
    kind, *values = tables.execute(query, (seq,)).fetchone()
    return from_row(kind, values, {getattr(event, "launch", None): IDENTITY})


def test_every_event_class_has_a_kind_of_its_own():
    assert set(KINDS.values()) == set(EVENT_CLASSES)
    assert len(KINDS) == len(EVENT_CLASSES)


@pytest.mark.parametrize("event_class", EVENT_CLASSES, ids=lambda each: each.__name__)
@given(data=st.data())
def test_an_event_comes_back_as_it_was_stored(tables, event_class, data):
    event = data.draw(examples(event_class))
    assert stored(tables, event) == event


def test_half_a_surrogate_pair_in_a_server_s_words_is_written_out(tables):
    assert stored(tables, RunHalted(1.0, "broken \ud83d text")) == RunHalted(1.0, "broken \\ud83d text")


GOOD = AttemptFinished(3, 1, 5.0, OutcomeKind.ACCEPTED, http_status=200)
BAD_CELLS = {
    "outcome": ["perhaps", None, 7],
    "at": ["noon", None],
    "launch": [None, "three", 1.5],
    "http_status": ["200"],
    "already_active": [2, None, "yes"],
    "reason": [b"bytes"],
}


@pytest.mark.parametrize(("column", "cell"), [(name, cell) for name in BAD_CELLS for cell in BAD_CELLS[name]])
def test_a_cell_that_no_launcher_wrote_makes_no_event(column, cell):
    _, _, *values = to_params(GOOD, 1, 1)
    row = dict.fromkeys(COLUMNS) | dict(zip(get_type_hints(AttemptFinished), values, strict=True))
    assert from_row("attempt_finished", list(row.values()), {}) == GOOD
    row[column] = cell
    with pytest.raises(RowError, match="attempt_finished"):
        from_row("attempt_finished", list(row.values()), {})


@pytest.mark.parametrize("kind", ["attempt_guessed", "", None, "launch_planned"])
def test_a_row_of_no_kind_or_of_an_unknown_launch_makes_no_event(kind):
    row = dict.fromkeys(COLUMNS) | {"launch": 3, "position": 0, "account": "acme"}
    with pytest.raises(RowError):
        from_row(kind, list(row.values()), {})


def test_absent_values_stay_absent(tables):
    assert stored(tables, ReadFinished(0, 1.0, None)) == ReadFinished(0, 1.0, None)
