"""What a process writes when it takes a run over, and the launches it then has before it. Pure.

A plan is matched with what the journal knows by identity, never by position: the manifest may have been
reordered, extended or shortened in between.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from launcher.journal.events import (
    AttemptFinished,
    Event,
    LaunchFinished,
    LaunchPlanned,
    RestartAllowed,
    RunOpened,
)
from launcher.journal.lifecycle import LaunchRecord, State
from launcher.journal.replay import History
from launcher.manifest.model import Identity
from launcher.outcome import OutcomeKind, Result
from launcher.plan.model import Launch, Plan

LOST_REPLY = "the launcher ended before the reply was recorded"


@dataclass(frozen=True, slots=True)
class Opening:
    """A run that is about to go on."""

    events: list[Event]
    """To be written first; `history` has them already."""
    history: History
    records: list[LaunchRecord]
    """The launches of the plan, in its order."""


def take_over(
    history: History, plan: Plan, opened: RunOpened, allow_restart: Mapping[Identity, str]
) -> Opening:
    """Go on with `history` under `plan`; `allow_restart` holds the operator's reason per campaign.

    Raises:
        ValueError: the plan names a launch twice, which would be started twice.
        IllegalEventError: the history is not a legal one.
    """
    known = {record.planned.identity: number for number, record in enumerate(history.records)}
    planned = _planned(plan, known)
    events: list[Event] = [opened, *_discoveries(history, opened.at)]
    if planned != [history.records[number].planned for number in history.plan]:
        events += planned
    events += [
        RestartAllowed(each.launch, opened.at, allow_restart[each.identity])
        for each in planned
        if each.identity in allow_restart
    ]
    for event in events:
        history.apply(event)
    return Opening(events, history, [history.records[each.launch] for each in planned])


def _discoveries(history: History, at: float) -> list[Event]:
    """What the process before this one could not record any more."""
    events: list[Event] = []
    for number, record in enumerate(history.records):
        if record.state is State.SENDING:
            attempt = history.attempt[number]
            events.append(AttemptFinished(number, attempt, at, OutcomeKind.IN_DOUBT, LOST_REPLY))
        elif record.state is State.ACCEPTED:
            events.append(LaunchFinished(number, at, Result.STARTED))
    return events


def _planned(plan: Plan, known: Mapping[Identity, int]) -> list[LaunchPlanned]:
    if len({launch.identity for launch in plan.launches}) != len(plan.launches):
        raise ValueError("the plan names a launch twice")
    if not known:  # a new run: without a table of all launches, and one integer for each instead of two
        return [_announce(position, position, launch) for position, launch in enumerate(plan.launches)]
    numbers = dict(known)
    return [
        _announce(numbers.setdefault(launch.identity, len(numbers)), position, launch)
        for position, launch in enumerate(plan.launches)
    ]


def _announce(number: int, position: int, launch: Launch) -> LaunchPlanned:
    bot = launch.bot.name if launch.bot is not None else None
    return LaunchPlanned(number, position, launch.identity, launch.account.name, bot, launch.name)
