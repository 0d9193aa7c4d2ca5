"""The loop that cookbooks for rate-limited APIs show, in a minimal form of its own.

`cookbook.py TARGETS PER_SECOND TOKEN SCALE`: one bucket of PER_SECOND for everything, a task per request, a
millisecond of sleep per turn, five attempts, and after a 429 a pause of 15 * SCALE seconds for everybody.
"""

import asyncio
import csv
import json
import sys
import time
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

TURN = 0.001
ATTEMPTS = 5
PAUSE = 15.0


@dataclass
class Status:
    """What the tasks tell the loop."""

    running: int = 0
    started: int = 0
    throttled_at: float = -1e9
    again: deque = field(default_factory=deque)


async def call(session, target, attempts_left, token, status):
    account, url = target
    stream = url.split("/public/")[1].split("/")[0]
    headers = {"auth": token, "iid": stream, "accountId": account}
    try:
        async with session.post(url, json={}, headers=headers) as response:
            body = await response.json()
            if response.status == 200 and body["status"] == "Active":
                status.started += 1
                return
            if response.status == 429:
                status.throttled_at = time.monotonic()
            if attempts_left > 1:
                status.again.append((target, attempts_left - 1))
    finally:
        status.running -= 1


async def main(targets, per_second, token, scale):
    waiting = deque((target, ATTEMPTS) for target in targets)
    total, status, tasks = len(waiting), Status(), set()
    capacity, updated = per_second, time.monotonic()
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        while waiting or status.again or status.running:
            now = time.monotonic()
            capacity, updated = min(per_second, capacity + (now - updated) * per_second), now
            source = status.again or waiting
            if source and capacity >= 1:
                capacity -= 1
                status.running += 1
                task = asyncio.create_task(call(session, *source.popleft(), token, status))
                tasks.add(task)
                task.add_done_callback(tasks.discard)
            await asyncio.sleep(TURN)
            pause = status.throttled_at + PAUSE * scale - time.monotonic()
            if pause > 0:
                await asyncio.sleep(pause)
    print(json.dumps({"started": status.started, "of": total}))


if __name__ == "__main__":
    with Path(sys.argv[1]).open() as source:
        everything = list(csv.reader(source))
    asyncio.run(main(everything, float(sys.argv[2]), sys.argv[3], float(sys.argv[4])))
