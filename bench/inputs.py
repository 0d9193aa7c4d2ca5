"""The same list of launches in the form that each competitor reads."""

import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import jwt

_NAMES = uuid.UUID("3d0c4f0e-51a5-4d8e-9c43-0a4f2c1b7a55")
SECRET = "not-a-secret"


@dataclass(frozen=True)
class Job:
    """So many campaigns for each of some accounts, sorted by account."""

    counts: tuple[int, ...]
    budget: str
    concurrency: int

    @cached_property
    def launches(self) -> list[tuple[str, str, str]]:
        """Account id, stream id, campaign id."""
        return [
            (account_id(account), stream_id(account), campaign_id(account, number))
            for account, count in enumerate(self.counts)
            for number in range(count)
        ]


def account_id(account: int) -> str:
    """24 hexadecimal digits."""
    return f"{0x67777CE93E25326494E90000 + account:024x}"


def stream_id(account: int) -> str:
    """As Kore writes them."""
    return f"st-{uuid.uuid5(_NAMES, f'stream {account}')}"


def campaign_id(account: int, number: int) -> str:
    """As Kore writes them."""
    return f"cd-{uuid.uuid5(_NAMES, f'campaign {account} {number}')}"


def url(host: str, stream: str, campaign: str) -> str:
    """The documented address of a start."""
    path = f"campaign/api/v2/public/{stream}/campaign/{campaign}"
    return f"{host}/{path}?campaignType=sms&trigger=play"


def token(account: int = 0) -> str:
    """A token of the size that Kore's have."""
    now, client = int(time.time()), stream_id(account).replace("st-", "cs-")
    payload = {"appId": client, "sub": client, "iat": now, "exp": now + 3600, "aud": "bench", "iss": "bench"}
    return jwt.encode(payload, SECRET.ljust(32, "-"), algorithm="HS256")


def write_manifest(folder: Path, job: Job, host: str, *, as_csv: bool = True) -> Path:
    """A manifest for `launcher`, its campaigns in a CSV file or in the YAML itself."""
    lines = [*_head(job, host), "campaigns:"]
    if as_csv:
        rows = (
            f"a{int(account, 16) & 0xFFFF},{stream},{campaign}" for account, stream, campaign in job.launches
        )
        _write(folder / "campaigns.csv", ["account,stream,campaign", *rows])
        lines.append("  - from: campaigns.csv")
    else:
        lines += _entries(job.launches)
    return _write(folder / "campaigns.yaml", lines)


def _head(job: Job, host: str) -> Iterator[str]:
    yield "version: 1"
    yield "name: bench"
    yield "settings:"
    yield f"  concurrency: {job.concurrency}"
    yield "  halt: {failed: never, unknown: never, consecutive: never}"
    yield "accounts:"
    for account in range(len(job.counts)):
        yield f"  a{account}:"
        yield f"    id: {account_id(account)}"
        yield f"    host: {host}"
        yield f"    client_id: {stream_id(account).replace('st-', 'cs-')}"
        yield "    client_secret: ${BENCH_SECRET}"
        yield f"    budget: {job.budget}"


def _entries(launches: Sequence[tuple[str, str, str]]) -> Iterator[str]:
    for number, (account, stream, campaign) in enumerate(launches):
        yield f"  - account: a{int(account, 16) & 0xFFFF}"
        yield f"    stream: {stream}"
        yield f"    campaign: {campaign}"
        yield f"    name: Campaign {number}"


def write_targets(folder: Path, job: Job, host: str) -> Path:
    """A line `account id,url` per launch, for the scripts."""
    rows = (f"{account},{url(host, stream, campaign)}" for account, stream, campaign in job.launches)
    return _write(folder / "targets.csv", rows)


def write_urls(folder: Path, job: Job, host: str, count: int) -> Path:
    """The first `count` addresses, one a line, for xargs and GNU parallel."""
    rows = (url(host, stream, campaign) for _, stream, campaign in job.launches[:count])
    return _write(folder / f"urls-{count}.txt", rows)


def write_curl_config(folder: Path, job: Job, host: str) -> Path:
    """What `curl -K` reads: headers once, then every address."""
    lines = ["request = POST", 'data = "{}"', *(f'header = "{header}"' for header in headers(job))]
    for _, stream, campaign in job.launches:
        lines += [f'url = "{url(host, stream, campaign)}"', "output = /dev/null"]
    return _write(folder / "curl.cfg", lines)


def headers(job: Job) -> list[str]:
    """Those of the first account, in the form of curl."""
    account, stream, _ = job.launches[0]
    return [
        f"auth: {token()}",
        f"iid: {stream}",
        f"accountId: {account}",
        "Content-Type: application/json",
    ]


def write_wrk_script(folder: Path, job: Job) -> Path:
    """The request in Lua."""
    pairs = (header.split(": ", 1) for header in headers(job))
    lines = ['wrk.method = "POST"', 'wrk.body = "{}"']
    return _write(
        folder / "post.lua", [*lines, *(f'wrk.headers["{key}"] = "{value}"' for key, value in pairs)]
    )


def _write(path: Path, lines: "Sequence[str] | Iterator[str]") -> Path:
    with path.open("w") as file:
        file.writelines(f"{line}\n" for line in lines)
    return path
