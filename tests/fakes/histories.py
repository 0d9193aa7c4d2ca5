"""Legal lives of launches, drawn by hypothesis: any walk through the transition table."""

from copy import copy

from hypothesis import strategies as st

from launcher.journal.events import (
    AttemptFinished,
    AttemptIntended,
    AttemptWithdrawn,
    DoubtCleared,
    LaunchFinished,
    LaunchReopened,
    ReadFinished,
    ReadIntended,
    RestartAllowed,
)
from launcher.journal.lifecycle import TRANSITIONS, LaunchRecord, Step
from launcher.outcome import OutcomeKind, Result

EVENTS = {
    Step.INTEND: lambda number, attempts, at: AttemptIntended(number, attempts + 1, at),
    Step.WITHDRAW: lambda number, attempts, at: AttemptWithdrawn(number, attempts, at, "halted"),
    Step.READ: lambda number, _attempts, at: ReadIntended(number, at),
    Step.CLEAR: lambda number, _attempts, at: DoubtCleared(number, at, "Ready twice"),
    Step.REOPEN: lambda number, _attempts, at: LaunchReopened(number, at),
}
EVENTS[Step.WITHDRAW_FIRST] = EVENTS[Step.WITHDRAW]
OUTCOMES = {Step(kind.value): kind for kind in OutcomeKind}
RESULTS = {Step(f"end: {result}"): result for result in Result}


def event_for(step, record, at):
    """An event that takes this step."""
    number, attempts = record.planned.launch, record.attempts
    if step in OUTCOMES:
        return AttemptFinished(number, attempts, at, OUTCOMES[step], "why", 200, "what was said")
    if step in RESULTS:
        return LaunchFinished(number, at, RESULTS[step], "because", "the evidence")
    return EVENTS[step](number, attempts, at)


@st.composite
def walks(draw, planned, longest=12):
    """Events of launches that were just `planned` (events of that class), legal and in order."""
    records = [LaunchRecord(each) for each in planned]
    events = []
    for second in range(draw(st.integers(0, longest * len(records)))):
        record = draw(st.sampled_from(records))
        steps = [step for state, step in TRANSITIONS if state is record.state]
        at = 1_800_000_000.0 + second
        options = [event_for(step, record, at) for step in steps]
        options += [RestartAllowed(record.planned.launch, at, "so be it")]
        if events and events[-1] == ReadIntended(record.planned.launch, at - 1):
            options = [ReadFinished(record.planned.launch, at, "Ready", 200, throttled=draw(st.booleans()))]
        event = draw(st.sampled_from(options))
        record.apply(event)
        events.append(event)
    return events


def applied(planned, events):
    """The records of launches that were `planned`, after `events`."""
    records = {each.launch: LaunchRecord(each) for each in planned}
    for event in events:
        records[event.launch].apply(event)
    return [copy(record) for record in records.values()]
