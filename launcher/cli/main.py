"""The command line as a whole: verbs, options they share, and what becomes of errors.

Verb modules import what they need when they run, so that `launcher --help` stays fast.
"""

import argparse
import errno
import os
import signal
import sys
import traceback
from collections.abc import Callable, Sequence

from launcher.cli import (
    completion,
    doctor,
    explain,
    init,
    options,
    pause,
    plan,
    reconcile,
    report,
    resume,
    run,
    runs,
    sandbox,
    schema,
    status,
    stop,
    validate,
)
from launcher.cli.exit_codes import ExitCode, of_error
from launcher.cli.output import (
    buffer_stdout,
    forgive_encodings,
    open_missing_streams,
    silence_stdout,
    so_far,
    talk,
    unwritable,
)
from launcher.errors import (
    INTERNAL,
    OUTPUT,
    LauncherError,
    ManifestError,
    RefusedError,
    SecretError,
    coded,
    is_interrupt,
)
from launcher.version import __version__

VERBS = (
    init,
    validate,
    doctor,
    plan,
    run,
    pause,
    resume,
    stop,
    status,
    reconcile,
    report,
    runs,
    sandbox,
    schema,
    explain,
    completion,
)

_ABOUT = """\
Start many Kore.ai campaigns at the pace each account allows, none of them twice.

examples:
  launcher init                                  a first manifest from a few answers
  launcher validate campaigns.yaml               every problem at once, nothing is sent
  launcher run campaigns.yaml --sandbox          rehearse against the built-in stand-in
  launcher doctor campaigns.yaml                 secrets, network, clock, token, journal
  launcher plan campaigns.yaml                   what would be started, and how long it takes
  launcher run campaigns.yaml --report out.html  start the campaigns; again: continue
  launcher VERB --help                           examples first, then all the rest
"""
_EPILOG = """\
exit codes of run:
  0 all started or already active    1 some rejected or failed     2 usage or manifest, nothing sent
  3 at least one unknown             4 halted                      5 refused before sending
  7 incomplete (window, deadline)    70 internal error             130/143 interrupted, report written

An error line ends in a code: `launcher explain CODE` says what to do about it.
"""


def run_command_line(
    arguments: Sequence[str], interrupted_by: Callable[[], signal.Signals] = lambda: signal.SIGINT
) -> int:
    """Parse `arguments`, run the verb, and turn every error into one line and an exit code.

    `interrupted_by` tells which signal a KeyboardInterrupt came from.
    """
    parsed = argparse.Namespace()
    try:
        open_missing_streams()
        buffer_stdout()
        forgive_encodings()
        build_parser().parse_args(_with_equals_sign(arguments), parsed)
        code: int = parsed.verb(parsed)
        sys.stdout.flush()
    except BrokenPipeError:
        silence_stdout()
        return ExitCode.OK
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001  # the last resort: a sentence instead of a traceback
        if not is_interrupt(error):
            return _explain(error)
        number = interrupted_by()
        talk(f"launcher: interrupted ({number.name}){so_far(parsed)}")
        silence_stdout()  # its reader may never read on, and the interpreter would wait for it at its end
        return 128 + number
    return code


def build_parser() -> argparse.ArgumentParser:
    """The parser of all verbs."""
    parser = options.Parser(
        prog="launcher",
        description=_ABOUT,
        epilog=_EPILOG,
        formatter_class=options.Help,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"launcher {__version__}")
    verbs = parser.add_subparsers(title="verbs", metavar="VERB", required=True)
    for verb in VERBS:
        verb.add_parser(verbs)
    return parser


def _with_equals_sign(arguments: Sequence[str]) -> list[str]:
    """`--sandbox M` must not take the manifest M for the name of a scenario."""
    return [options.SCENARIO if argument == "--sandbox" else argument for argument in arguments]


def _explain(error: BaseException) -> int:
    """Say what went wrong; the exit code."""
    if isinstance(error, ManifestError):
        for problem in error.problems:
            talk(str(problem))
        talk(coded("launcher: the manifest is not valid; nothing was sent", error.code))
        return of_error(error)
    if isinstance(error, LauncherError):
        # A line for each secret that cannot be read; whatever else breaks lines was typed by somebody.
        for line in str(error).split("\n") if isinstance(error, SecretError) else [str(error)]:
            talk(coded(f"launcher: {line}", error.code))
        return of_error(error)
    if isinstance(error, OSError) and (why := unwritable(error)) is not None:
        talk(coded(f"launcher: {why}", OUTPUT))
        silence_stdout()  # or the interpreter complains once more at its end
        return ExitCode.INTERNAL
    if isinstance(error, OSError) and error.errno in {errno.EMFILE, errno.ENFILE}:
        talk(
            coded(
                "launcher: too many open files; raise `ulimit -n`, then do the same again; "
                "what was sent is in the journal",
                RefusedError.code,
            )
        )
        return ExitCode.REFUSED
    return _explain_defect(error)


def _explain_defect(error: BaseException) -> int:
    if os.environ.get("LAUNCHER_DEBUG"):
        traceback.print_exc()
    talk(
        coded(
            f"launcher: internal error: {type(error).__name__}: {error}; "
            "please report it with what LAUNCHER_DEBUG=1 prints. What was sent is in the journal.",
            INTERNAL,
        )
    )
    return ExitCode.INTERNAL
