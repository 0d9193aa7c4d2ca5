"""Questions with an option each: asked on a terminal, and only what no option answered."""

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from launcher.cli.output import talk
from launcher.errors import UsageError
from launcher.report.plain import plain


@dataclass(frozen=True, slots=True)
class Question:
    """One thing to know."""

    option: str
    """The option that answers it, `--account`."""
    words: str
    """What a person is asked."""
    parse: Callable[[str], Any]
    """From the answer as typed; raises ValueError with the end of a sentence that says what is wrong."""
    default: Callable[[Mapping[str, Any]], str] | None = None
    """From the answers so far, by option; None when only a person can know."""


def settle(questions: Sequence[Question], given: Mapping[str, str | None]) -> dict[str, Any]:
    """The answers, by option; `given` are those of the command line.

    Raises:
        UsageError: given answers are wrong, or missing where there is no terminal to ask on; all at once.
    """
    answers: dict[str, Any] = {}
    troubles: list[str] = []
    for question in questions:
        text = given[question.option]
        try:
            if text is not None:
                answers[question.option] = question.parse(text)
        except ValueError as error:
            troubles.append(f"{question.option}: {error}")
    open_questions = [question for question in questions if given[question.option] is None]
    asking = sys.stdin.isatty() and sys.stderr.isatty()
    if not asking:
        needed = [question.option for question in open_questions if question.default is None]
        troubles += [f"missing: {', '.join(needed)}"] if needed else []
    if troubles:
        raise UsageError("; ".join(troubles), code="L011")
    for question in open_questions:
        answers[question.option] = (_ask if asking else _assume)(question, answers)
    return answers


def _assume(question: Question, answers: Mapping[str, Any]) -> Any:
    return question.parse(question.default(answers) if question.default is not None else "")


def _ask(question: Question, answers: Mapping[str, Any]) -> Any:
    """Ask until the answer can be."""
    default = None if question.default is None else question.default(answers)
    while True:
        sys.stderr.write(plain(f"{question.words}{f' [{default}]' if default else ''}: "))
        sys.stderr.flush()
        line = sys.stdin.readline()
        if not line:
            talk("")
            raise UsageError("the answers ended; nothing was written", code="L011")
        text = line.strip() or default or ""
        try:
            return question.parse(text)
        except ValueError as error:
            talk(f"  {error}" if text else "  an answer is needed; Ctrl-C ends without writing anything")
