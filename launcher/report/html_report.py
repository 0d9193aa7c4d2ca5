"""The report as one HTML page that needs nothing else: no network, no script unless to sort and filter.

The page allows itself only its own style and script, by their hashes, and reaches nothing. Everything that
others wrote is text in it.
"""

import base64
import hashlib
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files

from launcher.outcome import Result
from launcher.report.advice import advise
from launcher.report.background import NOTHING, Background
from launcher.report.conclusion import Findings, Note, Step, circumstances, duration, headline, notes, steps
from launcher.report.exit_meaning import exit_meaning
from launcher.report.html_markup import SYMBOLS, badge, foreign, text
from launcher.report.html_table import table_section
from launcher.report.html_timeline import timeline_section
from launcher.report.standing import words
from launcher.report.summary import Row, Summary
from launcher.report.tally import Tally
from launcher.report.times import iso_utc
from launcher.report.troubles import Trouble

TROUBLES_SHOWN = 20
"""Kinds of failure that are told; the table has them all."""


def html_report_text(summary: Summary, background: Background = NOTHING) -> Iterator[str]:
    """The page in pieces; it is never whole in memory.

    Raises:
        CountsError: the summary contradicts itself; before the first piece.
    """
    totals = summary.totals()
    findings = Findings.of(summary.rows())
    yield _head(summary)
    yield _title(summary, totals, background)
    yield _totals(totals)
    yield from _next(summary, findings, background)
    yield from _troubles(findings.troubles)
    yield '<section aria-labelledby="timeline">\n<h2 id="timeline">Timeline</h2>\n'
    yield from _timeline(background)
    yield "</section>\n"
    yield from _accounts(summary, totals)
    yield '<section aria-labelledby="campaigns">\n<h2 id="campaigns">Campaigns</h2>\n'
    yield from table_section(summary, totals)
    yield "</section>\n"
    yield _foot(summary)


# -- frame --------------------------------------------------------------------------------------------------


@cache
def _own(name: str) -> str:
    return files("launcher.report").joinpath(name).read_text("utf-8")


