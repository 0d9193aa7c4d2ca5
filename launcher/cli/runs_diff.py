"""`launcher runs diff A B`: what became of the same campaigns in two runs."""

import argparse
import json
from typing import TYPE_CHECKING, Any

from launcher.cli.exit_codes import ExitCode
from launcher.cli.output import say
from launcher.report.plain import plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from launcher.journal.store import Journal
    from launcher.manifest.model import Identity


def diff(arguments: argparse.Namespace, journal: "Journal") -> ExitCode:
    """Tell the differences; exit code 1 when there are any, as other diffs do."""
    told = compared(_results(journal, arguments.key), _results(journal, arguments.other))
    differs = any(told.values())
    if arguments.json:
        say(json.dumps({"a": arguments.key, "b": arguments.other, **told}, indent=2))
    elif not differs:
        say(f"the same campaigns, with the same results: {arguments.key} and {arguments.other}")
    else:
        for line in _lines(told, arguments.key, arguments.other):
            say(line)
    return ExitCode.SOME_FAILED if differs else ExitCode.OK


def _results(journal: "Journal", key: str) -> "dict[Identity, str]":
    from launcher.report.standing import result_now  # noqa: PLC0415  # only here

    return {record.planned.identity: result_now(record).value for record in journal.records(key)}


def compared(a: "Mapping[Identity, str]", b: "Mapping[Identity, str]") -> dict[str, list[dict[str, Any]]]:
    """Results by identity: those that changed, those that one run alone has."""
    return {
        "changed": [
            {**_named(identity), "a": result, "b": b[identity]}
            for identity, result in a.items()
            if identity in b and b[identity] != result
        ],
        "only_in_a": [{**_named(each), "result": result} for each, result in a.items() if each not in b],
        "only_in_b": [{**_named(each), "result": result} for each, result in b.items() if each not in a],
    }


def _named(identity: "Identity") -> dict[str, str]:
    return {name: getattr(identity, name) for name in identity._fields}


def _lines(told: "Mapping[str, list[dict[str, Any]]]", a: str, b: str) -> "Iterator[str]":
    titles = {
        "changed": "other results",
        "only_in_a": f"only in {plain(a)}",
        "only_in_b": f"only in {plain(b)}",
    }
    for part, title in titles.items():
        if told[part]:
            yield f"{title}: {len(told[part])}"
        for each in told[part]:
            result = f"{each['a']} -> {each['b']}" if part == "changed" else each["result"]
            yield f"  {plain(each['campaign_id'])}  {plain(each['stream_id'])}  {result}"
