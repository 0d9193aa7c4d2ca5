"""Start the campaign server and ask it what happened."""

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.servers.nginx import await_port, free_port

_PROGRAM = Path(__file__).with_name("campaigns.py")


@dataclass(frozen=True, slots=True)
class Campaigns:
    """A server that runs."""

    url: str

    def record(self) -> dict[str, Any]:
        """What happened since it was started; see `campaigns.Record`."""
        with urllib.request.urlopen(f"{self.url}/bench/record", timeout=60) as reply:
            record: dict[str, Any] = json.load(reply)
        return record


@contextmanager
def campaigns(*options: str) -> Iterator[Campaigns]:
    """Run it while the context lasts; `options` as `campaigns.py --help` lists them."""
    port = free_port()
    process = subprocess.Popen([sys.executable, str(_PROGRAM), "--port", str(port), *options])
    try:
        await_port(port)
        yield Campaigns(f"http://127.0.0.1:{port}")
    finally:
        process.terminate()
        process.wait()
