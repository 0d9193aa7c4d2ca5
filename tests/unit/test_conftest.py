"""The guards that hold for every test."""

import asyncio
import contextlib
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

ROOT = Path(__file__).parents[2]
ELSEWHERE = "192.0.2.1"  # an address for documentation (RFC 5737): nobody has it


@pytest.mark.parametrize("name", ["LAUNCHER_JOURNAL", "XDG_STATE_HOME", "HOME"])
def test_the_launchers_default_places_are_the_tests_own(name, tmp_path_factory):
    assert Path(os.environ[name]).is_relative_to(tmp_path_factory.getbasetemp())


def test_every_test_begins_with_an_empty_home_and_folder(tmp_path):
    assert list(Path.home().iterdir()) == []
    assert list(tmp_path.iterdir()) == []


def test_nothing_of_the_callers_settings_is_left():
    left = [name for name in os.environ if name.startswith("LAUNCHER_") or name.lower().endswith("_proxy")]
    assert left == ["LAUNCHER_JOURNAL"]


def test_a_caller_with_settings_changes_nothing():
    this = f"{__file__}::{test_nothing_of_the_callers_settings_is_left.__name__}"
    polluted = os.environ | {"HTTPS_PROXY": "http://192.0.2.1:3128", "LAUNCHER_LOG_FORMAT": "json"}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", this]
    run = subprocess.run(command, cwd=ROOT, env=polluted, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout


@pytest.mark.parametrize("call", ["connect", "connect_ex"])
def test_an_address_elsewhere_is_not_connected_to(call, loopback_only):
    with socket.socket() as client, pytest.raises(AssertionError, match="must not reach '192"):
        getattr(client, call)((ELSEWHERE, 80))
    assert loopback_only.pop() == ELSEWHERE


async def test_the_guard_holds_in_the_event_loop(loopback_only):
    for host in (ELSEWHERE, "example.com"):
        with pytest.raises(AssertionError, match="must not reach"):
            await asyncio.open_connection(host, 80)
        assert loopback_only.pop() == host


def test_a_swallowed_attempt_is_still_remembered(loopback_only):
    with contextlib.suppress(AssertionError):
        socket.create_connection(("example.com", 80))
    assert loopback_only.pop() == "example.com"


async def test_loopback_is_reached_by_name_and_by_number():
    async def hang_up(_reader, writer):
        writer.close()

    async with await asyncio.start_server(hang_up, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        for host in ("localhost", "127.0.0.1"):
            reader, writer = await asyncio.open_connection(host, port)
            assert await reader.read() == b""
            writer.close()
            await writer.wait_closed()


def test_a_name_that_cannot_exist_is_answered_without_asking_anybody():
    with pytest.raises(socket.gaierror):
        socket.getaddrinfo("nowhere.invalid", 443)


def test_what_is_to_begin_first_is_there(request):
    (common,) = (
        plugin
        for plugin in request.config.pluginmanager.get_plugins()
        if getattr(plugin, "__file__", None) == str(ROOT / "tests/conftest.py")
    )
    assert [each for each in common.LONGEST_FIRST if not (ROOT / "tests" / each).exists()] == []
    waiting = next(item for item in request.session.items if item.path.parent.name == "unit")
    assert common._turn(waiting) == len(common.LONGEST_FIRST)


@given(value=st.integers())
def test_properties_know_no_deadline_and_are_repeatable_outside_the_soak(value):
    assert isinstance(value, int)
    assert settings.default.deadline is None
    assert settings.default.derandomize or settings.default.max_examples == 5_000
