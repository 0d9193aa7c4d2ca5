"""Decides which request meets which fault, the same way for the same seed."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from launcher.sandbox.calls import Operation
from launcher.sandbox.campaigns import CampaignKey
from launcher.sandbox.dice import Dice
from launcher.sandbox.scenarios import Rule, Scenario


@dataclass(frozen=True, slots=True)
class Pick:
    """The fault that one request meets."""

    rule: Rule
    roll: float
    """Chance in [0, 1) for a fault that has variants."""


class Picker:
    """Picks by seed, campaign, operation and how often that was asked before; never by the time.

    A deck is dealt over the campaigns in `known`; where none is known, in the order in which they first come.
    """

    def __init__(self, scenario: Scenario, dice: Dice, known: Iterable[CampaignKey]) -> None:
        self._scenario = scenario
        self._dice = dice
        self._asked: Counter[tuple[Operation, CampaignKey]] = Counter()
        keys = sorted(set(known), key=lambda key: dice.roll("deal", *key))
        self._places = {key: place for place, key in enumerate(keys)}
        self._cards = self._deal(spread=not keys)

    def pick(self, operation: Operation, key: CampaignKey) -> Pick | None:
        """Count one request and return the fault that it meets, if any."""
        self._asked[operation, key] += 1
        nth = self._asked[operation, key]
        rule = self._dealt(operation, key, nth) or self._scripted(operation, nth)
        rule = rule or self._rolled(operation, key, nth)
        return Pick(rule, self._dice.roll("variant", operation, *key, nth)) if rule else None

    def _dealt(self, operation: Operation, key: CampaignKey, nth: int) -> Rule | None:
        if not self._cards or operation is not Operation.START or nth > 1:
            return None
        place = self._places.setdefault(key, len(self._places))
        return self._cards.get(place % self._scenario.deck_size)

    def _scripted(self, operation: Operation, nth: int) -> Rule | None:
        script = [rule for rule in self._scenario.rules if rule.operation is operation and rule.rate is None]
        return script[nth - 1] if nth <= len(script) else None

    def _rolled(self, operation: Operation, key: CampaignKey, nth: int) -> Rule | None:
        roll = self._dice.roll("fault", operation, *key, nth)
        for rule in self._scenario.rules:
            if rule.operation is operation and rule.rate is not None:
                roll -= rule.rate
                if roll < 0:
                    return rule
        return None

    def _deal(self, *, spread: bool) -> dict[int, Rule]:
        """Return the place of each card in the deck: the first ones, or spread over it by chance."""
        places: Iterable[int] = range(self._scenario.deck_size)
        if spread:
            places = sorted(places, key=lambda place: self._dice.roll("place", place))
        return dict(zip(places, self._scenario.deck, strict=False))
