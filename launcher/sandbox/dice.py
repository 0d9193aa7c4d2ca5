"""Chance that repeats: a number from the seed and from what it is for, never from the order of events."""

import hashlib


class Dice:
    """Rolls that depend only on the seed and on the words they are asked with."""

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def roll(self, *words: object) -> float:
        """Return a number in [0, 1), the same for the same seed and words."""
        return int.from_bytes(self._digest(words)[:7], "big") / 2**56

    def hexadecimal(self, length: int, *words: object) -> str:
        """Return `length` hexadecimal digits (at most 64), the same for the same seed and words."""
        return self._digest(words).hex()[:length]

    def _digest(self, words: tuple[object, ...]) -> bytes:
        text = "\x1f".join(str(word) for word in (self._seed, *words))
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
