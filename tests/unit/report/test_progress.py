"""Which form of progress fits a stream."""

import io

import pytest

from launcher.report.line_progress import LineProgress
from launcher.report.live_progress import LiveProgress
from launcher.report.progress import progress_for
from launcher.report.summary import Summary


class Terminal(io.StringIO):
    def isatty(self):
        return True


def closed():
    stream = io.StringIO()
    stream.close()
    return stream


@pytest.mark.parametrize(
    ("stream", "term", "form"),
    [
        (Terminal(), "xterm", LiveProgress),
        (Terminal(), "dumb", LineProgress),
        (Terminal(), "", LineProgress),
        (io.StringIO(), "xterm", LineProgress),
        (closed(), "xterm", LineProgress),
        (None, "xterm", LineProgress),
    ],
)
def test_the_display_needs_a_terminal_that_can_draw(make_plan, monkeypatch, stream, term, form):
    monkeypatch.setenv("TERM", term)

    assert type(progress_for(Summary(), make_plan({"acme": 1}), stream, lambda: 0.0)) is form
