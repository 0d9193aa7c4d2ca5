"""What signals do to a run: the first lets it end gently, the second ends it at once."""

import signal
from typing import TYPE_CHECKING

from launcher.cli.exit_codes import ExitCode
from launcher.cli.output import talk

if TYPE_CHECKING:
    from anyio.abc import TaskStatus

    from launcher.session import Session

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_CODES = {signal.SIGTERM: ExitCode.SIGTERM}
_SAME_INSTANT = 0.05
"""Seconds. One stop may arrive twice: `timeout 1h launcher run` signals its child, then the whole group."""


async def obey_signals(session: "Session", *, task_status: "TaskStatus[None]") -> None:
    """Stop the session as signals ask, until cancelled.

    A signal that was ignored when the process began stays ignored: so `nohup` and `&` keep a run alive.
    """
    import anyio  # noqa: PLC0415  # the event loop, only when something is sent

    heeded = [number for number in _SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]
    with anyio.open_signal_receiver(*heeded) as signals:
        task_status.started()
        name, code = _named(await anext(signals))
        session.drain(f"interrupted by {name}", code)
        try:
            with anyio.move_on_after(_SAME_INSTANT):
                async for _ in signals:
                    pass
        finally:  # only now, when it is true: whoever reads it may react at once
            talk(f"launcher: {name}: no further start; waiting for what is in flight (again: end at once)")
        async for number in signals:
            # A shell that ends hangs up twice, a service manager after its SIGTERM: nobody lost patience.
            if number != signal.SIGHUP:
                name, code = _named(number)
                talk(f"launcher: {name} again: ending at once; what is in flight may have started")
                session.abort(f"interrupted by {name}", code)


def _named(number: signal.Signals) -> tuple[str, ExitCode]:
    return signal.Signals(number).name, _CODES.get(number, ExitCode.SIGINT)
