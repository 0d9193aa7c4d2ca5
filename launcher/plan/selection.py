"""What `--select` and `--exclude` mean, and a plan narrowed to it. Pure.

An expression is terms with commas between them: all must hold. Several expressions are alternatives, and what
is excluded stays out whatever selects it. A term is `account:`, `bot:`, `stream:`, `campaign:`, `tag:` or
`name:` with a shell glob (`*`, `?`, `[a-z]`; case matters), or `result:` with where a launch ended.
"""

import difflib
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import translate

from launcher.errors import RefusedError, UsageError
from launcher.manifest.model import Identity
from launcher.outcome import Result
from launcher.plan.model import Launch, Plan

LAST = "last"
"""Stands for the latest run of the same manifest."""
RESULT = "result"

Results = Mapping[str, Mapping[Identity, Result]]
"""Where launches ended, by run key (or `last`)."""

_TEXTS: dict[str, Callable[[Launch], Collection[str]]] = {
    "account": lambda launch: (launch.account.name,),
    "bot": lambda launch: (launch.bot.name,) if launch.bot is not None else (),
    "stream": lambda launch: (launch.identity.stream_id,),
    "campaign": lambda launch: (launch.identity.campaign_id,),
    "tag": lambda launch: launch.tags,
    "name": lambda launch: (launch.name,) if launch.name is not None else (),
}
PREFIXES = (*_TEXTS, RESULT)
"""What a term can begin with."""
_GLOB = re.compile(r"[*?\[]")


@dataclass(frozen=True, slots=True)
class Glob:
    """A term that looks at one text (or several: tags) of a launch."""

    prefix: str
    pattern: str

    def chooser(self, _: Results) -> Callable[[Launch], bool]:
        """Whether a launch has such a text."""
        texts = _TEXTS[self.prefix]
        if _GLOB.search(self.pattern) is None:
            return lambda launch: self.pattern in texts(launch)
        matches = re.compile(translate(self.pattern)).match
        return lambda launch: any(matches(text) for text in texts(launch))

    def guess(self, launches: Iterable[Launch]) -> str:
        """A suggestion when no launch has it: it may be misspelled."""
        known = dict.fromkeys(text for launch in launches for text in _TEXTS[self.prefix](launch))
        near = difflib.get_close_matches(self.pattern, known, n=1)
        return f"; did you mean '{self.prefix}:{near[0]}'?" if near and near[0] != self.pattern else ""


@dataclass(frozen=True, slots=True)
class Ended:
    """A term that looks at where a launch ended in an earlier run."""

    result: Result
    run: str
    """A run key, or `last`."""

    def chooser(self, results: Results) -> Callable[[Launch], bool]:
        """Whether a launch ended so; one that was not in that run did not."""
        ends = results[self.run]
        return lambda launch: ends.get(launch.identity) is self.result

    def guess(self, _: Iterable[Launch]) -> str:
        """Nothing is misspelled."""
        return ""


Term = Glob | Ended


@dataclass(frozen=True, slots=True)
class Expression:
    """One `--select` or `--exclude`."""

    option: str
    text: str
    terms: tuple[Term, ...]

    def __str__(self) -> str:
        """As it was typed."""
        return f"{self.option} '{self.text}'"

    def chooser(self, results: Results) -> Callable[[Launch], bool]:
        """Whether every term holds of a launch."""
        choosers = [term.chooser(results) for term in self.terms]
        return lambda launch: all(choose(launch) for choose in choosers)


