"""`launcher init [FILE]`: a first manifest from a few answers; never overwrites, never asks for a secret."""

import argparse
import os
import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from launcher.cli import options
from launcher.cli.exit_codes import ExitCode
from launcher.cli.output import say, talk
from launcher.cli.questions import Question, settle
from launcher.errors import ManifestError, RefusedError, UsageError

if TYPE_CHECKING:
    from launcher.manifest.model import Manifest
    from launcher.manifest.starter import Answers

_EXAMPLES = """\
examples:
  launcher init                                asks, then writes campaigns.yaml
  launcher init nightly.yaml --csv nightly.csv
  launcher init nightly.yaml --account acme --account-id 67777ce93e25326494e9aaaa --stream st-0603182c \\
      --client-id cs-5250bdc9 --campaign cd-ed19e3c7 --campaign cd-0b7581dd     asks nothing, for scripts

On a terminal it asks for what no option gives; Enter takes the value in brackets. Elsewhere every answer
without a value in brackets has to be an option. It never overwrites a file, sends nothing, and never asks for
a secret: only for the name of the environment variable that will hold it.

exit codes: 0 written, 2 an answer is missing or wrong (nothing was written), 5 the file is there already
"""
_HOST = "https://platform.kore.ai"
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")
_CLOUD_ID = re.compile(r"[0-9a-f]{24}", re.IGNORECASE)
_UNFIT = re.compile(r"[^A-Z0-9]+")
_ANSWERS = (
    ("--account", "NAME", "what you call the account (default: main)"),
    ("--account-id", "ID", "the account's id, 24 hexadecimal digits on the cloud"),
    ("--host", "URL", f"where the account lives (default: {_HOST})"),
    ("--stream", "ID", "the bot's stream id (st-…)"),
    ("--client-id", "ID", "client id (cs-…) of the JWT app"),
    ("--secret-env", "VARIABLE", "name of the environment variable that will hold the client secret"),
)


def add_parser(verbs: options.Verbs) -> None:
    """Add the verb."""
    parser = options.add_verb(
        verbs, "init", init, "write a first manifest from a few answers; never overwrites a file", _EXAMPLES
    )
    parser.add_argument(
        "file",
        metavar="FILE",
        nargs="?",
        type=options.named,
        default="campaigns.yaml",
        help="the manifest to write (default: campaigns.yaml)",
    )
    for name, metavar, text in _ANSWERS:
        parser.add_argument(name, metavar=metavar, help=text)
    parser.add_argument(
        "--campaign", metavar="ID", action="append", default=[], help="a campaign id (cd-…); may be repeated"
    )
    parser.add_argument(
        "--csv",
        metavar="FILE",
        action="append",
        default=[],
        help="a CSV list with the columns campaign, and perhaps name and tags; may be repeated",
    )
    parser.add_argument(
        "--channel", choices=("sms", "voice"), default="sms", help="of the campaigns (default: sms)"
    )


def init(arguments: argparse.Namespace) -> int:
    """Ask, write, and say what to do next."""
    path = Path(arguments.file)
    _refuse_to_overwrite(path)
    answers = _answers(arguments, path.parent)
    manifest = _write(path, answers)
    count = len(manifest.campaigns)
    file = shlex.quote(arguments.file)
    say(f"wrote {arguments.file}: {count} campaign{'' if count == 1 else 's'} in account {answers.account}")
    say("next:")
    say(f"  launcher validate {file}         every problem at once, sends nothing")
    say(f"  launcher run {file} --sandbox    a rehearsal on this machine, needs no secret")
    say(f"  launcher plan {file}             what would be started, and how long it takes")
    if _is_odd(answers):
        talk(f"accounts on kore.ai have an id of 24 hexadecimal digits: is '{answers.account_id}' one?")
    talk(f"before the first real run, put the client secret into the variable {answers.secret_env}")
    return ExitCode.OK


def _is_odd(answers: "Answers") -> bool:
    """Whether the account's id looks like none of the cloud's; other hosts have ids of their own."""
    on_the_cloud = (urlsplit(answers.host).hostname or "").endswith("kore.ai")
    return on_the_cloud and _CLOUD_ID.fullmatch(answers.account_id) is None


def _refuse_to_overwrite(path: Path) -> None:
    if path.name in ("", "-"):
        raise UsageError(f"init writes a file, got '{path}'; name one that is not there yet", code="L011")
    if path.exists() or path.is_symlink():
        raise RefusedError(f"{path} is there already and stays as it is; name another file", code="L034")
    if not path.parent.is_dir():
        raise UsageError(f"{path}: there is no folder {path.parent}; make it first", code="L011")


def _answers(arguments: argparse.Namespace, folder: Path) -> "Answers":
    from launcher.manifest.starter import Answers  # noqa: PLC0415  # only when used

    given: dict[str, str | None] = {option: getattr(arguments, _name(option)) for option, _, _ in _ANSWERS}
    listed = [*arguments.campaign, *arguments.csv]
    given["--campaign or --csv"] = None if not listed else ""
    found = settle([*_questions(), _campaigns(arguments.campaign, arguments.csv, folder)], given)
    campaigns, lists = found.pop("--campaign or --csv")
    plain = {_name(option): value for option, value in found.items()}
    return Answers(**plain, campaigns=campaigns, lists=lists, channel=arguments.channel)


