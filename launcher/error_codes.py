"""Every error code: what it means, what it comes from, what to do. Pure; docs/errors.md is made of it.

A code never changes its meaning and is never given to something else. `launcher.errors` has the classes.
"""

import re
from dataclasses import dataclass

_TEXT = """\
L001 the command line cannot be
An option, an argument or their combination makes no sense; nothing was sent (exit code 2).
Typical causes: a misspelled option; options that exclude each other; an option that needs another one
beside it.
What to do: read the line, it names the option and often the right one; `launcher VERB --help` has examples.

L002 no such run
The journal has no run of that key (exit code 2). Nothing was read or changed.
Typical causes: the key of another night; another journal than the one that the run used.
What to do: `launcher runs` lists the keys; name the journal with `--journal` or LAUNCHER_JOURNAL.

L003 the run key cannot be
A run key has to be printable text (exit code 2); nothing was sent.
Typical causes: a control character or nothing but white space in `--key`, often from a script's variable.
What to do: choose another key.

L004 the sandbox cannot be set up so
A scenario, a fault or another setting of the sandbox does not exist or cannot be (exit code 2).
Typical causes: a misspelled scenario; fault rates that add up to more than 1; a port that another program
has.
What to do: docs/sandbox.md lists scenarios and faults; `--port 0` finds a free port.

L005 an output cannot be written there
A report, event, metrics or plan file cannot be written; checked before anything is sent (exit code 2).
Typical causes: a folder that does not exist; no permission; an unknown suffix; a target that is the
manifest or another output.
What to do: correct the path; a report's format follows from its suffix.

L006 an optional part is not installed
The option needs a library that is not part of the usual installation (exit code 2); nothing was sent.
Typical causes: `--notify` without the extra `notify`, `--otel` without the extra `otel`.
What to do: install it with the command in the line, or leave the option out.

L007 a notification or trace target cannot be used
`--notify`, `--notify-config` or `--otel` is not set up in a usable way (exit code 2); nothing was sent.
Typical causes: an environment variable that is not set; an empty or unreadable file; a URL that apprise
does not know; an OTEL_* variable with a value that cannot be.
What to do: correct what the line names. URLs are never repeated in messages, as they may hold passwords.

L008 a selection cannot be read
`--select` or `--exclude` is not an expression of the known form (exit code 2); nothing was sent.
Typical causes: a misspelled field; a missing colon; a result that does not exist.
What to do: the line says at which character; fields are account, bot, stream, campaign, tag, name and
result.

L009 a saved plan cannot be used
The file is no plan that `launcher plan --out` wrote, or is damaged (exit code 2); nothing was sent.
Typical causes: a plan printed with `--json`; a file that was cut off; a plan of another version of the
launcher.
What to do: make the plan again with `launcher plan M --out FILE`.

L010 the manifest has problems
The manifest, or a list that it draws in, is not valid; every problem stands above with its place (exit code
2). Nothing was sent.
Typical causes: a misspelled key or name; a missing id; the same campaign twice; a duration without its
unit.
What to do: correct the lines from the first one on, then `launcher validate` again; docs/manifest.md has
every key.

L011 `init` cannot write such a manifest
An answer is missing or wrong, or there is no place for the file (exit code 2); nothing was written.
Typical causes: no terminal to ask on and an option left out; an id with white space; a folder that does not
exist.
What to do: the line names every option; `launcher init --help` has a complete example.

L020 a secret cannot be read
A secret that the manifest names cannot be had (exit code 2); nothing was sent with it. Its text is in no
message.
Typical causes: an environment variable that is not exported (cron and systemd have their own environment);
a file without permission; a command that fails, asks, or takes longer than 30 s.
What to do: give it where the line says; `launcher doctor M` checks all of them and starts nothing.

L021 a secret cannot sign tokens
The secret was read, but no token can be made with it (exit code 2); nothing was sent.
Typical causes: a key file in place of the client secret; an algorithm that does not fit.
What to do: store the JWT app's client secret as plain text; `algorithm` is HS256 unless the app says
otherwise.

L030 refused before anything was sent
The launcher will not begin this run as it is asked to (exit code 5); nothing was sent.
Typical causes: something about the run has to be settled by a person first.
What to do: the line says what.

L031 another launcher works on the run
A run belongs to one process at a time, and a live one has it (exit code 5); nothing was sent.
Typical causes: the nightly job still works; somebody started it by hand in another terminal.
What to do: wait for it, or end that process (the line names it); `launcher stop KEY` stops what it started,
too. A dead process never keeps a run.

L032 not confirmed
The question before the first request was not answered with yes (exit code 5); nothing was sent.
Typical causes: a number that is not that of the campaigns; an empty answer.
What to do: look at `launcher plan M`, then run again; `--yes` asks nothing.

L033 nothing to launch
The plan or what is selected of it is empty (exit code 5): an empty night is never taken for a success.
Typical causes: a list without rows; `--select` that matches nothing; a `result:` of a run that had none.
What to do: `launcher plan M` with the same options shows what is selected.

L034 a file is in the way
`init` never overwrites a file (exit code 5); it stays as it is.
Typical causes: a manifest of that name from earlier.
What to do: name another file, or move the old one away.

L035 the run was stopped on purpose
`launcher stop` ended this run, and it starts nothing more by itself (exit code 5).
Typical causes: the nightly job runs again after somebody stopped it.
What to do: ask whoever stopped it (the line says who and why); to go on, `--continue --reason TEXT`.

L036 the state is not the planned one any more
A saved plan is sent exactly, or not at all: manifest, lists or campaigns changed since (exit code 5).
Typical causes: an edited manifest; a campaign that was started, stopped or renamed meanwhile.
What to do: make the plan again, look at it, and run that one.

L037 nobody works on the run
`pause` and `resume` speak to a launcher that works on the run right now, and there is none (exit code 5).
Typical causes: the run is over already; the process died; another journal than the one that the run uses.
What to do: `launcher runs` shows what is running; to stop what was started, `launcher stop KEY`.

L038 not the campaigns that the manifest expects
The lists hold another number of campaigns than `expect` allows (exit code 5); nothing was sent.
Typical causes: a list that doubled overnight; an export that broke off.
What to do: look at the list; when it is right, correct `expect` in the manifest.

L039 the campaigns' state forbids the run
The manifest's `preflight` policy wants the run refused for the state of some campaigns (exit code 5).
Typical causes: campaigns that are active, scheduled or not found; a start that would message people again.
What to do: `launcher plan M --live` shows the state of all; leave these out, or change the policy.

L040 the journal cannot be used
The durable record cannot be opened, read or written, and without it nothing is started (exit code 5). In
the middle of a run, no further start is sent (exit code 4).
Typical causes: a full disk; no permission; a file that is no journal, or of a newer launcher; another
process that keeps it locked; a network file system.
What to do: see to the place that the line names; never begin with an empty journal instead, it does not
know what was started.

L041 the journal is damaged
What is in the file contradicts itself or cannot be read (exit code 5). Nothing was changed.
Typical causes: a broken disk; a copy made while a launcher worked; an editor.
What to do: `launcher runs check` says which runs can be trusted and how to recover; keep a copy first.

L042 no place for the journal
Neither an option nor the environment says where the journal is, and there is no home (exit code 5).
Typical causes: a service or container without HOME.
What to do: set LAUNCHER_JOURNAL, or give `--journal FILE`, on a disk that outlives the run.

L050 a report could not be written
The run is over and recorded, its report could not be written. The exit code tells of the campaigns.
Typical causes: a disk that filled up; a folder that was removed during the run.
What to do: `launcher report KEY --report FILE` writes it again from the journal.

L051 standard output cannot be written
What the verb prints did not get where it should (exit code 70). What was sent is in the journal.
Typical causes: a full disk behind a redirection; a closed descriptor.
What to do: free some space, or print somewhere else; `launcher report KEY` shows a run again.

L090 an internal error
A defect of the launcher (exit code 70). What was sent is in the journal.
Typical causes: a case that nobody thought of.
What to do: report it with what LAUNCHER_DEBUG=1 prints; the same command again continues the run.
"""
"""A block a code: title, meaning, causes, advice."""

