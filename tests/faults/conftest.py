"""Real processes, sockets, disks and signals; the server's books decide."""

from contextlib import ExitStack

import pytest
from fault_manifest import manifest
from fault_process import Launchers
from fault_server import FaultServer


@pytest.fixture
def launchers(tmp_path, zygote):
    """Start launchers in `tmp_path`."""
    started = Launchers(tmp_path, zygote)
    yield started
    started.end_all()


@pytest.fixture
def serve():
    """Start a fault server for the length of the test."""
    with ExitStack() as stack:
        yield lambda **settings: stack.enter_context(FaultServer(**settings).serving())


@pytest.fixture
def write_manifest(tmp_path):
    """Write a manifest into `tmp_path` and return its path."""
    return lambda *arguments, **options: manifest(tmp_path, *arguments, **options)
