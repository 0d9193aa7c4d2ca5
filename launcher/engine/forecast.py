"""When a run will be done: its own scheduler, on virtual time. Pure.

What is simulated is what runs (lanes, pacers, who is next, windows, waves), with a constant latency and no
trouble: so the numbers are what the run takes when nothing goes wrong, not a formula that could drift away.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from launcher.engine.course import Course, Instant
from launcher.engine.foresight import Foresight, Prospect
from launcher.engine.gates import Gates, Itinerary
from launcher.engine.lane import Lane
from launcher.journal.events import LaunchPlanned
from launcher.journal.lifecycle import LaunchRecord, State
from launcher.manifest.model import Identity
from launcher.outcome import NotAttempted
from launcher.plan.forecast import LATENCY, AccountForecast, Forecast, WaveForecast, budget_text
from launcher.plan.model import Launch, Plan

LaneKey = tuple[str, str]
"""`Account.lane`: what shares one budget."""


def forecast(
    plan: Plan, latency: float = LATENCY, *, now: float, started: Collection[Identity] = ()
) -> Forecast:
    """How long `plan` takes, begun at `now` (seconds since the epoch).

    Every reply takes `latency` seconds, every start is accepted and every gate finds its wave well. Launches
    that are barred are left out; a wave of nothing else holds those after it, unless the run `started` some
    of it earlier.
    """
    settings = plan.settings
    records = [
        LaunchRecord(
            LaunchPlanned(number, number, each.identity, each.account.name, None, None),
            State.STARTED if each.identity in started else State.PLANNED,
        )
        for number, each in enumerate(plan.launches)
    ]
    course = Course(plan.launches, records, settings, (), now=0.0)
    gates = Gates(course, settings)
    at = Instant(0.0, now)
    for entry in course.entries:
        if entry.record.result is None:
            course.start(entry, at)
    ahead = gates.ahead()
    told = Foresight(
        course.lanes.values(), ahead, at=at, latency=latency, late=settings.late, deadline=settings.deadline
    ).run(settings.concurrency)
    ends = {key: told.ends[index] for index, key in enumerate(course.lanes) if index in told.ends}
    accounts = _accounts(plan, told, ends)
    return Forecast(
        accounts=accounts,
        launches=sum(account.launches for account in accounts),
        requests=sum(account.requests for account in accounts),
        makespan=max(ends.values(), default=0.0),
        latency=latency,
        begins_at=now,
        waves=_waves(ahead, told),
    )


class Estimate:
    """When each lane that has something to send gets its last reply; worked out bit by bit.

    The lanes are left as they are, and are not looked at again. A lane of which only a reply, or a person at
    a gate, could tell has no end.
    """

    def __init__(
        self,
        lanes: Mapping[LaneKey, Lane],
        ahead: Itinerary,
        *,
        concurrency: int,
        latency: float,
        at: Instant,
        late: str = "wait",
    ) -> None:
        self._keys = tuple(lanes)
        self._begun_at = at.loop
        self._concurrency = concurrency
        self._foresight = Foresight(lanes.values(), ahead, at=at, latency=latency, late=late)

    def go_on(self) -> bool:
        """Work for some milliseconds; whether that was all of it."""
        return self._foresight.go_on(self._concurrency)

    def ends(self) -> dict[LaneKey, float]:
        """Seconds from the moment that was asked about; complete once `go_on` said so."""
        ends = self._foresight.seen.ends
        return {key: ends[index] - self._begun_at for index, key in enumerate(self._keys) if index in ends}


def _accounts(plan: Plan, told: Prospect, ends: Mapping[LaneKey, float]) -> tuple[AccountForecast, ...]:
    counts: Counter[str] = Counter()
    firsts: dict[str, Launch] = {}
    for launch in plan.launches:
        if launch.barred is None:
            counts[launch.account.name] += 1
            firsts.setdefault(launch.account.name, launch)
    return tuple(_account(first, counts[name], told, ends) for name, first in firsts.items())


def _account(first: Launch, launches: int, told: Prospect, ends: Mapping[LaneKey, float]) -> AccountForecast:
    name = first.account.name
    unsent = {why: count for (account, why), count in told.unsent.items() if account == name}
    sent = launches - sum(unsent.values())
    return AccountForecast(
        account=name,
        account_id=first.account.id,
        launches=launches,
        requests=sent + told.reads[name],
        budget=budget_text(first.account.budget),
        finish=ends[first.account.lane] if sent else None,
        late=told.late[name],
        missed=[(missed, count) for (account, missed), count in told.missed.items() if account == name],
        unsent=unsent,
    )


def _waves(ahead: Itinerary, told: Prospect) -> Sequence[WaveForecast]:
    if not any(ahead.later):
        return ()
    spans = [(span.first_sent, span.last_reply) for span in told.waves]
    launches = [len(ahead.current), *map(len, ahead.later)]
    begun, held = len(spans), any(why is NotAttempted.GATE for _, why in told.unsent)
    spans += [(None, None)] * (len(launches) - begun)
    return [
        WaveForecast(count, *span, held=held and number >= begun)
        for number, (count, span) in enumerate(zip(launches, spans, strict=True))
    ]
