"""The end of a run as Markdown, for a ticket or a chat: short, whatever the size of the run. Pure.

Every name and message is escaped: no markup, no link, no picture, no mention of anybody comes from them.
"""

import re
from collections.abc import Iterator, Sequence

from launcher.outcome import Result
from launcher.report.advice import advise
from launcher.report.background import NOTHING, Background
from launcher.report.conclusion import Findings, Step, duration, headline, notes, remark, steps, worth_showing
from launcher.report.exit_meaning import exit_meaning
from launcher.report.plain import plain
from launcher.report.standing import words
from launcher.report.summary import Summary
from launcher.report.tally import Tally
from launcher.report.troubles import Trouble

TROUBLES_SHOWN = 12
"""Kinds of failure that are told."""
ACCOUNTS_SHOWN = 40
"""Accounts in the table; of more, those with the most trouble."""

_MARKUP = re.compile(
    r"[\\`*\[\]|~$]"
    r"|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])"  # inside of a word it is a letter
    r"|:(?=//)|(?<=www)\."  # links that nobody marked
    r"|^[#+=-]",  # what would begin a heading or a list
    re.IGNORECASE,
)
_NUMBERED = re.compile(r"^(\d{1,9})([.)])")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_CALLING = re.compile(r"([@#])(?=\S)")
_SPEAKING = re.compile(r"[A-Za-z0-9 ._/-]+")
_UNBREAKING = "\u200b"
"""A space of no width: what follows it is no name that could be called."""


def markdown_report_text(summary: Summary, background: Background = NOTHING) -> Iterator[str]:
    """The text in pieces.

    Raises:
        CountsError: the summary contradicts itself; before the first piece.
    """
    totals = summary.totals()
    findings = Findings.of(summary.rows())
    yield f"## {escaped(summary.key or summary.run.manifest or 'run')}\n\n"
    yield f"**{headline(totals, background.stopped)}**{duration(summary)}\\\n{_exit(summary)}\n\n"
    yield from _accounts(summary.accounts(), totals)
    for note in notes(summary, findings, background.stopped, lasting=True):
        yield f"> {escaped(note.text)}\n\n"
    yield from _troubles(findings.troubles)
    yield "### What to do next\n\n"
    commands = background.commands_for(summary)
    for step in steps(findings, commands, background.stopped, rehearsal=background.rehearsal):
        yield _step(step)


def escaped(text: str) -> str:
    """`text` as Markdown that shows exactly it, on one line."""
    safe = _MARKUP.sub(r"\\\g<0>", plain(text).strip())
    safe = _CALLING.sub(rf"\1{_UNBREAKING}", _NUMBERED.sub(r"\1\\\2", safe))
    return "".join(_ENTITIES.get(char, char) for char in safe)


def _exit(summary: Summary) -> str:
    code = summary.run.exit_code
    meaning = escaped(exit_meaning(code))
    return meaning if code is None else f"Exit code {code}: {meaning}"


def _accounts(accounts: Sequence[Tally], totals: Tally) -> Iterator[str]:
    names = ["account", *map(words, Result), "requests", "throttled"]
    yield f"| {' | '.join(names)} |\n|---|{'--:|' * (len(names) - 1)}\n"
    shown = worth_showing(accounts, ACCOUNTS_SHOWN)
    for tally in shown:
        yield _counts(escaped(tally.account), tally)
    if hidden := len(accounts) - len(shown):
        yield f"| and {hidden:,} more |{' |' * (len(names) - 1)}\n"
    if len(accounts) > 1:
        yield _counts("**all**", totals)
    yield "\n"


def _counts(name: str, tally: Tally) -> str:
    counts = [*tally.results.values(), tally.requests, tally.throttled]
    return f"| {name} | {' | '.join(f'{count:,}' if count else '-' for count in counts)} |\n"


def _troubles(groups: Sequence[Trouble]) -> Iterator[str]:
    if not groups:
        return
    yield "### What did not start\n\n"
    for group in groups[:TROUBLES_SHOWN]:
        yield _trouble(group)
    if hidden := groups[TROUBLES_SHOWN:]:
        launches = sum(group.count for group in hidden)
        yield f"- and {len(hidden):,} more kinds, {launches:,} launches\n"
    yield "\n"


def _trouble(group: Trouble) -> str:
    lines = [f"- **{group.count:,} {words(group.result)}**: {escaped(group.text)}"]
    if advice := advise(group.result, group.text, group.http_status):
        lines.append(f"  - *{escaped(advice)}*")
    for row in group.examples:
        told = [escaped(row.account), _code(row.campaign_id), escaped(remark(row))]
        lines.append(f"  - {' '.join(each for each in told if each)}")
    if more := group.count - len(group.examples):
        lines.append(f"  - and {more:,} more")
    return "\n".join(lines) + "\n"


def _code(identity: str) -> str:
    """An id in a code span, when nothing in it could end the span."""
    return f"`{identity}`" if _SPEAKING.fullmatch(identity) else escaped(identity)


def _step(step: Step) -> str:
    if not step.command:
        return f"{step.title} {escaped(step.effect)}\n\n"
    # Nothing in a command can end its fence: it is one line, and begins with the launcher's name.
    return f"{step.title} {escaped(step.effect)}\n\n```sh\n{step.command}\n```\n\n"
