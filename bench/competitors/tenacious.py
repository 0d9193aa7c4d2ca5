"""aiohttp and tenacity as their manuals show them. `tenacious.py TARGETS CONCURRENCY TOKEN BACKOFF`.

Five attempts per request, waits of BACKOFF, 2 BACKOFF, 4 BACKOFF, 8 BACKOFF seconds with jitter between them.
"""

import asyncio
import csv
import json
import sys
from pathlib import Path

import aiohttp
from tenacity import AsyncRetrying, stop_after_attempt, wait_exponential_jitter


async def start(session, target, token):
    account, url = target
    stream = url.split("/public/")[1].split("/")[0]
    headers = {"auth": token, "iid": stream, "accountId": account}
    async with session.post(url, json={}, headers=headers) as response:
        response.raise_for_status()
        return (await response.json())["status"] == "Active"


async def launch(session, gate, target, token, backoff):
    async with gate:
        async for attempt in AsyncRetrying(
            stop=stop_after_attempt(5),
            wait=wait_exponential_jitter(initial=backoff, max=60 * backoff, jitter=backoff),
        ):
            with attempt:
                return await start(session, target, token)
    return False  # never reached: the last failure is raised


async def main(targets, concurrency, token, backoff):
    gate = asyncio.Semaphore(concurrency)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=concurrency)) as session:
        results = await asyncio.gather(
            *(launch(session, gate, target, token, backoff) for target in targets), return_exceptions=True
        )
    print(json.dumps({"started": sum(result is True for result in results), "of": len(results)}))


if __name__ == "__main__":
    with Path(sys.argv[1]).open() as source:
        everything = list(csv.reader(source))
    asyncio.run(main(everything, int(sys.argv[2]), sys.argv[3], float(sys.argv[4]) or 1.0))
