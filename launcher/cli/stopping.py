"""What signals do to a run: the first lets it end gently, the second ends it at once.

Handlers are set once, before anything is sent, and stay until the report is printed: a gap between the end of
the event loop and the report would let a Ctrl-C take the report along.
"""

import signal
from types import FrameType, TracebackType
from typing import TYPE_CHECKING, Any, Self

from launcher.cli.exit_codes import ExitCode
from launcher.cli.output import talk

if TYPE_CHECKING:
    import asyncio

    from launcher.session import Session

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_CODES = {signal.SIGTERM: ExitCode.SIGTERM}
_SAME_INSTANT = 0.05
"""Seconds. One stop may arrive twice: `timeout 1h launcher run` signals its child, then the whole group."""


class Signals:
    """SIGINT, SIGTERM and SIGHUP while a run goes on and is reported.

    A signal that was ignored when the process began stays ignored: so `nohup` and `&` keep a run alive.
    """

    def __init__(self) -> None:
        self._before: dict[signal.Signals, Any] = {}
        self._session: Session | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._drained_for: str | None = None
        self._told = False
        self._insisted = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def stop(self, session: "Session") -> None:
        """From here on, signals stop this session; called in the running event loop."""
        import asyncio  # noqa: PLC0415  # only when something is sent

        self._session, self._loop = session, asyncio.get_running_loop()
        for number in _SIGNALS:
            if signal.getsignal(number) is not signal.SIG_IGN:
                # Not the loop's own handlers: those end with the loop, before the report is printed.
                self._before[number] = signal.signal(number, self._on_signal)

    def rest(self) -> None:
        """The session is over: from here on, a signal only ends the writing of the report, if repeated."""
        self._session = None
        if self._drained_for is not None:
            self._tell()

    def _on_signal(self, number: int, _: FrameType | None) -> None:
        # It interrupts whatever runs, in the middle of anything: only note it here.
        if self._session is not None and self._loop is not None:
            self._loop.call_soon_threadsafe(self._obey, signal.Signals(number))
        elif self._insisted:
            raise KeyboardInterrupt
        else:
            self._insisted = True
            talk("launcher: writing the report (again: end at once; `launcher report` has it)")

    def _obey(self, number: signal.Signals) -> None:
        if self._session is None or self._loop is None:
            return
        name, code = number.name, _CODES.get(number, ExitCode.SIGINT)
        if self._drained_for is None:
            self._drained_for = name
            self._session.drain(f"interrupted by {name}", code)
            self._loop.call_later(_SAME_INSTANT, self._tell)
        # A shell that ends hangs up twice, a service manager after its SIGTERM: nobody lost patience.
        elif number != signal.SIGHUP and self._told:
            talk(f"launcher: {name} again: ending at once; what is in flight may have started")
            self._session.abort(f"interrupted by {name}", code)

    def _tell(self) -> None:
        """Only when a second signal would be obeyed: whoever reads it may react at once."""
        if not self._told:
            self._told = True
            talk(
                f"launcher: {self._drained_for}: no further start; "
                "waiting for what is in flight (again: end at once)"
            )
