"""The clock that the engine's tests trust."""

import asyncio
import math
import os
import signal
import socket
import threading
import time

import anyio
import anyio.lowlevel
import pytest
from virtual_time import DeadlockError, VirtualTimeLimitError, VirtualTimeLoop, run_virtual


def now() -> float:
    return asyncio.get_running_loop().time()


def test_hours_pass_without_waiting():
    async def sleeper():
        await anyio.sleep(10 * 3600)
        return now()

    assert run_virtual(sleeper) == 36_000


def test_the_clock_starts_where_it_is_told_and_arguments_are_passed():
    async def sleeper(seconds):
        await asyncio.sleep(seconds)
        return anyio.current_time()

    assert run_virtual(sleeper, 60, start=1000.0) == 1060


def test_timers_fire_in_the_order_of_their_moments():
    async def sleep_and_note(seconds, notes):
        await anyio.sleep(seconds)
        notes.append((seconds, now()))

    async def race():
        notes = []
        async with anyio.create_task_group() as group:
            for seconds in (7, 0.1, 3600, 2, 0.2):
                group.start_soon(sleep_and_note, seconds, notes)
        return notes

    assert run_virtual(race) == [(0.1, 0.1), (0.2, 0.2), (2, 2), (7, 7), (3600, 3600)]


def test_a_timer_fires_at_exactly_its_moment_however_late_the_clock_is():
    async def sleeper():
        loop = asyncio.get_running_loop()
        moments = [loop.time() + delay for delay in (1e-7, 0.1, 0.3, 1e5 + 0.7)]
        fired = []
        for moment in moments:
            loop.call_at(moment, lambda: fired.append(loop.time()))
        await asyncio.sleep(2e5)
        return moments, fired

    moments, fired = run_virtual(sleeper, start=1.7e9)
    assert fired == moments


def test_a_busy_task_holds_the_clock_still():
    async def spin():
        sleeper = asyncio.create_task(asyncio.sleep(0.001))
        for _ in range(1000):
            await asyncio.sleep(0)
        assert not sleeper.done()
        return now()

    assert run_virtual(spin) == 0


def test_anyio_deadlines_are_virtual():
    async def wait_too_long():
        with pytest.raises(TimeoutError):
            with anyio.fail_after(30):
                await anyio.sleep(31)
        with anyio.move_on_after(5) as scope:
            await anyio.sleep_forever()
        return now(), scope.cancelled_caught

    assert run_virtual(wait_too_long) == (35, True)


def test_a_cancelled_group_stops_its_tasks_at_once():
    async def cancel_a_group():
        async with anyio.create_task_group() as group:
            group.start_soon(anyio.sleep_forever)
            group.start_soon(anyio.sleep, 100)
            await anyio.sleep(1)
            group.cancel_scope.cancel()
        return now()

    assert run_virtual(cancel_a_group) == 1


def test_events_and_queues_hand_over_between_tasks():
    async def produce(queue, event):
        for item in range(3):
            await anyio.sleep(60)
            queue.put_nowait(item)
        event.set()

    async def consume():
        queue, event = asyncio.Queue(), anyio.Event()
        async with anyio.create_task_group() as group:
            group.start_soon(produce, queue, event)
            taken = [(await queue.get(), now()) for _ in range(3)]
            await event.wait()
        return taken

    assert run_virtual(consume) == [(0, 60), (1, 120), (2, 180)]


async def wait_for_nobody():
    await anyio.sleep(2)
    await anyio.Event().wait()


def test_a_deadlock_is_an_error_that_says_who_waits_and_where():
    with pytest.raises(
        DeadlockError, match=r"deadlock at 2\.0+ s: nothing is ready(.|\n)*wait_for_nobody > .* wait"
    ):
        run_virtual(wait_for_nobody)


def test_a_deadlocked_task_is_cancelled_before_the_error_is_raised():
    cleaned = []

    async def clean_up():
        try:
            await asyncio.Queue().get()
        finally:
            cleaned.append(now())

    with pytest.raises(DeadlockError):
        run_virtual(clean_up)
    assert cleaned == [0]


def test_a_cancelled_timer_does_not_hide_a_deadlock():
    async def wait():
        with anyio.move_on_after(5):
            await anyio.lowlevel.checkpoint()
        await anyio.sleep_forever()

    with pytest.raises(DeadlockError, match=r"at 0\.0+ s"):
        run_virtual(wait)


def test_sleeping_for_ever_is_a_deadlock_and_not_a_timer():
    with pytest.raises(DeadlockError):
        run_virtual(anyio.sleep_forever)


def test_a_ticking_task_cannot_hide_a_deadlock_for_ever():
    async def tick():
        while True:
            await anyio.sleep(3600)

    with pytest.raises(VirtualTimeLimitError, match="more than 86400 virtual seconds"):
        run_virtual(tick, limit=86_400)


def test_the_limit_can_be_lifted():
    async def sleeper():
        await anyio.sleep(1e9)
        return now()

    assert run_virtual(sleeper, limit=math.inf) == 1e9


def test_an_exception_comes_out_as_it_was_raised():
    async def fail():
        await anyio.sleep(1)
        raise LookupError("as is")

    with pytest.raises(LookupError, match="as is"):
        run_virtual(fail)


def test_the_clock_waits_for_a_job_in_a_thread():
    async def hand_over():
        async with anyio.create_task_group() as group:
            group.start_soon(anyio.sleep, 100)
            await asyncio.to_thread(time.sleep, 0.02)
            return now()

    assert run_virtual(hand_over) == 0


def test_a_job_in_a_thread_is_not_taken_for_a_deadlock():
    async def hand_over():
        return await asyncio.to_thread(threading.get_ident)

    assert run_virtual(hand_over) != threading.get_ident()


def test_sockets_are_heard_before_the_clock_jumps():
    async def answer(reader, writer):
        writer.write(await reader.readline())
        writer.close()

    async def ask():
        async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            async with asyncio.timeout(1):
                writer.write(b"hello\n")
                reply = await reader.readline()
            writer.close()
            await writer.wait_closed()
        return reply, now()

    assert run_virtual(ask) == (b"hello\n", 0)


def test_time_passes_while_a_socket_is_silent():
    async def wait():
        quiet, other = socket.socketpair()
        with quiet, other:
            quiet.setblocking(False)
            loop = asyncio.get_running_loop()
            with anyio.move_on_after(3600):
                await loop.sock_recv(quiet, 1)
        return now()

    assert run_virtual(wait) == 3600


def test_a_signal_to_itself_is_delivered():
    async def signalled():
        with anyio.open_signal_receiver(signal.SIGUSR1) as signals:
            async with anyio.create_task_group() as group:
                group.start_soon(anyio.sleep, 60)
                os.kill(os.getpid(), signal.SIGUSR1)
                await anext(signals)
                group.cancel_scope.cancel()
        return now()

    assert run_virtual(signalled) == 0


async def test_this_folder_has_an_ordinary_clock():
    assert not isinstance(asyncio.get_running_loop(), VirtualTimeLoop)
