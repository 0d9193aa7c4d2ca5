"""What one writes first: aiohttp, `gather`, a semaphore. `naive.py TARGETS CONCURRENCY TOKEN BACKOFF`.

With BACKOFF 0 a refusal is final. Otherwise a 429 is tried again until it is accepted, after a random wait of
up to BACKOFF, 2 BACKOFF, 4 BACKOFF … 60 BACKOFF seconds, inside the semaphore, as such scripts do.
"""

import asyncio
import csv
import json
import random
import sys
from pathlib import Path

import aiohttp


async def launch(session, gate, target, token, backoff):
    account, url = target
    stream = url.split("/public/")[1].split("/")[0]
    headers = {"auth": token, "iid": stream, "accountId": account}
    async with gate:
        tries = 0
        while True:
            async with session.post(url, json={}, headers=headers) as response:
                body = await response.json()
                if response.status == 200 and body["status"] == "Active":
                    return True
            if response.status != 429 or not backoff:
                return False
            await asyncio.sleep(random.random() * backoff * min(2**tries, 60))
            tries += 1


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
    asyncio.run(main(everything, int(sys.argv[2]), sys.argv[3], float(sys.argv[4])))
