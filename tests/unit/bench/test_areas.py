"""Samples of a profile are told apart by whose code the time is spent for."""

import pytest

from bench.areas import area, shares

RUN = "run (launcher/cli/run.py)"
SEND = "Transport.exchange (launcher/kore/transport.py)"


@pytest.mark.parametrize(
    ("frames", "name"),
    [
        ([RUN, "open_session (launcher/session.py)", "<module> (rich/x.py)"], "opening the run"),
        ([RUN, "tell (launcher/cli/run.py)", "iso_utc (launcher/report/times.py)"], "report and table"),
        ([RUN, SEND, "_request (aiohttp/client.py)", "create_task (asyncio/tasks.py)"], "aiohttp"),
        ([RUN, SEND, "encode (json/encoder.py)"], "kore"),
        ([RUN, "_run_once (asyncio/base_events.py)"], "event loop"),
        (["Writer._work (launcher/journal/writer.py)", "commit (launcher/journal/session.py)"], "writer"),
    ],
)
def test_a_sample_belongs_to_whoever_called_for_it(frames, name):
    assert name in area(frames)


def test_shares_add_up_and_the_greatest_comes_first():
    found = shares([f"{RUN};{SEND}:12 1", f"{RUN};_request (aiohttp/client.py:5) 3"])
    assert list(found.values()) == [0.75, 0.25]
