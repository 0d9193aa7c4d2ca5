"""A real HTTP server that remembers what it is sent: a collector or a webhook, as good or bad as asked."""

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.received.append(SimpleNamespace(path=self.path, headers=dict(self.headers), body=body))
        self.server.release.wait(30)
        self.send_response(self.server.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        pass  # clients that were killed in the middle


@contextmanager
def receiving(status=200, *, hang=False):
    """Serve on loopback; one that hangs answers nobody before its `release` is set."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.received, server.status, server.release = [], status, threading.Event()
    if not hang:
        server.release.set()
    server.authority = f"127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.release.set()
        server.shutdown()
        server.server_close()
        thread.join()
