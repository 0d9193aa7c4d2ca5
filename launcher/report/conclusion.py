"""What the end of a run says in words, whatever shows it: headline, notes, what to type next. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import Enum

from launcher.outcome import NotAttempted, Result
from launcher.report.advice import rerun_effects
from launcher.report.plain import plain
from launcher.report.stopped import Stopped
from launcher.report.summary import Row, Summary
from launcher.report.tally import Tally
from launcher.report.times import iso_utc, span
from launcher.report.troubles import Trouble, group_troubles

NOTHING_TO_DO = "nothing to do, every launch of the manifest is started or was active."


@dataclass(frozen=True, slots=True, kw_only=True)
class Commands:
    """What to type next, each whole and ready to be pasted."""

    rerun: str
    """Continues the run; after a rehearsal, starts it for real."""
    settle: str | None = None
    """Settles unknown launches without starting anything; None when there is no such way."""
    details: str | None = None
    """Shows every launch; None when nothing is kept."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do: `title` and `effect` are parts of a sentence around `command`, which may be empty."""

    title: str
    command: str
    effect: str


class Weight(Enum):
    """How much a note matters."""

    HALTED = "halted"
    STOPPED = "stopped"
    DOUBTFUL = "doubtful"
    QUIET = "quiet"


@dataclass(frozen=True, slots=True)
class Note:
    """A sentence about the run as a whole."""

    text: str
    weight: Weight


def _zeros() -> dict[Result, int]:
    return dict.fromkeys(Result, 0)


@dataclass(slots=True)
class Findings:
    """What one look at all rows tells."""

    troubles: Sequence[Trouble] = ()
    counts: dict[Result, int] = field(default_factory=_zeros)
    """Launches of the manifest as it is now, without those that a cooldown holds back."""
    removed: dict[Result, int] = field(default_factory=_zeros)
    """Launches that are no longer in the manifest, or not selected."""
    cooling: int = 0
    """Launches that are left alone until their cooldown is over."""
    unknown: int = 0

    @classmethod
    def of(cls, rows: Iterable[Row]) -> "Findings":
        """Look at every row once; none is kept but the examples of what went wrong."""
        findings = cls()
        findings.troubles = group_troubles(findings._seen(row) for row in rows)
        return findings

    def _seen(self, row: Row) -> Row:
        cools = row.result is Result.NOT_ATTEMPTED and (row.reason or "").startswith(NotAttempted.COOLDOWN)
        self.cooling += cools
        self.unknown += row.result is Result.UNKNOWN
        if row.removed:
            self.removed[row.result] += 1
        elif not cools:
            self.counts[row.result] += 1
        return row


def worth_showing(accounts: Sequence[Tally], most: int) -> Sequence[Tally]:
    """At most so many accounts, in their order: those with the most launches that did not start."""
    if len(accounts) <= most:
        return accounts
    worst = sorted(accounts, key=lambda tally: tally.results[Result.STARTED] - tally.planned)
    chosen = {id(tally) for tally in worst[:most]}
    return [tally for tally in accounts if id(tally) in chosen]


def headline(totals: Tally, stopped: Stopped | None = None) -> str:
    """How much was started, and how much of it was stopped."""
    since = f" ({stopped.started:,} stopped since)" if stopped is not None and stopped.started else ""
    return f"{totals.results[Result.STARTED]:,} of {totals.planned:,} launches started{since}"


def duration(summary: Summary) -> str:
    """How long it took, as the headline goes on; of several processes only the last: a pause is not work."""
    opened, finished = summary.run.opened_at, summary.run.finished_at
    if opened is None:
        return ""
    if finished is None:
        return " (not finished)"
    took = span(finished - opened)
    return f" in {took}" if opened == summary.run.started_at else f"; the last process took {took}"


def notes(
    summary: Summary, findings: Findings, stopped: Stopped | None = None, *, lasting: bool = False
) -> list[Note]:
    """What is to be known before the details; `lasting`: by whoever finds the report a year later."""
    told: list[Note] = [] if stopped is None else [Note(str(stopped), Weight.STOPPED)]
    if lasting and summary.rehearsed:
        told.append(Note("A rehearsal against the sandbox: no message was sent.", Weight.QUIET))
    if by := mandate(summary):
        told.append(Note(by, Weight.QUIET))
    if summary.run.halted is not None:
        told.append(Note(f"Halted: {plain(summary.run.halted)}", Weight.HALTED))
    for account, reason in summary.stopped.items():
        told.append(Note(f"Account {plain(account)} was stopped: {plain(reason)}", Weight.STOPPED))
    if removed := sum(findings.removed.values()):
        text = f"No longer in the manifest or not selected, but part of this run: {removed:,}"
        told.append(Note(text, Weight.QUIET))
    if doubts := findings.removed[Result.UNKNOWN]:
        text = (
            f"{doubts:,} of these unknown: select them, or put them back into the manifest, to have them "
            "settled, or look them up in the Kore.ai console"
        )
        told.append(Note(text, Weight.DOUBTFUL))
    return told


def mandate(summary: Summary) -> str:
    """Why and for what ticket it was launched, and by whom; nothing when no why was given."""
    run = summary.run
    if not run.reason and not run.ticket:
        return ""
    words = [f"by {plain(run.operator)}" if run.operator else "", plain(run.reason or "")]
    ticket = f" [{plain(run.ticket)}]" if run.ticket else ""
    return f"Launched {': '.join(word for word in words if word)}{ticket}"


def steps(
    findings: Findings, commands: Commands, stopped: Stopped | None = None, *, rehearsal: bool = False
) -> list[Step]:
    """What to do next, the most urgent first; never empty."""
    told: list[Step] = []
    if commands.settle and findings.unknown:
        told.append(
            Step("Settle:", commands.settle, "reads the state of the unknown ones and starts nothing.")
        )
    if rehearsal:
        effect = "starts these campaigns for real; this was a rehearsal, no message was sent."
        told.append(Step("Next:", commands.rerun, effect))
    elif effects := rerun_effects(findings.counts):
        told.append(Step("Next:", commands.rerun, f"{', '.join(effects)}; starts nothing twice."))
    elif findings.cooling:
        effect = f"nothing to do; {findings.cooling:,} left alone until the cooldown is over."
        told.append(Step("Next:", "", effect))
    elif stopped is not None and stopped.campaigns:
        effect = "nothing to start; what was stopped is not started again under this key."
        told.append(Step("Next:", "", effect))
    else:
        told.append(Step("Next:", "", NOTHING_TO_DO))
    return told


def remark(row: Row) -> str:
    """The name, and what is special about it."""
    return " ".join(each for each in (plain(row.name or ""), circumstances(row)) if each)


def circumstances(row: Row) -> str:
    """When a start was sent whose effect nobody knows; whether the manifest still has it."""
    sent = row.first_sent_at if row.result is Result.UNKNOWN else None
    told = [
        f"first start sent {iso_utc(sent)}" if sent is not None else "",
        "(no longer in the manifest, or not selected)" if row.removed else "",
    ]
    return " ".join(each for each in told if each)
