"""What `--help` says of a verb beside its examples: what it does and never does, exit codes, surroundings."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Manual:
    """A verb's manual; every text is wrapped."""

    does: str = ""
    never: str = ""
    exits: str = ""
    """Empty when the verb's own text has its exit codes."""
    journal: bool = False
    api: bool = False
    """Whether it talks to the API, so that proxies and CAs matter."""


MANUALS: dict[str, Manual] = {
    "init": Manual(),
    "validate": Manual(
        does="Reads the manifest and the CSV lists that it draws in, and names every problem at once, each\n"
        "with file:line:column and a suggestion.",
        never="It reads no secret, asks no host, looks at no journal and writes nothing.",
        exits="0 valid    2 problems, or the file cannot be read",
    ),
    "doctor": Manual(
        journal=True,
        api=True,
    ),
    "plan": Manual(
        does="Shows the launches in the order of the manifest, the requests and the time that each\n"
        "account's budget makes them take. With --live it reads the state of every campaign, in\n"
        "pages, inside the budget.",
        never="It starts nothing, and without --live it asks no host.",
        exits="0 shown    2 usage, manifest or secret    5 nothing to launch, or the journal cannot be used",
        journal=True,
        api=True,
    ),
    "run": Manual(
        does="Starts every campaign of the manifest once, at the pace that each account allows, records\n"
        "each intent durably before it is sent, settles lost replies by reading the campaign's state,\n"
        "and reports what became of every launch. The same run key continues a run, also after a\n"
        "crash or an edited manifest.",
        never="It repeats no start without proof that nothing started, exceeds no budget in any window,\n"
        "follows no redirect, shows no secret, and asks nothing where there is no terminal.",
        exits="0 all started or already active    1 some rejected or failed    2 usage, manifest or secret\n"
        "3 at least one unknown             4 halted                     5 refused before sending\n"
        "7 incomplete (window, deadline)    70 internal error            130/143 interrupted\n"
        "docs/runbook.md says what each asks of a person.",
        journal=True,
        api=True,
    ),
    "stop": Manual(
        does="Sends a stop to every campaign that the run started or may have started, the latest first,\n"
        "from the journal alone: also while a launcher works on the run, or after it died.",
        never="It starts nothing, and stops nothing that the run did not start.",
        journal=True,
        api=True,
    ),
    "status": Manual(
        never="It starts and stops nothing.",
        journal=True,
        api=True,
    ),
    "pause": Manual(
        never="It stops nothing that was started.",
        exits="0 ordered    2 no such run    5 nobody works on the run, or the journal cannot be used",
        journal=True,
    ),
    "resume": Manual(
        never="It takes up no run that `stop` ended.",
        exits="0 ordered    2 no such run    5 nobody works on the run, or the journal cannot be used",
        journal=True,
    ),
    "reconcile": Manual(
        does="Reads the state of every launch of the run that is unknown, and records what it proves. What\n"
        "stays unknown has to be looked at in the console.",
        never="It starts and stops nothing, and settles nothing without proof.",
        exits="those of `run`, for the run as it is then: 0 all started    1 some not    3 some unknown\n"
        "2 usage, manifest or secret    5 the journal cannot be used",
        journal=True,
        api=True,
    ),
    "report": Manual(
        does="Renders the run as the journal has it now, also while a launcher works on it.",
        never="It asks no host and changes nothing in the journal.",
        exits="0 shown, whatever the run's own exit code    2 no such run, or an unusable output\n"
        "5 the journal cannot be used",
        journal=True,
    ),
    "runs": Manual(
        never="It asks no host and changes nothing in the journal.",
        journal=True,
    ),
    "sandbox": Manual(
        does="Serves the campaign API on 127.0.0.1 until Ctrl-C, with a budget of 60 requests a minute and\n"
        "the faults that you name; /ledger tells what really happened. docs/sandbox.md lists\n"
        "scenarios and faults.",
        never="It can be reached from no other machine, and sends nothing to anybody.",
        exits="0 ended by Ctrl-C or SIGTERM    2 no such scenario, or the port is taken",
    ),
    "schema": Manual(
        does="Prints the JSON Schema of manifests, made of the same tables that validate them.",
        never="It reads and writes nothing.",
        exits="0 printed",
    ),
    "explain": Manual(),
    "completion": Manual(exits="0 printed    2 no such shell", journal=True),
}
_JOURNAL = (
    "the durable record: --journal, else LAUNCHER_JOURNAL, else journal.sqlite3 in the platform's state\n"
    "folder (on Linux ~/.local/state/launcher); its locks and log stand beside it"
)
_PROXIES = (
    "HTTPS_PROXY, HTTP_PROXY, NO_PROXY    the way to the hosts\n"
    "SSL_CERT_FILE                        CAs to trust, when not the system's"
)
_DEBUG = "LAUNCHER_DEBUG=1                     a traceback with an internal error"


def description(name: str, summary: str, text: str) -> str:
    """What stands above the options: the summary, examples, what the verb does and never does.

    `text` is the verb's own: a first paragraph of examples, then others.
    """
    manual = MANUALS.get(name, Manual())
    examples, *others = _paragraphs(text)
    about = [one for one in others if not _is_exits(one)]
    return "\n\n".join(filter(None, (summary, examples, manual.does, *about, manual.never)))


def epilog(name: str, text: str) -> str:
    """What stands below the options: exit codes, files, environment."""
    manual = MANUALS.get(name, Manual())
    own = [one for one in _paragraphs(text) if _is_exits(one)]
    exits = [f"exit codes:\n{_indented(manual.exits)}"] if manual.exits else []
    files = [f"files:\n{_indented(_JOURNAL)}"] if manual.journal else []
    environment = "\n".join(filter(None, (_PROXIES if manual.api else "", _DEBUG)))
    return "\n\n".join((*exits, *own, *files, f"environment:\n{_indented(environment)}"))


def _paragraphs(text: str) -> list[str]:
    """Separated by empty lines; exit codes are a paragraph of their own, whatever stands before them."""
    return [one for one in text.strip("\n").replace("\nexit codes", "\n\nexit codes").split("\n\n") if one]


def _is_exits(paragraph: str) -> bool:
    return paragraph.lstrip("\n").startswith("exit codes")


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.split("\n"))
