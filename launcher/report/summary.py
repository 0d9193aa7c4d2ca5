"""What happened in a run: a fold over its events. Pure.

The engine feeds one while it works; the journal's events give the same one afterwards. Every renderer reads a
summary and nothing else.

Plans change: a rerun may announce another list of launches under the same run key. A `RunOpened` followed by
any `LaunchPlanned` announces the whole plan anew; launches that it does not name were removed from the
manifest. They stay in the report, after the others and marked.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from launcher.journal.events import (
    AttemptFinished,
    AttemptIntended,
    Event,
    GateOpened,
    LaneClosed,
    LaneWaiting,
    LaunchFinished,
    LaunchPlanned,
    RunClosed,
    RunHalted,
    RunOpened,
    Watched,
)
from launcher.journal.lifecycle import LaunchRecord, State
from launcher.outcome import AT_GATE, HOLDS, NOTHING_TO_SEE, STOPPED, Result
from launcher.plan.rehearsal import is_rehearsed
from launcher.report.launches import Launches
from launcher.report.plain import redact
from launcher.report.standing import reason_now, result_now
from launcher.report.tally import CountsError, Tally, total


@dataclass(frozen=True, slots=True)
class RunInfo:
    """The run as a whole. Times are seconds since the epoch."""

    manifest: str = ""
    manifest_sha256: str = ""
    launcher_version: str = ""
    started_at: float | None = None
    """When the run key was first used."""
    opened_at: float | None = None
    """When the latest process took it up."""
    finished_at: float | None = None
    """None while a process works on it, or when that process died."""
    exit_code: int | None = None
    halted: str | None = None
    """Why the latest process sent no further starts."""
    operator: str | None = None
    """Who took it up the last time."""
    reason: str | None = None
    """The operator's words."""
    ticket: str | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One launch in the report. Times are seconds since the epoch."""

    account: str
    account_id: str
    bot: str | None
    stream_id: str
    campaign_id: str
    name: str | None
    channel: str
    result: Result
    reason: str | None
    attempts: int
    http_status: int | None
    first_sent_at: float | None
    finished_at: float | None
    evidence: str | None
    removed: bool
    """No longer in the manifest, or not selected."""


_MOST = frozenset({AttemptIntended, AttemptFinished, LaunchFinished})
"""Nearly all events are of these kinds."""


class Summary:
    """The state of a run as its events tell it; equal when all that a report shows is equal."""

    def __init__(self, key: str = "", records: Iterable[LaunchRecord] = ()) -> None:
        self.key = key
        self.run = RunInfo()
        self.stopped: dict[str, str] = {}
        """Accounts that were stopped for good in the latest process, with the reason."""
        self.gates = 0
        """Gates between waves that were opened so far."""
        self.at_gate = False
        """Whether a gate ended a process, and none was opened since."""
        self._launches = Launches(records)
        self._reopened = False

    @classmethod
    def of(cls, events: Iterable[Event], key: str = "", records: Iterable[LaunchRecord] = ()) -> "Summary":
        """The summary of events in their order, as the journal replays them.

        `records` are what the events make of some launches. Their owner applies every later event before it
        is seen here: one record serves two then.

        Raises:
            IllegalEventError: the events contradict the life of a launch: a damaged journal.
        """
        summary = cls(key, records)
        for event in events:
            summary.apply(event)
        return summary

    # -- folding --------------------------------------------------------------------------------------------

    def apply(self, event: Watched) -> None:
        """Take one more event in.

        Raises:
            IllegalEventError: the event contradicts those before it; the summary is as it was.
        """
        if type(event) in _MOST:  # sooner than `match`, which tries one kind after the other
            self._launches.advance(event)  # type: ignore[arg-type]  # all of them are of launches
            return
        match event:
            case LaunchPlanned():
                self._plan(event)
            case RunOpened() | RunHalted() | RunClosed():
                self._run(event)
            case LaneClosed(account=account, until=None, reason=reason):
                self.stopped[account] = redact(reason)
            case GateOpened():
                self.gates, self.at_gate = self.gates + 1, False
            case LaneClosed() | LaneWaiting():
                pass
            case _:
                self._launches.advance(event)

    on_event = apply
    """The live summary is an observer of the engine."""

    def _run(self, event: RunOpened | RunHalted | RunClosed) -> None:
        match event:
            case RunOpened(at=at):
                self._reopened = True
                self.stopped.clear()
                self.run = RunInfo(
                    manifest=event.manifest,
                    manifest_sha256=event.manifest_sha256,
                    launcher_version=event.launcher_version,
                    started_at=at if self.run.started_at is None else self.run.started_at,
                    opened_at=at,
                    operator=event.operator,
                    reason=event.reason and redact(event.reason),
                    ticket=event.ticket,
                )
            case RunHalted(reason=reason):
                self.run = replace(self.run, halted=redact(reason))
                self.at_gate = self.at_gate or reason.startswith(AT_GATE)
            case RunClosed(at=at, exit_code=exit_code):
                self.run = replace(self.run, finished_at=at, exit_code=exit_code)

    def _plan(self, event: LaunchPlanned) -> None:
        if self._reopened:
            self._reopened = False
            self._launches.forget_plan()
        self._launches.plan(event)

    # -- reading --------------------------------------------------------------------------------------------

    def record(self, launch: int) -> LaunchRecord:
        """The record of a launch by its number in the journal; KeyError when it was never planned."""
        record = self._launches.get(launch)
        if record is None:
            raise KeyError(launch)
        return record

    @property
    def tallies(self) -> list[Tally]:
        """Counts per account, cheap, in no particular order; for whoever watches."""
        return [tally for tally in self._launches.tallies if tally.planned or tally.requests]

    @property
    def rehearsed(self) -> bool:
        """Whether nothing of it was real: every launch went to the sandbox."""
        return bool(self._launches) and all(is_rehearsed(each.planned.identity) for each in self._launches)

    @property
    def held(self) -> bool:
        """Whether it waits at a gate between waves, which a person may open."""
        halted = self.run.halted
        return halted is not None and HOLDS in halted and NOTHING_TO_SEE not in halted

    @property
    def ordered(self) -> bool:
        """Whether somebody stopped it with `launcher stop`."""
        return self.run.halted is not None and self.run.halted.startswith(STOPPED)

    @property
    def shortened(self) -> bool:
        """Whether launches of it are no longer in the manifest."""
        return self._launches.shortened

    def rows(self) -> Iterator[Row]:
        """All launches of the report: in plan order, then those removed from the manifest."""
        return map(self._row, self._launches.in_report_order())

    def rows_by_account(self) -> Iterator[tuple[Tally, Iterable[Row]]]:
        """The same rows account by account, in the order in which the rows first name them."""
        for tally, records in self._launches.by_account():
            yield tally, map(self._row, records)

    def accounts(self) -> list[Tally]:
        """Counts per account, in the order in which the rows first name them."""
        return self._launches.accounts()

    def totals(self) -> Tally:
        """Counts of the whole run.

        Raises:
            CountsError: they do not add up to the launches of the report, counted anew.
        """
        tallies, launches = self._launches.tallies, len(self._launches)
        for tally in tallies:
            tally.check()
        whole = total(tallies)
        if whole.planned != launches:
            raise CountsError(f"{whole.planned} launches counted, {launches} in the report")
        return whole

    def _row(self, record: LaunchRecord) -> Row:
        removed = not self._launches.is_current(record)
        planned, identity = record.planned, record.planned.identity
        # While a request is on its way, what the record holds is an earlier attempt's.
        on_its_way = record.state is State.SENDING
        return Row(
            account=planned.account,
            account_id=identity.account_id,
            bot=planned.bot,
            stream_id=identity.stream_id,
            campaign_id=identity.campaign_id,
            name=planned.name,
            channel=identity.channel,
            result=result_now(record),
            reason=reason_now(record, self.run.halted, removed=removed),
            attempts=record.attempts,
            http_status=None if on_its_way else record.http_status,
            first_sent_at=record.first_sent_at,
            finished_at=record.finished_at,
            evidence=None if on_its_way or record.evidence is None else redact(record.evidence),
            removed=removed,
        )

    # -- comparing ------------------------------------------------------------------------------------------

    def snapshot(self) -> tuple[object, ...]:
        """All that a report can show, comparable."""
        return self.key, self.run, self.stopped, self.accounts(), list(self.rows())

    def __eq__(self, other: object) -> bool:
        return self.snapshot() == other.snapshot() if isinstance(other, Summary) else NotImplemented

    __hash__ = None  # type: ignore[assignment]  # it changes with every event