@dataclass(frozen=True, slots=True)
class Selection:
    """All of them."""

    select: tuple[Expression, ...] = ()
    exclude: tuple[Expression, ...] = ()

    @classmethod
    def read(cls, select: Sequence[str], exclude: Sequence[str]) -> "Selection":
        """Read what was typed.

        Raises:
            UsageError: one is no expression.
        """
        return cls(
            tuple(read_expression("--select", text) for text in select),
            tuple(read_expression("--exclude", text) for text in exclude),
        )

    @property
    def expressions(self) -> tuple[Expression, ...]:
        """All of both kinds."""
        return self.select + self.exclude

    @property
    def runs(self) -> tuple[str, ...]:
        """The runs that it asks about: keys, or `last`."""
        terms = (term for expression in self.expressions for term in expression.terms)
        return tuple(dict.fromkeys(term.run for term in terms if isinstance(term, Ended)))

    def narrow(self, plan: Plan, results: Results) -> Plan:
        """The plan without what is not selected, or excluded; its order stays.

        Raises:
            RefusedError: nothing is left.
        """
        wanted = [expression.chooser(results) for expression in self.select]
        unwanted = [expression.chooser(results) for expression in self.exclude]
        launches = tuple(
            launch
            for launch in plan.launches
            if (not wanted or any(choose(launch) for choose in wanted))
            and not any(choose(launch) for choose in unwanted)
        )
        if plan.launches and not launches:
            raise RefusedError(self._nothing(plan), code="L033")
        return replace(plan, launches=launches)

    def idle(self, plan: Plan, results: Results) -> list[str]:
        """A sentence for each expression that no launch of the plan matches: it may be misspelled."""
        return [
            f"{expression} matches nothing{_guess(expression, plan)}"
            for expression in self.expressions
            if not any(map(expression.chooser(results), plan.launches))
        ]

    def _nothing(self, plan: Plan) -> str:
        asked = " ".join(map(str, self.expressions))
        guess = next(filter(None, (_guess(each, plan) for each in self.select)), "")
        return f"nothing matches {asked}{guess}; nothing was sent"


def _guess(expression: Expression, plan: Plan) -> str:
    alone = (term for term in expression.terms if not any(map(term.chooser(_NO_RESULTS), plan.launches)))
    return next(filter(None, (term.guess(plan.launches) for term in alone)), "")


class _NoResults(dict[str, Mapping[Identity, Result]]):
    def __missing__(self, _: str) -> Mapping[Identity, Result]:
        return {}


_NO_RESULTS = _NoResults()


def read_expression(option: str, text: str) -> Expression:
    """Read one expression; `option` is what it was given with.

    Raises:
        UsageError: it is none; the sentence says where.
    """
    terms: list[Term] = []
    start = 0
    for part in text.split(","):
        lead = len(part) - len(part.lstrip())
        try:
            terms.append(_term(part.strip()))
        except _BadTerm as bad:
            place = start + lead + bad.offset + 1
            raise UsageError(f"{option} '{text}', character {place}: {bad}", code="L008") from None
        start += len(part) + 1
    return Expression(option, text, tuple(terms))


class _BadTerm(Exception):  # noqa: N818  # never leaves this module
    def __init__(self, message: str, offset: int = 0) -> None:
        super().__init__(message)
        self.offset = offset


def _term(text: str) -> Term:
    if not text:
        raise _BadTerm("expected a term such as bot:billing (a comma means 'and')")
    prefix, colon, rest = text.partition(":")
    if not colon:
        raise _BadTerm(f"'{text}' says nothing of what it names; did you mean 'campaign:{text}'?")
    if prefix not in PREFIXES:
        raise _BadTerm(f"unknown '{prefix}:'{_near(prefix, PREFIXES)}")
    if not rest:
        raise _BadTerm(f"'{prefix}:' needs a value, such as {_EXAMPLES[prefix]}", len(prefix) + 1)
    return _ended(rest) if prefix == RESULT else Glob(prefix, rest)


def _ended(text: str) -> Ended:
    word, at, run = text.partition("@")
    results = {str(result): result for result in Result}
    result = results.get(word.replace("-", "_"))
    if result is None:
        raise _BadTerm(f"there is no result '{word}'{_near(word, tuple(results))}", len(RESULT) + 1)
    if at and not run:
        raise _BadTerm("expected 'last' or a run key after '@'", len(RESULT) + 1 + len(word) + 1)
    return Ended(result, run or LAST)


def _near(word: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(word.lower(), known, n=1)
    return f"; did you mean '{near[0]}'?" if near else f"; there are {', '.join(known)}"


_EXAMPLES = {
    "account": "account:acme",
    "bot": "bot:billing",
    "stream": "stream:st-0603182c*",
    "campaign": "campaign:cd-ed19e3c7*",
    "tag": "tag:renewals",
    "name": "name:'Renewal *'",
    RESULT: "result:failed@last",
}