_BLOCK = re.compile(
    r"(?P<code>L\d{3}) (?P<title>.+)\n"
    r"(?P<meaning>[^\0]+?)\nTypical causes: (?P<causes>[^\0]+?)\nWhat to do: (?P<advice>[^\0]+)"
)
_HEAD = """\
# Errors

Every error of the launcher is one line that ends in a code, such as `… there is nothing to launch [L033]`.
A code keeps its meaning in all versions, so that scripts and runbooks can rely on it; `launcher explain L033`
prints its section. What became of single campaigns has no code: that is in the report, with a reason each.

"""


@dataclass(frozen=True, slots=True)
class Entry:
    """One code; the texts are wrapped."""

    code: str
    title: str
    meaning: str
    causes: str
    advice: str

    def text(self) -> str:
        """For a terminal."""
        head = f"{self.code}: {self.title}"
        return f"{head}\n\n{self.meaning}\n\nTypical causes: {self.causes}\n\nWhat to do: {self.advice}"

    def section(self) -> str:
        """For docs/errors.md."""
        head = f"## {self.code}: {self.title}"
        told = f"**Typical causes:** {self.causes}\n\n**What to do:** {self.advice}"
        return f"{head}\n\n{self.meaning}\n\n{told}\n"


def _read(block: str) -> Entry:
    found = _BLOCK.fullmatch(block)
    if found is None:
        raise ValueError(f"not a code's text: {block!r}")
    return Entry(**found.groupdict())


ENTRIES = tuple(_read(block) for block in _TEXT.strip().split("\n\n"))
"""In the order of their codes."""


def find(code: str) -> Entry | None:
    """The entry of a code, however its letter and its zeros are written and whatever brackets it is in."""
    digits = code.strip("[] ").upper().removeprefix("L").lstrip("0")
    return next((entry for entry in ENTRIES if digits and entry.code.lstrip("L0") == digits), None)


def page() -> str:
    """The text of docs/errors.md."""
    return _HEAD + "\n".join(entry.section() for entry in ENTRIES)
