"""`launcher completion SHELL`: a script that has a shell complete verbs, options, files and run keys."""

import argparse
import sys

from launcher.cli import options
from launcher.cli.exit_codes import ExitCode
from launcher.cli.output import say

_EXAMPLES = """\
examples:
  eval "$(launcher completion bash)"                                            this shell only
  launcher completion bash > ~/.local/share/bash-completion/completions/launcher
  launcher completion zsh > "${fpath[1]}/_launcher"
  launcher completion fish > ~/.config/fish/completions/launcher.fish

It prints to stdout and writes nothing. `keys` prints the keys of the runs in the journal, the latest first:
that is what the scripts ask when a key is to be completed.
"""


def add_parser(verbs: options.Verbs) -> None:
    """Add the verb."""
    parser = options.add_verb(
        verbs, "completion", completion, "print a script that has your shell complete commands", _EXAMPLES
    )
    parser.add_argument(
        "shell", metavar="SHELL", choices=("bash", "zsh", "fish", "keys"), help="bash, zsh or fish"
    )
    options.add_journal(parser)


def completion(arguments: argparse.Namespace) -> int:
    """Print the script, or the run keys."""
    if arguments.shell == "keys":
        return _print_keys(arguments)
    from launcher.cli import completion_scripts  # noqa: PLC0415  # only when used
    from launcher.cli.command_tree import verbs_of  # noqa: PLC0415  # see above
    from launcher.cli.main import build_parser  # noqa: PLC0415  # it imports every verb, this one too
    from launcher.cli.runs import _ACTIONS as ACTIONS  # noqa: PLC0415  # see above
    from launcher.error_codes import ENTRIES  # noqa: PLC0415  # see above
    from launcher.sandbox.faults import FAULTS  # noqa: PLC0415  # see above
    from launcher.sandbox.scenarios import SCENARIOS  # noqa: PLC0415  # see above

    words = {
        "ACTION": ACTIONS,
        "CODE": [entry.code for entry in ENTRIES],
        "SCENARIO": sorted({*SCENARIOS, *FAULTS}),
    }
    script = getattr(completion_scripts, arguments.shell)
    sys.stdout.write(script(verbs_of(build_parser(), words)))
    return ExitCode.OK


def _print_keys(arguments: argparse.Namespace) -> int:
    """No journal, no keys: somebody is in the middle of typing."""
    from launcher.cli.journal_reading import open_journal  # noqa: PLC0415  # sqlite3, only when used
    from launcher.errors import JournalError  # noqa: PLC0415  # only here

    try:
        with open_journal(arguments) as journal:
            keys = [run.key for run in reversed(journal.runs())]
    except JournalError:
        keys = []
    for key in keys:
        say(key)
    return ExitCode.OK
