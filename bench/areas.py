"""Where a launch's time goes: `areas.py SAMPLES`, of what py-spy wrote, as shares of all samples.

`py-spy record --gil -r 400 -f raw -o SAMPLES -- python -m launcher run MANIFEST --yes --report report.json`
"""

import re
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

_AREAS = (
    ("start: imports", r"importlib\._bootstrap"),
    ("start: manifest and plan", r"load_manifest|build_plan"),
    ("start: opening the run in the journal", r"\(launcher/journal/(opener|store|opening)|open_session"),
    ("end: report and table", r"^(tell|write_report) \("),
    ("journal: the writer's thread", r"\(launcher/journal/(writer|session|rows)\.py\)|Writer\._work"),
    ("aiohttp: the exchange", r"\(aiohttp/|\(yarl/|\(multidict/"),
    ("kore: request, token, meaning of the reply", r"\(launcher/kore/"),
    ("engine: decisions and workers", r"\(launcher/(engine|journal/lifecycle)"),
    ("summary, progress, log", r"\(launcher/report/"),
    ("event loop", r"\(asyncio/|\(anyio/|\(selectors"),
)
"""The first that fits any frame wins for what surrounds it; else the innermost frame that one fits."""
_AROUND = 4


def area(frames: list[str]) -> str:
    """The area that a stack, outermost frame first, belongs to."""
    for name, pattern in _AREAS[:_AROUND]:
        if any(re.search(pattern, frame) for frame in frames):
            return name
    for frame in reversed(frames):
        for name, pattern in _AREAS[_AROUND:-1]:
            if re.search(pattern, frame):
                return name
    return _AREAS[-1][0]


def shares(lines: Iterable[str]) -> dict[str, float]:
    """Area to its share, the greatest first; a line is a stack, a space and a count."""
    counts: Counter[str] = Counter()
    for line in lines:
        stack, _, count = line.rpartition(" ")
        frames = [re.sub(r":\d+\)$", ")", frame) for frame in stack.split(";")]
        counts[area(frames)] += int(count)
    return {name: count / counts.total() for name, count in counts.most_common()}


if __name__ == "__main__":
    for name, share in shares(Path(sys.argv[1]).read_text().splitlines()).items():
        print(f"{share * 100:5.1f} %  {name}")
