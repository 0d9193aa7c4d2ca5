"""A first manifest: the text that `launcher init` writes from a few answers. Pure."""

import json
import re
from dataclasses import dataclass
from textwrap import dedent

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_.+-]*|https?://[A-Za-z0-9_.:/~-]*[A-Za-z0-9_/~-]")
_WORDS = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n"})


@dataclass(frozen=True, slots=True)
class Answers:
    """What a first manifest is made of; every value is one that its key accepts."""

    account: str
    account_id: str
    host: str
    stream: str
    client_id: str
    secret_env: str
    """The name of the environment variable; the secret itself is nobody's business here."""
    campaigns: tuple[str, ...]
    lists: tuple[str, ...]
    """Paths of CSV files, relative to the manifest."""
    channel: str = "sms"


def starter(answers: Answers, file: str) -> str:
    """The manifest's text, with comments; `file` is how commands will name it."""
    entries = [f"  - campaign: {_yaml(one)}" for one in answers.campaigns]
    entries += [f"  - from: {_yaml(one)}" for one in answers.lists]
    return "\n".join((_head(file), _accounts(answers), _entries(answers, entries)))


def _head(file: str) -> str:
    return dedent(f"""\
        # A manifest: which campaigns to start, in which account, at which pace.
        #
        #   launcher validate {file}         checks everything, sends nothing
        #   launcher run {file} --sandbox    rehearses on this machine, needs no secret
        #   launcher plan {file}             what would be started, and how long it takes
        #   launcher run {file}              the real thing; again: continues, starts nothing twice
        #
        # `launcher schema` prints every key, for editors; docs/manifest.md explains them.

        version: 1
        """)


def _accounts(answers: Answers) -> str:
    return dedent(f"""\
        # What the entries under `campaigns` leave out.
        defaults:
          bot: main
          channel: {answers.channel}                    # sms or voice

        # Every setting has a default; these are the ones to think about first.
        settings:
          cooldown: 12h                   # what was started within this time is not started again
          halt: {{failed: 25%, unknown: 5, consecutive: 10}}  # at so many the whole run stops

        accounts:
          {_yaml(answers.account)}:
            id: {_yaml(answers.account_id)}
            host: {_yaml(answers.host)}
            budget: 60/60s                # the documented limit; less when others use it, too
            client_id: {_yaml(answers.client_id)}
            # Read when something is sent; {{file: path}} and {{command: [program]}} are possible, too.
            client_secret: ${{{answers.secret_env}}}

        # Names for streams; a bot stands for its account and its stream.
        bots:
          main:
            account: {_yaml(answers.account)}
            stream: {_yaml(answers.stream)}
        """)


def _entries(answers: Answers, entries: list[str]) -> str:
    columns = "" if answers.lists else "\n#   - from: nightly.csv             # columns: campaign, name, tags"
    head = f"""\
# In the order of the report. An entry may also have a name, tags, or another bot:
#   - {{bot: main, campaign: cd-…, name: Renewal due, tags: [renewals]}}{columns}
campaigns:
"""
    return head + "\n".join(entries) + "\n"


def _yaml(text: str) -> str:
    """The text as a YAML scalar: as it is, or in double quotes, which are the same in JSON."""
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
        return text
    return json.dumps(text, ensure_ascii=False)
