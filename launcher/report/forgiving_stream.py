"""A text stream that never fails: a closed terminal or a broken pipe must not end a run."""

import io
from typing import TextIO


class ForgivingStream(io.TextIOBase):
    """Passes text on to `stream`, until its first failure; None is a stream that failed already."""

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream

    @property
    def broken(self) -> bool:
        """Whether nothing can be shown any more."""
        return self._stream is None

    @property
    def encoding(self) -> str:  # type: ignore[override]  # the base declares an attribute, this one is read-only
        """The encoding of the stream behind."""
        return getattr(self._stream, "encoding", None) or "utf-8"

    def write(self, text: str) -> int:
        """Write `text`; what the encoding lacks is shown as escapes."""
        safe = text.encode(self.encoding, "backslashreplace").decode(self.encoding)
        if self._stream is not None:
            try:
                self._stream.write(safe)
            except (OSError, ValueError):
                self._stream = None
        return len(text)

    def flush(self) -> None:
        """Flush the stream behind."""
        if self._stream is not None:
            try:
                self._stream.flush()
            except (OSError, ValueError):
                self._stream = None

    def isatty(self) -> bool:
        """Whether the stream behind is a terminal."""
        try:
            return self._stream is not None and self._stream.isatty()
        except (OSError, ValueError):
            return False

    def fileno(self) -> int:
        """The descriptor of the stream behind; raises OSError when there is none."""
        if self._stream is None:
            raise OSError("the stream is closed")
        return self._stream.fileno()