def _name(option: str) -> str:
    return option.removeprefix("--").replace("-", "_")


def _questions() -> list[Question]:
    from launcher.manifest.kinds import LABEL  # noqa: PLC0415  # only when used

    return [
        Question("--account", "A name for the account", LABEL.parse, lambda _: "main"),
        Question("--account-id", "Account id (24 hexadecimal digits on the cloud)", _id_of("account")),
        Question("--host", "Host", _host, lambda _: _HOST),
        Question("--stream", "Stream id of the bot (st-…)", _id_of("stream")),
        Question("--client-id", "Client id of the JWT app (cs-…)", _id_of("client")),
        Question(
            "--secret-env",
            "Environment variable that will hold the client secret (its name, never the secret)",
            _variable,
            _variable_for,
        ),
    ]


_KINDS = {"st-": "stream", "cs-": "client", "cd-": "campaign", "cid-": "campaign's run"}
"""What ids of the API begin with; an account's begins with nothing special."""


def _id_of(what: str) -> Callable[[str], str]:
    """The manifest's own rule for an id; refuses the id of something else, pasted by mistake."""
    from launcher.manifest.kinds import CLAIM, ID  # noqa: PLC0415  # see _questions

    def parse(text: str) -> str:
        found: str = (CLAIM if what == "client" else ID).parse(text)
        other = next((kind for first, kind in _KINDS.items() if found.lower().startswith(first)), what)
        if other != what:
            raise ValueError(
                f"'{found}' is the id of a {other}, not of {'an' if what == 'account' else 'a'} {what}"
            )
        return found

    return parse


def _host(text: str) -> str:
    from launcher.manifest.hosts import host, is_plain_http_to_another_machine  # noqa: PLC0415  # see _questions

    url = host(text)
    if is_plain_http_to_another_machine(url):
        raise ValueError("plain http would show tokens on the way; use https")
    return url


def _variable(text: str) -> str:
    """A variable's name. What is no name is not repeated: it may be the secret, pasted by mistake."""
    name = text.removeprefix("${").removesuffix("}") if text.startswith("${") else text
    if _VARIABLE.fullmatch(name) is None:
        raise ValueError("expected the name of a variable: letters, digits and '_', such as KORE_SECRET")
    return name


def _variable_for(answers: Mapping[str, Any]) -> str:
    words = _UNFIT.sub("_", str(answers["--account"]).upper()).strip("_")
    return f"{words}_CLIENT_SECRET" if words[:1].isalpha() else "KORE_CLIENT_SECRET"


def _campaigns(ids: Sequence[str], lists: Sequence[str], folder: Path) -> Question:
    """The campaigns; the question's answer is words of both sorts, told apart by what they look like."""

    def parse(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        words = [text] if Path(text).is_file() else text.replace(",", " ").split()
        files = [word for word in words if word.lower().endswith(".csv") or Path(word).is_file()]
        return _listed([*ids, *(word for word in words if word not in files)], [*lists, *files], folder)

    asked = "Campaign ids (cd-…) with spaces between, or the path of a CSV file"
    return Question("--campaign or --csv", asked, parse)


def _listed(ids: list[str], lists: list[str], folder: Path) -> tuple[tuple[str, ...], tuple[str, ...]]:
    if not ids and not lists:
        raise ValueError("a campaign is needed")
    for kind in (ids, lists):
        if twice := next((one for one in kind if kind.count(one) > 1), None):
            raise ValueError(f"'{twice}' stands twice")
    return tuple(map(_id_of("campaign"), ids)), tuple(_list(one, folder) for one in lists)


def _list(path: str, folder: Path) -> str:
    """The path as the manifest has to have it: relative to its own folder, not to where we are."""
    from launcher.manifest.kinds import PATH  # noqa: PLC0415  # see _questions

    file = Path(os.path.expanduser(PATH.parse(path)))  # noqa: PTH111  # Path's raises without a home
    if not file.is_file():
        raise ValueError(f"there is no file '{path}'")
    return path if file.is_absolute() else os.path.relpath(file, folder)


def _write(path: Path, answers: "Answers") -> "Manifest":
    """Write the manifest where no file is, and read it back; nothing stays when it is not valid.

    A list may say something that clashes with the answers: only reading it all together tells.
    """
    from launcher.manifest.load import load_manifest  # noqa: PLC0415  # yaml, only when used
    from launcher.manifest.starter import starter  # noqa: PLC0415  # see _answers

    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(starter(answers, shlex.quote(str(path))))
    except FileExistsError:
        raise RefusedError(
            f"{path} is there already and stays as it is; name another file", code="L034"
        ) from None
    except OSError as error:
        with suppress(OSError):  # what a full disk cut off
            path.unlink(missing_ok=True)
        raise UsageError(f"cannot write {path}: {(error.strerror or 'error').lower()}", code="L011") from None
    try:
        return load_manifest(path)
    except ManifestError:
        path.unlink()
        talk(f"launcher: {path} was not written:")
        raise
