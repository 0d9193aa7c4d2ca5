"""What holds for every test: it leaves this machine as it was, reaches no other, and is repeatable."""

import ipaddress
import itertools
import os
import socket
from contextlib import closing
from pathlib import Path

import pytest
from browser import HINT, find_browser
from fault_process import Zygote
from hypothesis import HealthCheck, settings

# A loaded machine is slow, which is no fault of the code: no deadline, and slow generation is no failure.
settings.register_profile(
    "default", derandomize=True, deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("soak", settings.get_profile("default"), derandomize=False, max_examples=5_000)
settings.load_profile("default")

TESTS = Path(__file__).parent
LONGEST_FIRST = (
    "faults/test_stop.py",
    "e2e/test_run.py",
    "e2e/test_telemetry.py",
    "faults/test_pause.py",
    "faults/test_kill_points.py",
    "e2e/test_html_report.py",
    "faults",
    "e2e",
    "engine",
)
"""Files and folders; a long test that begins last is one that all wait for."""
MOST_WORKERS = 16
"""With more, each start and collection costs more than it saves."""
PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


def pytest_report_header():
    """Say what a machine without a browser leaves out."""
    return [f"without the tests of the HTML report in a browser: {HINT}"] if _no_browser() else []


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers():
    """Two a core: every other one waits, for a budget to be free again or a process to end."""
    usable = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else range(os.cpu_count() or 1)
    return min(2 * len(usable), MOST_WORKERS)


def pytest_collection_modifyitems(config, items):
    """A user's machine need not have a browser; CI must."""
    items.sort(key=_turn)
    if _no_browser():
        without = [item for item in items if item.get_closest_marker("browser") is None]
        config.hook.pytest_deselected(items=[item for item in items if item not in without])
        items[:] = without


def _turn(item):
    """Where a test stands: the longest first, otherwise as collected."""
    place = item.path.relative_to(TESTS)
    return next(
        (turn for turn, each in enumerate(LONGEST_FIRST) if place.is_relative_to(each)), len(LONGEST_FIRST)
    )


def _no_browser():
    return find_browser() is None and not os.environ.get("CI")


class NetworkReachedError(AssertionError):
    """A test tried to look up or reach something that is not this machine."""


@pytest.fixture(scope="session")
def homes(tmp_path_factory):
    """Yield new folder names; not inside tmp_path, which stays empty for the test."""
    base = tmp_path_factory.mktemp("homes")
    return (base / str(number) for number in itertools.count())


@pytest.fixture(scope="session")
def zygote():
    """A process that forks launchers: their start costs a fraction of an interpreter's."""
    with closing(Zygote()) as forking:
        yield forking


@pytest.fixture(autouse=True)
def own_state(homes, monkeypatch):
    """Point what the launcher finds by itself into a folder of the test's own, also for subprocesses."""
    for name in [name for name in os.environ if name.startswith("LAUNCHER_") or name.lower() in PROXIES]:
        monkeypatch.delenv(name)
    home = next(homes)
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_STATE_HOME", str(home / "state"))
    monkeypatch.setenv("LAUNCHER_JOURNAL", str(home / "journal.sqlite3"))


@pytest.fixture(autouse=True)
def loopback_only(monkeypatch):
    """Let this process reach loopback only; the test fails even if the code under test swallows the error."""
    reached = []

    def guarded(original, place_of):
        def call(*args, **kwargs):
            host = place_of(*args, **kwargs)
            if not _is_here(host):
                reached.append(host)
                raise NetworkReachedError(f"a test must not reach {host!r}")
            return original(*args, **kwargs)

        return call

    monkeypatch.setattr(socket.socket, "connect", guarded(socket.socket.connect, _peer))
    monkeypatch.setattr(socket.socket, "connect_ex", guarded(socket.socket.connect_ex, _peer))
    monkeypatch.setattr(socket, "getaddrinfo", guarded(_getaddrinfo, lambda host, *_args, **_kwargs: host))
    yield reached
    assert not reached, f"the test tried to reach {reached}"


_real_getaddrinfo = socket.getaddrinfo


def _getaddrinfo(host, *args, **kwargs):
    """Answer for names that by definition do not exist (RFC 6761) without asking anybody."""
    if _text(host).endswith(".invalid"):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    return _real_getaddrinfo(host, *args, **kwargs)


def _peer(_socket, address):
    return address[0] if isinstance(address, tuple) else None  # anything else is a path: a Unix socket


def _text(host):
    return host.decode() if isinstance(host, bytes) else host or "localhost"


def _is_here(host):
    name = _text(host)
    if name == "localhost" or name.endswith((".localhost", ".invalid")):
        return True
    try:
        address = ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified
