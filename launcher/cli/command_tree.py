"""Verbs, options and what their values can be, read off argparse's own tree: what shells complete."""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

FILES = "files"
KEYS = "keys"
ANY = "any"

_BY_METAVAR = {"FILE": FILES, "MANIFEST": FILES, "KEY": KEYS}


@dataclass(frozen=True, slots=True)
class Value:
    """What a value can be."""

    kind: str
    """`files`, `keys` (of runs), `any`, or `words`."""
    words: tuple[str, ...] = ()
    behind_equals: bool = False
    """Optional, and only behind the option's `=`."""


@dataclass(frozen=True, slots=True)
class Option:
    """An option of a verb."""

    names: tuple[str, ...]
    about: str
    value: Value | None
    """None when it takes none."""


@dataclass(frozen=True, slots=True)
class Verb:
    """A verb."""

    name: str
    about: str
    options: tuple[Option, ...]
    places: tuple[Value, ...]
    """What can stand at each place behind the verb."""


def verbs_of(parser: argparse.ArgumentParser, words: Mapping[str, Sequence[str]]) -> list[Verb]:
    """The verbs of the whole command; `words` by metavar are values that argparse does not know."""
    (action,) = [each for each in parser._actions if isinstance(each, argparse._SubParsersAction)]  # noqa: SLF001  # argparse has no other way to its tree
    about = {each.dest: each.help or "" for each in action._choices_actions}  # noqa: SLF001  # see above
    return [_verb(name, about[name], each, words) for name, each in action.choices.items()]


def _verb(name: str, about: str, parser: argparse.ArgumentParser, words: Mapping[str, Sequence[str]]) -> Verb:
    actions = parser._actions  # noqa: SLF001  # see verbs_of
    options = tuple(
        Option(tuple(each.option_strings), each.help or "", _value(each, words))
        for each in actions
        if each.option_strings
    )
    places = tuple(_known(each, words) for each in actions if not each.option_strings)
    return Verb(name, about, options, places)


def _value(action: argparse.Action, words: Mapping[str, Sequence[str]]) -> Value | None:
    if action.nargs == 0:
        return None
    known = _known(action, words)
    return Value(known.kind, known.words, behind_equals=action.nargs == "?")


def _known(action: argparse.Action, words: Mapping[str, Sequence[str]]) -> Value:
    metavar = str(action.metavar or action.dest.upper())
    found = tuple(map(str, action.choices or words.get(metavar, ())))
    return Value("words", found) if found else Value(_BY_METAVAR.get(metavar, ANY))
