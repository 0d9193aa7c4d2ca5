"""Command lines of the programs one may have at hand."""

from pathlib import Path

_QUIET = ["--silent", "--output", "/dev/null", "--write-out", "%{http_code}\\n", "--data", "{}"]


def curl_parallel(config: Path, concurrency: int) -> list[str]:
    """One process, all addresses in a configuration file."""
    options = ["--silent", "--parallel", "--parallel-immediate", "--parallel-max", str(concurrency)]
    return ["curl", *options, "--write-out", "%{http_code}\\n", "-K", str(config)]


def xargs_curl(headers: list[str], *, each: int) -> list[str]:
    """16 processes at a time, `each` addresses in one; reads addresses."""
    outputs = ["--output", "/dev/null"] * (each - 1)
    return ["xargs", "-P16", f"-n{each}", "curl", *_QUIET, *outputs, *_headers(headers)]


def gnu_parallel(headers: list[str]) -> list[str]:
    """16 processes at a time, one address in each; reads addresses."""
    return ["parallel", "--will-cite", "-j16", "-q", "curl", *_QUIET, *_headers(headers), "{}"]


def wrk(script: Path, address: str, concurrency: int, seconds: int) -> list[str]:
    """As fast as it goes, always the same address."""
    return ["wrk", "-t1", f"-c{concurrency}", f"-d{seconds}s", "-s", str(script), address]


def _headers(headers: list[str]) -> list[str]:
    return [word for header in headers for word in ("--header", header)]
