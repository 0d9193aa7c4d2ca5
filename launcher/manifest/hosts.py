"""Hosts: where an account's API lives.

The URL itself is never repeated in a complaint, as it may hold a password that does not belong there.
"""

import re
from ipaddress import AddressValueError, IPv4Address, IPv6Address

from launcher.manifest.values import Complaint

MAX_HOST = 512

_URL = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<authority>[^/]*)(?P<path>.*)", re.DOTALL)
_LABEL = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?")
_NUMBER = re.compile(r"[0-9]+|0[xX][0-9A-Fa-f]*")
_PORT = re.compile(r"[1-9][0-9]{0,4}")
_SEGMENT = re.compile(r"[A-Za-z0-9._~-]+")
_MAX_PORT = 65535
_EXAMPLE = "https://platform.kore.ai"


def host(text: str) -> str:
    """`https://platform.kore.ai`, perhaps with a port and a base path; without its trailing slash."""
    if len(text) > MAX_HOST:
        raise Complaint(f"is {len(text)} characters long: a host has at most {MAX_HOST}")
    found = _URL.fullmatch(_clean(text))
    if found is None:
        raise Complaint(f"expected a URL such as {_EXAMPLE}, with https:// at its beginning")
    if found["scheme"].lower() not in ("http", "https"):
        raise Complaint(f"expected http or https, as in {_EXAMPLE}")
    _check_authority(found["authority"])
    _check_path(found["path"])
    return text.removesuffix("/")


def is_plain_http_to_another_machine(url: str) -> bool:
    """Whether tokens would cross a network unencrypted; `url` is one that `host` accepted."""
    scheme, _, rest = url.lower().partition("://")
    return scheme == "http" and not _is_loopback(_split_port(rest.partition("/")[0])[0])


def _is_loopback(name: str) -> bool:
    try:
        return IPv4Address(name).is_loopback
    except AddressValueError:
        return name in ("localhost", "[::1]")


def _clean(text: str) -> str:
    for char, what in (("?", "a query"), ("#", "a fragment"), ("\\", "a backslash"), ("%", "a percent sign")):
        if char in text:
            raise Complaint(f"must not hold {what}")
    if not text.isascii():
        raise Complaint("must be ASCII: write an international name in its xn--… form")
    if any(char.isspace() or not char.isprintable() for char in text):
        raise Complaint("must not hold white space or control characters")
    return text


def _check_authority(authority: str) -> None:
    if "@" in authority:
        raise Complaint("must not hold a user or a password")
    name, port = _split_port(authority)
    if port is not None and (_PORT.fullmatch(port) is None or int(port) > _MAX_PORT):
        raise Complaint("the port must be a number from 1 to 65535, without leading zeros")
    _check_name(name)


def _split_port(authority: str) -> tuple[str, str | None]:
    bracket = authority.rfind("]")
    name, colon, port = authority[bracket + 1 :].rpartition(":")
    return (authority[: bracket + 1] + name, port) if colon else (authority, None)


def _check_name(name: str) -> None:
    if name.startswith("["):
        _check_ipv6(name)
        return
    labels = name.split(".")
    if not name or len(name) > 253 or not all(_LABEL.fullmatch(label) for label in labels):  # noqa: PLR2004 - RFC 1035
        raise Complaint(f"its host name is not valid; expected a URL such as {_EXAMPLE}")
    if _NUMBER.fullmatch(labels[-1]):
        _check_ipv4(name)


def _check_ipv4(name: str) -> None:
    # 127.1 and 0x7f000001 reach hosts, too: one host under two names could be started twice.
    try:
        IPv4Address(name)
    except AddressValueError:
        raise Complaint("its address is not a full IPv4 address such as 127.0.0.1") from None


def _check_ipv6(name: str) -> None:
    try:
        short = str(IPv6Address(name[1:-1])) if name.endswith("]") else ""
    except AddressValueError:
        short = ""
    if not short:
        raise Complaint("its address is not an IPv6 address such as [::1]")
    if name[1:-1].lower() != short:
        raise Complaint(f"write its address in the short form, [{short}]")


def _check_path(path: str) -> None:
    segments = path.removesuffix("/").split("/")[1:]
    for segment in segments:
        if not segment:
            raise Complaint("its path must not hold '//'")
        if segment in (".", ".."):
            raise Complaint("its path must not hold '.' or '..'")
        if _SEGMENT.fullmatch(segment) is None:
            raise Complaint("its path may hold letters, digits, '.', '_', '~' and '-' only")
