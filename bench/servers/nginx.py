"""nginx answering every request with the documented body, configured in a folder of its own."""

import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_CONFIG = """
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    keepalive_requests 1000000000;
    keepalive_timeout 300s;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    default_type application/json;
    server {{
        listen 127.0.0.1:{port} backlog=4096;
        location = /bench/requests {{ stub_status; }}
        location / {{
            return 200 '{body}';
        }}
    }}
}}
"""
BODY = '{"status":"Active","message":"Campaign Started","updatedAt":"2025-12-05T12:05:23.765Z"}'


@dataclass(frozen=True, slots=True)
class Nginx:
    """A server that runs."""

    url: str

    def requests(self) -> int:
        """How many it has answered, those of this question left out."""
        with urllib.request.urlopen(f"{self.url}/bench/requests", timeout=10) as reply:
            handled = int(reply.read().split(b"\n")[2].split()[2])
        _ASKED[self.url] = asked = _ASKED.get(self.url, 0) + 1
        return handled - asked


_ASKED: dict[str, int] = {}


@contextmanager
def nginx(folder: Path) -> Iterator[Nginx]:
    """Run it while the context lasts."""
    port = free_port()
    config = folder / "nginx.conf"
    config.write_text(_CONFIG.format(folder=folder, port=port, body=BODY))
    process = subprocess.Popen(["nginx", "-p", folder, "-c", config], stderr=subprocess.DEVNULL)
    try:
        await_port(port)
        yield Nginx(f"http://127.0.0.1:{port}")
    finally:
        process.terminate()
        process.wait()


def free_port() -> int:
    """A port of the loopback that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
    return port


def await_port(port: int, seconds: float = 10.0) -> None:
    """Wait until somebody listens."""
    until = time.monotonic() + seconds
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 0.5).close()
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.02)
        else:
            return
