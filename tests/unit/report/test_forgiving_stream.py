"""A stream that never fails."""

import io

import pytest

from launcher.report.forgiving_stream import ForgivingStream


class Failing(io.StringIO):
    def __init__(self, error):
        super().__init__()
        self.error, self.writes = error, 0

    def write(self, text):
        self.writes += 1
        raise self.error

    def isatty(self):
        raise self.error


def test_text_goes_through():
    out = io.StringIO()
    stream = ForgivingStream(out)

    assert stream.write("hello") == 5
    stream.flush()

    assert (out.getvalue(), stream.broken) == ("hello", False)


@pytest.mark.parametrize("error", [BrokenPipeError(), OSError(5, "I/O error"), ValueError("closed file")])
def test_after_a_failure_it_is_silent(error):
    out = Failing(error)
    stream = ForgivingStream(out)

    stream.write("one")
    stream.write("two")

    assert (out.writes, stream.broken) == (1, True)


def test_a_stream_that_is_closed_or_missing_is_broken_and_no_terminal():
    closed = io.StringIO()
    closed.close()
    for stream in (ForgivingStream(closed), ForgivingStream(None), ForgivingStream(Failing(OSError()))):
        stream.write("x")
        stream.flush()
        assert stream.broken
        assert not stream.isatty()


def test_a_failure_to_flush_is_forgiven():
    class Full(io.StringIO):
        def flush(self):
            raise OSError(28, "No space left on device")

    stream = ForgivingStream(Full())
    stream.flush()

    assert stream.broken


def test_what_the_encoding_lacks_is_escaped():
    raw = io.BytesIO()
    stream = ForgivingStream(io.TextIOWrapper(raw, encoding="ascii"))

    stream.write("a · b")
    stream.flush()

    assert raw.getvalue() == b"a \\xb7 b"


def test_its_descriptor_is_the_one_behind(tmp_path):
    with (tmp_path / "x").open("w") as file:
        assert ForgivingStream(file).fileno() == file.fileno()
    with pytest.raises(OSError, match="closed"):
        ForgivingStream(None).fileno()
