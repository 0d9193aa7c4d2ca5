"""Events as lines of JSON, schema `launcher.event/1`. Pure."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from launcher.journal.events import (
    GateOpened,
    LaneClosed,
    LaneWaiting,
    LaunchPlanned,
    RestartAllowed,
    RunClosed,
    RunHalted,
    RunOpened,
    Watched,
)
from launcher.journal.lifecycle import LaunchRecord
from launcher.outcome import Result
from launcher.plan.model import Launch, Plan
from launcher.report.plain import redact
from launcher.report.summary import Summary
from launcher.report.times import iso_utc
from launcher.telemetry.event_kinds import DROPPED, NAMES, OWN_FIELDS, SCHEMA

Line = tuple[int, str]
"""Its `seq`, and the line with its end."""

_CONVERTED: Mapping[str, Callable[[Any], Any]] = {"until": iso_utc}


@dataclass(frozen=True, slots=True)
class Begin:
    """What is known when the process takes the run over."""

    at: float
    plan: Plan
    rehearsal: bool
    restarts: Mapping[str, str]
    """Campaign ids that may start in spite of the cooldown, with the operator's reason."""


class EventLines:
    """Writes events as lines, numbering them.

    Args:
        summary: knows the run and its launches; it must see each event before this does.
        begin: what the first lines tell.
    """

    def __init__(self, summary: Summary, begin: Begin) -> None:
        self._summary = summary
        self._begin = begin
        self._account_ids = {launch.account.name: launch.account.id for launch in begin.plan.launches}
        self._next = 0

    @property
    def numbered(self) -> int:
        """Lines so far."""
        return self._next

    def opening(self) -> Sequence[Line]:
        """`run_opened`."""
        run = self._summary.run
        opened = RunOpened(
            self._begin.at,
            run.manifest,
            run.manifest_sha256,
            run.launcher_version,
            operator=run.operator,
            reason=run.reason,
            ticket=run.ticket,
        )
        started = None if run.started_at is None else iso_utc(run.started_at)
        extra = {"rehearsal": self._begin.rehearsal, "started_at": started, **self._whole_run()}
        return [self._line(opened, self._fields(opened) | extra)]

    def announcement(self) -> Iterator[Line]:
        """A line for each launch of the plan, later: their numbers are taken now."""
        results = [row.result if row.finished_at is not None else None for row in self._summary.rows()]
        launches = self._begin.plan.launches
        restarts = [
            each for each in enumerate(launches) if each[1].identity.campaign_id in self._begin.restarts
        ]
        first, self._next = self._next, self._next + len(launches) + len(restarts)
        return self._announced(first, results, restarts)

    def line(self, event: Watched) -> Line:
        """One event."""
        return self._line(event, self._context(event) | self._fields(event))

    def skip(self) -> None:
        """Number a line that is never written."""
        self._next += 1

    def closing(self, at: float) -> Line:
        """`run_closed`, with what the summary then says."""
        run = self._summary.run
        halted = None if run.halted is None else redact(run.halted)
        fields = {"exit_code": run.exit_code, "halted": halted, **self._whole_run()}
        return self._line(RunClosed(at, 0), fields)

    def dropped(self, at: float, last: int, count: int) -> str:
        """The line in place of `count` lines, of which `last` was the last."""
        fields = {"schema": SCHEMA, "seq": last, "at": iso_utc(at), "event": DROPPED}
        return json.dumps({**fields, "run": self._summary.key, "count": count}) + "\n"

    def _announced(
        self, first: int, results: Sequence[Result | None], restarts: Sequence[tuple[int, Launch]]
    ) -> Iterator[Line]:
        begin = self._begin
        for seq, (launch, result) in enumerate(zip(begin.plan.launches, results, strict=False), first):
            planned = _planned(seq - first, launch)
            fields = {**_launch(planned), "position": planned.position, "result_before": result}
            yield seq, self._text(seq, planned, begin.at, fields)
        for seq, (position, launch) in enumerate(restarts, first + len(begin.plan.launches)):
            event = RestartAllowed(position, begin.at, begin.restarts[launch.identity.campaign_id])
            fields = {**_launch(_planned(position, launch)), "reason": redact(event.reason)}
            yield seq, self._text(seq, event, begin.at, fields)

    def _line(self, event: Watched, fields: Mapping[str, Any]) -> Line:
        seq = self._next
        self._next += 1
        at = self._begin.at if isinstance(event, LaunchPlanned) else event.at
        return seq, self._text(seq, event, at, fields)

    def _text(self, seq: int, event: Watched, at: float, fields: Mapping[str, Any]) -> str:
        line: dict[str, Any] = {
            "schema": SCHEMA,
            "seq": seq,
            "at": iso_utc(at),
            "event": NAMES[type(event)],
        }
        # All ASCII: control characters and half surrogates in names reach no terminal and no decoder.
        return json.dumps({**line, "run": self._summary.key, **fields}) + "\n"

    def _context(self, event: Watched) -> dict[str, Any]:
        match event:
            case LaneClosed(account=account) | LaneWaiting(account=account):
                return {"account": account, "account_id": self._account_ids.get(account)}
            case RunOpened() | GateOpened() | RunHalted() | RunClosed():
                return {}
        return _launch(self._record(event.launch).planned)

    def _record(self, launch: int) -> LaunchRecord:
        return self._summary.record(launch)

    def _fields(self, event: Watched) -> dict[str, Any]:
        return {name: _value(name, getattr(event, name)) for name in OWN_FIELDS[type(event)]}

    def _whole_run(self) -> dict[str, Any]:
        whole = self._summary.totals()
        totals = {"planned": whole.planned, **{each.value: count for each, count in whole.results.items()}}
        return {"totals": totals, "requests": whole.requests, "throttled_requests": whole.throttled}


def _value(name: str, value: Any) -> Any:
    if value is None:
        return None
    if name in _CONVERTED:
        return _CONVERTED[name](value)
    return redact(value) if type(value) is str else value


def _planned(position: int, launch: Launch) -> LaunchPlanned:
    bot = None if launch.bot is None else launch.bot.name
    return LaunchPlanned(position, position, launch.identity, launch.account.name, bot, launch.name)


def _launch(planned: LaunchPlanned) -> dict[str, Any]:
    identity = planned.identity
    return {
        "account": planned.account,
        "account_id": identity.account_id,
        "bot": planned.bot,
        "stream_id": identity.stream_id,
        "campaign_id": identity.campaign_id,
        "name": planned.name,
        "channel": identity.channel,
        "host": identity.host,
    }
