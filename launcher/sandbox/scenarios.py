"""Which request meets which fault: rules, the named scenarios, and the text that the command line takes."""

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from launcher.errors import UsageError
from launcher.sandbox.calls import Operation
from launcher.sandbox.faults import FAULTS

_RULE = re.compile(r"(?:([a-z]+)/)?([a-z0-9-]+)(?:@([0-9.]+))?(?::([0-9.]+))?")
_SUM_TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True)
class Rule:
    """One fault and when it comes."""

    label: str
    operation: Operation = Operation.START
    seconds: float | None = None
    """A delay, a hang, a Retry-After; None: the fault's own."""
    rate: float | None = None
    """The share of requests that it hits; None: once per campaign, in the order of the rules."""

    def __str__(self) -> str:
        """Return the rule as it is written."""
        operation = "" if self.operation is Operation.START else f"{self.operation}/"
        seconds = "" if self.seconds is None else f"@{self.seconds:g}"
        return f"{operation}{self.label}{seconds}" + ("" if self.rate is None else f":{self.rate:g}")


@dataclass(frozen=True, slots=True)
class Scenario:
    """Rules for every campaign, or a deck that deals each of its faults to one campaign."""

    summary: str = ""
    rules: tuple[Rule, ...] = ()
    deck: tuple[Rule, ...] = ()
    """Each is dealt to the first start of one campaign out of every `deck_size`."""
    deck_size: int = 0


def read_rule(text: str) -> Rule:
    """Return the rule that `[operation/]label[@seconds][:rate]` means.

    Raises:
        UsageError: it means none.
    """
    match = _RULE.fullmatch(text.strip())
    if match is None:
        raise UsageError(
            f"sandbox fault {text!r} is not of the form [operation/]label[@seconds][:rate]", code="L004"
        )
    operation, label, seconds, rate = match.groups()
    if label not in FAULTS:
        raise UsageError(f"unknown sandbox fault {label!r}{_suggestion(label)}", code="L004")
    if operation is not None and operation not in list(Operation):
        raise UsageError(
            f"unknown operation {operation!r} in {text!r}; there are {', '.join(Operation)}", code="L004"
        )
    return Rule(
        label, Operation(operation or "start"), _number(seconds, text), _share(_number(rate, text), text)
    )


def read_scenario(faults: str | Mapping[str, float | None]) -> Scenario:
    """Return a scenario by its name, from comma-separated rules, or from rules with their rates.

    Raises:
        UsageError: an unknown name or label, or rates of one operation that add up to more than 1.
    """
    if not isinstance(faults, str):
        rules = tuple(_with_rate(read_rule(text), rate) for text, rate in faults.items())
        return _checked(Scenario(rules=rules))
    if faults in SCENARIOS:
        return SCENARIOS[faults]
    return _checked(Scenario(rules=tuple(read_rule(text) for text in faults.split(","))))


def _with_rate(rule: Rule, rate: float | None) -> Rule:
    if rate is None:
        return rule
    return Rule(rule.label, rule.operation, rule.seconds, _share(rate, str(rule)))


def _number(text: str | None, where: str) -> float | None:
    try:
        return None if text is None else float(text)
    except ValueError:
        raise UsageError(f"sandbox fault {where!r}: {text!r} is not a number", code="L004") from None


def _share(rate: float | None, where: str) -> float | None:
    if rate is not None and not 0 <= rate <= 1:
        raise UsageError(f"sandbox fault {where!r}: the rate must be between 0 and 1", code="L004")
    return rate


def _checked(scenario: Scenario) -> Scenario:
    for operation in Operation:
        total = sum(rule.rate or 0.0 for rule in scenario.rules if rule.operation is operation)
        if total > 1 + _SUM_TOLERANCE:
            raise UsageError(
                f"the sandbox fault rates of {operation} add up to {total:g}; at most 1", code="L004"
            )
    return scenario


def _suggestion(label: str) -> str:
    names = [*SCENARIOS, *FAULTS]
    close = difflib.get_close_matches(label, names, n=1)
    if close:
        return f"; did you mean {close[0]!r}?"
    return f"; there are {', '.join(SCENARIOS)} and the labels of docs/sandbox.md"


def _rules(text: str) -> tuple[Rule, ...]:
    return tuple(read_rule(word) for word in text.split())


_MIX = """
    5xx-before:.04 5xx-after:.04 gateway-before:.015 gateway-after:.015
    reset-before:.03 reset-after:.03 close-before:.01 close-after:.01
    hang-before@5:.01 hang-after@5:.015 truncated-before:.005 truncated-after:.015
    header-cut-before:.005 header-cut-after:.005 garbage-before:.01 garbage-after:.015
    empty-before:.005 empty-after:.01 preparing-after:.01
    429:.005 429-seconds:.02 429-date:.01 limit-text-200:.005 limit-text-400:.005
    401:.01 400:.01 403:.005 404:.005 409:.01 redirect:.01 says-failed:.01 latency:.03 drip:.01
    status/5xx-before:.03 status/reset-before:.02 status/latency:.02 get/5xx-before:.03
"""
"""Rates of `faults`: about four starts in ten are hit, one read in fifteen."""


def _named() -> dict[str, Scenario]:
    return {
        "none": Scenario("no faults"),
        "faults": Scenario("a nasty mix: about four starts in ten are hit, and some reads", _rules(_MIX)),
        "demo": Scenario(
            "a few faults on purpose, each kind once in 32 campaigns, none longer than 1.5 s",
            deck=_rules(
                "401 5xx-before reset-after 400 429-seconds@1 hang-after@1.5 gateway-after latency@0.5"
            ),
            deck_size=32,
        ),
        "doubts": Scenario(
            "every start is left in doubt, half of them after it took effect",
            _rules("reset-before:.25 5xx-before:.25 reset-after:.25 5xx-after:.25"),
        ),
        "status-down": Scenario(
            "one start in five is left in doubt, and no read can settle it",
            _rules("5xx-before:.1 reset-after:.1 status/5xx-before:1 get/5xx-before:1"),
        ),
        "throttled": Scenario(
            "one start in four is throttled, in all the forms of it",
            _rules("429:.02 429-seconds:.08 429-date:.05 limit-text-200:.05 limit-text-400:.05"),
        ),
    }


SCENARIOS: Mapping[str, Scenario] = MappingProxyType(_named())
"""The scenarios that have a name; the label of any fault is one, too."""
