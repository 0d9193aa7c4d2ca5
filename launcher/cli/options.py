"""Options that several verbs share, said once."""

import argparse
import re
import sys
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from launcher.cli import manual
from launcher.cli.exit_codes import ExitCode
from launcher.cli.output import talk
from launcher.errors import UsageError, coded
from launcher.report.plain import plain

Verbs = Any
"""argparse's sub-parser action, whose class has no public name."""


SCENARIO = "--sandbox="
"""What `--sandbox` alone is read as: the next argument must not be taken for the name of a scenario."""

_NUMBER = re.compile(r"[0-9]{1,9}", re.ASCII)
_INTEGER = re.compile(r"-?[0-9]{1,18}", re.ASCII)
_DECIMAL = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?", re.ASCII)
_MAX_PORT = 65535


class Help(argparse.RawDescriptionHelpFormatter):
    """Help whose paragraphs stay as they were written."""

    def add_argument(self, action: argparse.Action) -> None:
        """Leave room for the longest verb too, which argparse forgets to indent."""
        super().add_argument(action)
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001  # it has no other name
            self._action_max_length += self._indent_increment


class Parser(argparse.ArgumentParser):
    """A parser whose complaints are one line that no terminal obeys, with a suggestion where there is one."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong with the command line and end the process."""
        # Not argparse's own usage: nine lines of options hide the one that matters.
        talk(f"usage: {self.prog} … (`{self.prog} --help` has examples and all options)")
        talk(coded(f"{self.prog}: error: {plain(message)}", UsageError.code))
        sys.exit(ExitCode.USAGE)

    def parse_known_args(  # type: ignore[override]  # argparse's overloads promise the caller's own namespace
        self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> tuple[argparse.Namespace, list[str]]:
        """Refuse what is left over here, where the verb and its options are known."""
        found, rest = super().parse_known_args(args, namespace)
        if rest:
            self.error(f"unrecognized arguments: {' '.join(rest)}{self._guess(rest[0], args or ())}")
        return found, rest

    def _guess(self, word: str, args: Sequence[str]) -> str:
        import difflib  # noqa: PLC0415  # only for this sentence

        near = difflib.get_close_matches(word.partition("=")[0], self._option_string_actions, n=1)
        if near:
            return f"; did you mean {near[0]}?"
        if not word.startswith("-") and SCENARIO in args:
            return f"; a value of {SCENARIO.rstrip('=')} goes behind its '=', without a space"
        return ""

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        """Argparse's own sentence has no suggestion before Python 3.14."""
        choices = list(action.choices or ())
        if not choices or value in choices:
            return
        import difflib  # noqa: PLC0415  # only for this sentence

        near = difflib.get_close_matches(str(value), choices, n=1)
        guess = f"; did you mean '{near[0]}'?" if near else ""
        raise argparse.ArgumentError(action, f"got '{value}', expected one of {', '.join(choices)}{guess}")


def named(text: str) -> str:
    """The argument type of what names something: text that is not empty."""
    if not text.strip():
        raise argparse.ArgumentTypeError("must not be empty")
    return text


def positive(text: str) -> int:
    """The argument type of a count: a whole number of at least 1."""
    if _NUMBER.fullmatch(text) is None or int(text) < 1:
        raise argparse.ArgumentTypeError(f"got '{text}', expected a whole number of at least 1")
    return int(text)


def percent(text: str) -> float:
    """The argument type of a share, with or without its `%`: 0.5 for `50%`."""
    number = text.removesuffix("%")
    share = float(number) / 100 if _DECIMAL.fullmatch(number) else 0.0
    if not 0 < share <= 1:
        raise argparse.ArgumentTypeError(f"got '{text}', expected a percentage above 0% and up to 100%")
    return share


def seconds(text: str) -> float:
    """The argument type of a time in seconds, with or without its `s`."""
    number = text.removesuffix("s")
    if _DECIMAL.fullmatch(number) is None:
        raise argparse.ArgumentTypeError(f"got '{text}', expected seconds such as 0.5")
    return float(number)


def latency(text: str) -> float:
    """The argument type of a latency: `300ms`, `0.3s` or 0.3."""
    number, scale = (text[:-2], 1000) if text.endswith("ms") else (text.removesuffix("s"), 1)
    if _DECIMAL.fullmatch(number) is None:
        raise argparse.ArgumentTypeError(f"got '{text}', expected a time such as 300ms")
    return float(number) / scale


def port(text: str) -> int:
    """The argument type of a TCP port; 0 asks for a free one."""
    if _NUMBER.fullmatch(text) is None or int(text) > _MAX_PORT:
        raise argparse.ArgumentTypeError(
            f"got '{text}', expected a port from 1 to {_MAX_PORT}, or 0 for a free one"
        )
    return int(text)


def whole(text: str) -> int:
    """The argument type of a whole number."""
    if _INTEGER.fullmatch(text) is None:
        raise argparse.ArgumentTypeError(f"got '{text}', expected a whole number")
    return int(text)


def add_verb(
    verbs: Verbs, name: str, verb: Callable[[argparse.Namespace], int], summary: str, text: str
) -> argparse.ArgumentParser:
    """A sub-parser for `verb`; `text` begins with examples, which its help shows before the options."""
    parser: argparse.ArgumentParser = verbs.add_parser(
        name,
        help=summary,
        description=manual.description(name, summary[0].upper() + summary[1:] + ".", text),
        epilog=manual.epilog(name, text),
        formatter_class=Help,
        allow_abbrev=False,
    )
    parser.set_defaults(verb=verb)
    return parser


def add_manifest(parser: argparse.ArgumentParser) -> None:
    """The manifest, the first argument."""
    parser.add_argument("manifest", metavar="MANIFEST", type=named, help="the manifest (YAML)")


def add_json(parser: argparse.ArgumentParser, what: str) -> None:
    """`--json`."""
    parser.add_argument("--json", action="store_true", help=f"print {what} as JSON")


def add_journal(parser: argparse.ArgumentParser) -> None:
    """`--journal`."""
    parser.add_argument(
        "--journal",
        metavar="FILE",
        type=named,
        help="the durable record (default: LAUNCHER_JOURNAL, else the platform's state directory)",
    )


def add_verbosity(parser: argparse.ArgumentParser) -> None:
    """`-v` and `--log-format`."""
    parser.add_argument(
        "-v",
        "--verbose",
        action="count",
        default=0,
        help="log results, retries and throttling; -vv logs every attempt and read",
    )
    parser.add_argument("--log-format", choices=("text", "json"), default="text", help="form of log lines")
