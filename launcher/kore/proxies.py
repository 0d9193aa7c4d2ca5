"""Which proxy the environment names for a host: `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`, `NO_PROXY`.

Not aiohttp's `trust_env`: that asks a thread for every request, and reads `~/.netrc`, from which it would add
an `Authorization` header of its own to every start.
"""

from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass


def proxy_for(url: str) -> str | None:
    """The proxy's URL for the absolute `url`, perhaps with user and password; None to connect directly.

    Lower and upper case names are read; `NO_PROXY` holds suffixes, `host:port` or `*`, as for urllib.

    Raises:
        ValueError: the environment names something that is not an http proxy; never quotes it.
    """
    parts = urlsplit(url)
    if proxy_bypass(parts.netloc.rpartition("@")[2]):
        return None
    proxies = getproxies()
    proxy = (proxies.get(parts.scheme) or proxies.get("all") or "").strip()
    if not proxy:
        return None
    return _checked(proxy if "://" in proxy else f"http://{proxy}")


def _checked(proxy: str) -> str:
    try:
        parts = urlsplit(proxy)
        usable = bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise ValueError("the environment's proxy has no usable address")
    if parts.scheme not in ("http", "https"):
        raise ValueError(f"the environment's proxy is of kind {parts.scheme}, only http is supported")
    return proxy
