"""An event loop whose clock jumps: hours of waiting pass in milliseconds, in the order they really would.

`loop.time()` is virtual. When nothing is ready the loop sets its clock to the next timer instead of sleeping,
so whatever asks the loop for the time (asyncio, anyio, tenacity's sleep) obeys; `time.time()` and
`time.monotonic()` do not. Three ways in:

- `run_virtual(coroutine_function, *arguments)` from an ordinary test, or inside a hypothesis example;
- for a folder of tests, `def pytest_asyncio_loop_factories(): return {"virtual": VirtualTimeLoop}` in its
  conftest.py;
- `asyncio.Runner(loop_factory=VirtualTimeLoop)` or anyio's `loop_factory` back-end option.

Sockets work, on the real clock: with any registered, a jump first gives them `GRACE` real seconds to speak.
Work handed to an executor (`asyncio.to_thread`) is waited for before the clock moves. Other threads, those of
`anyio.to_thread` among them, are not seen, and the clock jumps past them.
"""

import asyncio
import math
import selectors
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor
from pathlib import Path
from typing import Any, TypeVar

GRACE = 0.001  # real seconds that registered sockets get before each jump
PATIENCE = 5.0  # real seconds to wait for sockets or executor jobs when only they could bring news
MONTH = 30 * 86_400.0

T = TypeVar("T")


class DeadlockError(AssertionError):
    """Nothing is ready, no timer is set and nothing from outside can wake a task: the program would hang."""


class VirtualTimeLimitError(AssertionError):
    """More virtual time would pass than the test allows: a ticking task may hide that all others hang."""


class _JumpingSelector(selectors.DefaultSelector):
    """Polls, and where the loop asks it to sleep, moves the loop's clock."""

    jumping_loop: "VirtualTimeLoop"

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Return what is ready; with nothing ready and `timeout` not zero, jump (see the loop)."""
        if timeout == 0:
            return super().select(0)
        events = super().select(self.jumping_loop.real_wait())
        if not events:
            self.jumping_loop.jump()
        return events


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """A selector event loop on virtual time, in seconds from `start`.

    `limit`: the virtual seconds that may pass before `VirtualTimeLimitError`; `math.inf` lifts it.
    """

    def __init__(self, *, start: float = 0.0, limit: float = MONTH) -> None:
        self._now = start
        self._end = start + limit
        self._limit = limit
        self._executor_jobs = 0
        selector = _JumpingSelector()
        selector.jumping_loop = self
        super().__init__(selector)
        self._watched = selector.get_map()
        self._own_files = len(self._watched)  # the loop's self-pipe, which is no news from outside
        self._clock_resolution = math.ulp(start)

    def time(self) -> float:
        """Return the virtual time in seconds."""
        return self._now

    def real_wait(self) -> float:
        """Return the real seconds to wait for news from outside before the clock moves."""
        if self._executor_jobs:
            return PATIENCE
        if len(self._watched) > self._own_files:
            return PATIENCE if math.isinf(self._next_moment()) else GRACE
        return 0.0

    def jump(self) -> None:
        """Set the clock to the next timer.

        Raises:
            DeadlockError: there is no timer, or an executor job does not come to an end.
            VirtualTimeLimitError: the next timer is after the limit.
        """
        moment = self._next_moment()
        if math.isinf(moment) or self._executor_jobs:
            raise DeadlockError(self._explain_deadlock())
        if moment > self._end:
            raise VirtualTimeLimitError(
                f"more than {self._limit:g} virtual seconds would pass: the next timer is at {moment:.6f} s"
                + _describe(asyncio.all_tasks(self))
            )
        self._now = moment
        # Timers before now + resolution fire; a fixed resolution is lost in the rounding of a late clock.
        self._clock_resolution = math.ulp(moment)

    def _next_moment(self) -> float:
        """Return when the next timer fires; infinity is both no timer and anyio.sleep_forever's timer.

        The moment itself, since now + (moment - now), all that a selector is told, is not always the moment.
        """
        timers: list[asyncio.TimerHandle] = self._scheduled  # type: ignore[attr-defined]  # no public name
        return timers[0].when() if timers else math.inf

    def _explain_deadlock(self) -> str:
        cause = "nothing is ready, no timer is set and no socket is open"
        if self._executor_jobs:
            cause = f"an executor job did not end within {PATIENCE:g} real seconds"
        elif len(self._watched) > self._own_files:
            cause = f"nothing is ready, no timer is set and no socket spoke for {PATIENCE:g} real seconds"
        threads = [t.name for t in threading.enumerate() if t is not threading.current_thread()]
        hint = f" (threads the loop does not wait for: {', '.join(threads)})" if threads else ""
        return f"deadlock at {self._now:.6f} s: {cause}{hint}" + _describe(asyncio.all_tasks(self))

    def run_in_executor(  # type: ignore[override]  # the stub spells the same signature with type variables
        self, executor: Executor | None, func: Callable[..., Any], *args: Any
    ) -> asyncio.Future[Any]:
        """Run `func` in a thread; the clock stands still until it is done."""
        future: asyncio.Future[Any] = super().run_in_executor(executor, func, *args)
        self._executor_jobs += 1
        future.add_done_callback(self._forget_job)
        return future

    def _forget_job(self, _future: asyncio.Future[Any]) -> None:
        self._executor_jobs -= 1

    async def shutdown_default_executor(self, *args: Any, **kwargs: Any) -> None:
        """Join the executor's threads, which happens in a thread of its own."""
        self._executor_jobs += 1
        try:
            await super().shutdown_default_executor(*args, **kwargs)
        finally:
            self._executor_jobs -= 1


def run_virtual(
    coroutine_function: Callable[..., Coroutine[Any, Any, T]],
    *arguments: Any,
    start: float = 0.0,
    limit: float = MONTH,
) -> T:
    """Run `coroutine_function(*arguments)` to its end on a new virtual-time loop and return its result.

    Raises:
        DeadlockError, VirtualTimeLimitError: see there. Both come after every task was cancelled.
    """
    with asyncio.Runner(loop_factory=lambda: VirtualTimeLoop(start=start, limit=limit)) as runner:
        return runner.run(coroutine_function(*arguments))


def _describe(tasks: set[asyncio.Task[Any]]) -> str:
    """List the tasks, one a line, with the calls in which each waits, outermost first."""
    lines = sorted(f"\n  {task.get_name()}: {_calls(task)}" for task in tasks if not task.done())
    return "".join(lines)


def _calls(task: asyncio.Task[Any]) -> str:
    calls = []
    waiting: object = task.get_coro()
    while (frame := getattr(waiting, "cr_frame", None)) is not None:
        calls.append(f"{Path(frame.f_code.co_filename).name}:{frame.f_lineno} {frame.f_code.co_name}")
        waiting = getattr(waiting, "cr_await", None)
    return " > ".join(calls)
