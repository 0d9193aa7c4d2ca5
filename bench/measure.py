"""Run a command and see what it cost: wall clock, CPU, memory."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_SPAWN = Path(__file__).with_name("spawn.py")
Words = list[str | Path]
"""A command."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What a finished command cost."""

    seconds: float
    cpu: float
    """Seconds, user and system, with the children that it waited for."""
    peak_mb: float
    """Greatest resident memory of one process."""
    code: int
    killed: bool
    """It was stopped because it took longer than allowed."""
    output: str


class FailedError(Exception):
    """A command that was to be measured failed."""


def measure(
    command: Sequence[str | Path],
    *,
    stdin: Path | None = None,
    at_most: float = 600.0,
    ok: Sequence[int] = (0,),
) -> Measured:
    """Run `command` to its end, or kill it after `at_most` seconds.

    Raises:
        FailedError: it ended with a code that is not in `ok`.
    """
    words = [str(word) for word in command]
    with tempfile.NamedTemporaryFile() as output:
        helper = [sys.executable, "-I", "-S", str(_SPAWN), str(at_most), str(stdin or os.devnull)]
        done = subprocess.run(
            [*helper, output.name, *words], env=environment(os.environ), capture_output=True, check=True
        )
        text = output.read().decode(errors="replace")
    measured = Measured(**json.loads(done.stdout), output=text)
    if measured.code not in ok and not measured.killed:
        raise FailedError(f"{' '.join(words)[:200]}\nended with {measured.code}: {text[-2000:]}")
    return measured


def environment(variables: Mapping[str, str]) -> dict[str, str]:
    """Without what makes programs colourful, proxied or differently configured."""
    unwanted = {"http_proxy", "https_proxy", "all_proxy", "launcher_journal", "pythonpath", "force_color"}
    kept = {name: value for name, value in variables.items() if name.lower() not in unwanted}
    return kept | {"NO_COLOR": "1", "BENCH_SECRET": "not-a-secret-of-at-least-32-bytes"}