def _hash(content: str) -> str:
    digest = hashlib.sha256(content.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def _head(summary: Summary) -> str:
    style, script = _own("page.css"), _own("page.js")
    policy = (
        f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n<meta name="referrer" content="no-referrer">\n'
        '<meta name="robots" content="noindex">\n<link rel="icon" href="data:,">\n'
        f"<title>{text(_name(summary))}</title>\n<style>{style}</style>\n</head>\n<body>\n"
    )


def _foot(summary: Summary) -> str:
    run = summary.run
    facts = [
        ("Run key", summary.key),
        ("Manifest", run.manifest),
        ("SHA-256 of the manifest", run.manifest_sha256),
        ("Launcher", run.launcher_version),
    ]
    told = "".join(f"<div><dt>{name}</dt><dd>{foreign(value)}</dd></div>" for name, value in facts if value)
    return (
        f"</main>\n<footer><dl>{told}</dl></footer>\n<script>{_own('page.js')}</script>\n</body>\n</html>\n"
    )


def _name(summary: Summary) -> str:
    return summary.key or summary.run.manifest or "run"


# -- what happened ------------------------------------------------------------------------------------------


def _title(summary: Summary, totals: Tally, background: Background) -> str:
    run = summary.run
    moments = [
        f"{word} {_moment(at)}"
        for word, at in (
            ("begun", run.started_at),
            ("taken up again", None if run.opened_at == run.started_at else run.opened_at),
            ("ended", run.finished_at),
        )
        if at is not None
    ]
    code = "" if run.exit_code is None else f"<b>Exit code {run.exit_code}</b>: "
    return (
        f"<header>\n<h1>{foreign(_name(summary))}</h1>\n"
        f'<p class="headline">{headline(totals, background.stopped)}{duration(summary)}</p>\n'
        f'<p class="exit">{code}{exit_meaning(run.exit_code)}</p>\n'
        f'<p class="note">{", ".join(moments)}</p>\n</header>\n<main>\n'
    )


def _moment(at: float) -> str:
    iso = iso_utc(at)
    return f'<time datetime="{iso}">{iso[:10]} {iso[11:19]} UTC</time>'


def _totals(totals: Tally) -> str:
    tiles = "".join(
        f'<li class="{result}{"" if count else " none"}"><a href="#campaigns" data-result="{words(result)}">'
        f'<i aria-hidden="true">{SYMBOLS[result]}</i><b>{count:,}</b> <span>{words(result)}</span></a></li>\n'
        for result, count in totals.results.items()
    )
    return f'<ul class="totals" aria-label="Totals">\n{tiles}</ul>\n{_proportions(totals)}'


def _proportions(totals: Tally) -> str:
    """A bar whose parts are as long as the counts are large; the tiles say the same in figures."""
    parts, left = [], 0.0
    for result, count in totals.results.items():
        if count:
            length = 1000 * count / totals.planned
            parts.append(f'<rect class="{result}" x="{left:.2f}" width="{length:.2f}" height="8"/>')
            left += length
    return (
        '<svg class="bar" viewBox="0 0 1000 8" preserveAspectRatio="none" aria-hidden="true">'
        f"{''.join(parts)}</svg>\n"
    )


def _timeline(background: Background) -> Iterator[str]:
    if background.timeline is None:
        yield "<p>Not part of this page. <code>launcher report KEY --report FILE.html</code> draws it.</p>\n"
    else:
        yield from timeline_section(background.timeline)


def _accounts(summary: Summary, totals: Tally) -> Iterator[str]:
    accounts = summary.accounts()
    head = "".join(
        f'<th scope="col" class="number">{name}</th>'
        for name in ("planned", *map(words, Result), "requests", "throttled")
    )
    yield '<section aria-labelledby="accounts">\n<h2 id="accounts">Accounts</h2>\n'
    yield '<div class="wide" tabindex="0" role="region" aria-labelledby="accounts">'
    yield f'<table class="counts">\n<thead><tr><th scope="col">account</th>{head}</tr></thead>\n<tbody>\n'
    for tally in accounts:
        yield _counts(foreign(tally.account), tally)
    yield "</tbody>\n"
    if len(accounts) > 1:
        yield f"<tfoot>{_counts('all', totals)}</tfoot>\n"
    yield "</table></div>\n</section>\n"


def _counts(name: str, tally: Tally) -> str:
    counts = [tally.planned, *tally.results.values(), tally.requests, tally.throttled]
    cells = "".join(f'<td class="number">{f"{count:,}" if count else "-"}</td>' for count in counts)
    return f'<tr><th scope="row">{name}</th>{cells}</tr>\n'


# -- what to do ---------------------------------------------------------------------------------------------


def _next(summary: Summary, findings: Findings, background: Background) -> Iterator[str]:
    yield '<section aria-labelledby="next">\n<h2 id="next">What to do next</h2>\n'
    for note in notes(summary, findings, background.stopped, lasting=True):
        yield _note(note)
    yield '<ol class="steps">\n'
    commands = background.commands_for(summary)
    for step in steps(findings, commands, background.stopped, rehearsal=background.rehearsal):
        yield _step(step)
    yield "</ol>\n</section>\n"


def _note(note: Note) -> str:
    return f'<p class="alert {note.weight.value}">{text(note.text)}</p>\n'


def _step(step: Step) -> str:
    command = f"<code>{text(step.command)}</code>" if step.command else ""
    return f"<li><b>{step.title}</b> {command} <span>{text(step.effect)}</span></li>\n"


def _troubles(groups: Sequence[Trouble]) -> Iterator[str]:
    if not groups:
        return
    yield '<section aria-labelledby="troubles">\n<h2 id="troubles">What did not start</h2>\n'
    for group in groups[:TROUBLES_SHOWN]:
        yield _trouble(group)
    if hidden := groups[TROUBLES_SHOWN:]:
        launches = sum(group.count for group in hidden)
        yield f'<p class="note">and {len(hidden):,} more kinds, {launches:,} launches: see the table</p>\n'
    yield "</section>\n"


def _trouble(group: Trouble) -> str:
    advice = advise(group.result, group.text, group.http_status)
    examples = "".join(map(_example, group.examples))
    more = group.count - len(group.examples)
    return (
        f'<article class="{group.result}">\n'
        f"<h3>{badge(group.result, group.count)} <span>{text(group.text)}</span></h3>\n"
        + (f'<p class="advice">{text(advice)}</p>\n' if advice else "")
        + f'<ul class="examples">{examples}{f"<li>and {more:,} more</li>" if more else ""}</ul>\n</article>\n'
    )


def _example(row: Row) -> str:
    name = f"<b>{foreign(row.name)}</b> " if row.name else ""
    special = circumstances(row)
    return (
        f"<li>{name}<code>{text(row.campaign_id)}</code> <span>{foreign(row.account)}</span>"
        f"{f' <span>{special}</span>' if special else ''}</li>"
    )
