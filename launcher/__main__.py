"""`python -m launcher` and the console script `launcher`."""

import signal
import sys
from types import FrameType

from launcher.errors import is_interrupt

_ENDING = (signal.SIGTERM, signal.SIGHUP)


class _Heard:
    """The signal that ends the process while no run has handlers of its own: it becomes a KeyboardInterrupt.

    Left alone, SIGTERM and SIGHUP would end it without a word; what is ignored (`nohup`) stays ignored.
    """

    def __init__(self) -> None:
        self.number = signal.SIGINT

    def listen(self) -> None:
        """From the first moment on: a manifest may take seconds to be read."""
        for number in _ENDING:
            if signal.getsignal(number) is signal.SIG_DFL:
                signal.signal(number, self._on_signal)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self.number = signal.Signals(number)
        # An event loop ends in order on SIGINT: have it do the same now.
        as_interrupt = signal.getsignal(signal.SIGINT)
        if callable(as_interrupt):
            as_interrupt(signal.SIGINT, frame)
        else:
            raise KeyboardInterrupt


def main() -> int:
    """Run the command line; the exit code."""
    heard = _Heard()
    try:
        heard.listen()
        from launcher.cli.main import run_command_line  # noqa: PLC0415  # a signal while it is imported, too
    except BaseException as error:
        if not is_interrupt(error):
            raise
        sys.stderr.write(f"launcher: interrupted ({heard.number.name}); nothing was sent\n")
        return 128 + heard.number
    return run_command_line(sys.argv[1:], lambda: heard.number)


if __name__ == "__main__":
    sys.exit(main())
