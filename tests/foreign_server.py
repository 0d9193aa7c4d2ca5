"""A campaign API that shares nothing with the launcher or its sandbox: http.server in a thread."""

import json
import threading
import time
from collections import defaultdict, deque
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit


class ForeignServer(ThreadingHTTPServer):
    """Counts what it is asked; `limit` requests per `window` seconds and account, rolling or fixed."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, *, latency=0.0, limit=None, window=3.0, fixed=False):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.latency = latency
        self.limit = limit
        self.window = window
        self.fixed = fixed
        self.lock = threading.Lock()
        self.requests = []
        self.starts = defaultdict(int)
        self.state = defaultdict(lambda: "Ready")
        self.listed = defaultdict(list)
        """Entries of get-all by stream; their status is that of `state`."""
        self.most_listed = 50
        self.faults = defaultdict(list)
        self.throttled = defaultdict(int)
        self.busy_until = {}
        self.in_flight = 0
        self.most_in_flight = 0
        self._seen = defaultdict(deque)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}"

    @contextmanager
    def serving(self):
        thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self.shutdown()
            self.server_close()
            thread.join()

    def allows(self, account, now):
        if now < self.busy_until.get(account, 0.0):
            return False
        if self.limit is None:
            return True
        seen = self._seen[account]
        if self.fixed:
            if not seen or seen[0] // self.window != now // self.window:
                seen.clear()
        else:
            while seen and seen[0] <= now - self.window:
                seen.popleft()
        if len(seen) >= self.limit:
            return False
        seen.append(now)
        return True

    def page(self, stream, wanted):
        """A page of get-all as documented; SMS entries have `id`, voice entries `_id`."""
        entries = [each for each in self.listed[stream] if each.get("type", "sms") == wanted["type"]]
        skip, limit = int(wanted["skip"] or 0), min(int(wanted["limit"] or 50), self.most_listed)
        key = "_id" if wanted["type"] == "voice" else "id"
        results = [
            {key: each["id"], "name": each.get("name", "x"), "status": self.state[each["id"]]}
            | {"contactLists": each.get("lists", []), "schedule": {"isSchedulingEnabled": False}}
            for each in entries[skip : skip + limit]
        ]
        data = {"results": results, "skip": skip, "limit": limit, "totalResults": len(entries)}
        data |= {"hasMore": skip + len(results) < len(entries), "totalPages": -(-len(entries) // limit)}
        return {"status": "success", "message": "Campaign  retrieved successfully", "data": data}

    def handle_error(self, request, client_address):
        """Clients of this server hang up on purpose."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        server = self.server
        with server.lock:
            server.in_flight += 1
            server.most_in_flight = max(server.most_in_flight, server.in_flight)
        try:
            self._answer(body)
        finally:
            with server.lock:
                server.in_flight -= 1

    def do_GET(self):
        self.do_POST()

    def _answer(self, body):
        server, url = self.server, urlsplit(self.path)
        account = self.headers.get("accountId") or parse_qs(url.query).get("accountId", [""])[0]
        parts = [part for part in url.path.split("/") if part]
        campaign = parts[-2] if parts[-1] == "status" else parts[-1]
        is_start = "trigger=play" in url.query
        is_list = campaign == "getAllCampaignDetails"
        with server.lock:
            now = time.monotonic()
            seen = {"method": self.command, "path": self.path, "headers": dict(self.headers), "body": body}
            server.requests.append({**seen, "at": now, "account": account, "campaign": campaign})
            allowed = server.allows(account, now)
            server.throttled[account] += not allowed
            fault = server.faults[campaign].pop(0) if allowed and server.faults[campaign] else None
            if allowed and is_start and fault in {None, "5xx-after", "reset-after"}:
                server.starts[campaign] += 1
                server.state[campaign] = "Active"
            state = server.state[campaign]
        time.sleep(server.latency)
        if not allowed:
            self._send(429, {"errors": [{"msg": "You've exceeded the per-minute rate limit.", "code": 429}]})
        elif fault and fault.startswith("reset"):
            self.close_connection = True
        elif fault and fault.startswith("5xx"):
            self._send(503, b"<html><title>503 Service Unavailable</title></html>")
        elif fault and fault.isdigit():
            self._send(int(fault), {"errors": [{"msg": "Invalid campaign", "code": int(fault)}]})
        elif is_list:
            self._send(200, server.page(parts[-3], json.loads(body)))
        elif is_start:
            now = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime())
            self._send(200, {"status": "Active", "message": "Campaign Started", "updatedAt": now})
        else:
            self._send(200, {"status": "success", "data": {"id": campaign, "status": state, "name": "x"}})

    def _send(self, status, body):
        payload = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        kind = "text/html" if isinstance(body, bytes) else "application/json"
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    def log_message(self, *args):
        """Quiet."""
