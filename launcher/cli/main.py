"""The command line as a whole: verbs, options they share, and what becomes of errors.

Verb modules import what they need when they run, so that `launcher --help` stays fast.
"""

import argparse
import os
import sys
import traceback
from collections.abc import Sequence

from launcher.cli import plan, reconcile, report, run, runs, sandbox, schema, validate
from launcher.cli.exit_codes import ExitCode, of_error
from launcher.cli.output import forgive_encodings, open_missing_streams, silence_stdout, talk
from launcher.errors import LauncherError, ManifestError
from launcher.version import __version__

VERBS = (validate, plan, run, reconcile, report, runs, sandbox, schema)

_EXAMPLES = """\
examples:
  launcher validate campaigns.yaml               every problem at once, nothing is sent
  launcher plan campaigns.yaml                   what would be started, and how long it takes
  launcher run campaigns.yaml --sandbox          rehearse against the built-in stand-in
  launcher run campaigns.yaml --report out.json  start the campaigns; again: continue

exit codes of run:
  0 all started or already active    1 some rejected or failed     2 usage or manifest, nothing sent
  3 at least one unknown             4 halted                      5 refused before sending
  7 incomplete (window, deadline)    70 internal error             130/143 interrupted, report written
"""


def run_command_line(arguments: Sequence[str]) -> int:
    """Parse `arguments`, run the verb, and turn every error into one line and an exit code."""
    open_missing_streams()
    forgive_encodings()
    parser = build_parser()
    options = parser.parse_args(_with_equals_sign(arguments))
    try:
        code: int = options.verb(options)
        sys.stdout.flush()
    except ManifestError as error:
        return _explain_problems(error)
    except LauncherError as error:
        talk(f"launcher: {error}")
        return of_error(error)
    except BrokenPipeError:
        silence_stdout()
        return ExitCode.OK
    except KeyboardInterrupt:
        talk("launcher: interrupted")
        return ExitCode.SIGINT
    except Exception as error:  # noqa: BLE001  # the last resort: a sentence instead of a traceback
        return _explain_defect(error)
    return code


def build_parser() -> argparse.ArgumentParser:
    """The parser of all verbs."""
    parser = argparse.ArgumentParser(
        prog="launcher",
        description="Start many Kore.ai campaigns at the pace each account allows, none of them twice.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"launcher {__version__}")
    verbs = parser.add_subparsers(title="verbs", metavar="VERB", required=True)
    for verb in VERBS:
        verb.add_parser(verbs)
    return parser


def _with_equals_sign(arguments: Sequence[str]) -> list[str]:
    """`--sandbox M` must not take the manifest M for the name of a scenario."""
    return ["--sandbox=" if argument == "--sandbox" else argument for argument in arguments]


def _explain_problems(error: ManifestError) -> int:
    for problem in error.problems:
        talk(str(problem))
    return of_error(error)


def _explain_defect(error: Exception) -> int:
    if os.environ.get("LAUNCHER_DEBUG"):
        traceback.print_exc()
    talk(
        f"launcher: internal error: {type(error).__name__}: {error}; "
        "please report it with what LAUNCHER_DEBUG=1 prints. What was sent is in the journal."
    )
    return ExitCode.INTERNAL
