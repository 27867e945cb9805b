"""A till API as seen from the wire: a real HTTP server on 127.0.0.1 that proves itself and speaks real server-sent events."""

from __future__ import annotations

import json
import queue
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from agent.core.proof import proof_of

Json = Mapping[str, Any]
Route = Callable[[Json], tuple[int, Json]]


class TillApiPeer:
    """Answers what a test tells it to; every request is remembered."""

    def __init__(self, snapshot: Json, token: str = "till-token") -> None:
        self.snapshot, self.token = snapshot, token
        self.requests: list[tuple[str, str, Json, str]] = []
        """Method, path, body, Idempotency-Key."""
        self.resumed: list[str] = []
        """Last-Event-ID of every stream, empty for none."""
        self.routes: dict[tuple[str, str], Route] = {}
        self.streams: list[queue.Queue[bytes | None]] = []
        self.number = 0
        self.proved_port = 0
        """The port that the proof is made for, where it is not the peer's own."""
        peer = self

        class Handler(_Handler):
            till = peer

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def announce(self, home: Path) -> None:
        """Write run/agent.json as the agent does."""
        (home / "run").mkdir(parents=True, exist_ok=True)
        body = {"pid": 1, "version": "1.0.0", "url": self.url, "token": self.token}
        (home / "run" / "agent.json").write_text(json.dumps(body))

    def on(self, method: str, path: str, body: Json, status: int = 200) -> None:
        """Answer a path always the same."""
        self.routes[method, path] = lambda _asked: (status, body)

    def tell(self, name: str, data: Json) -> None:
        """One event to every stream."""
        self.number += 1
        for stream in list(self.streams):
            stream.put(self.event(name, data))

    def event(self, name: str, data: Json) -> bytes:
        return f"id: run-{self.number}\nevent: {name}\ndata: {json.dumps(data)}\n\n".encode()

    def posts(self, path: str) -> list[Json]:
        return [body for method, at, body, _ in self.requests if method == "POST" and at == path]

    def stop(self) -> None:
        """Die as a killed agent does: streams break off, the port closes."""
        for stream in list(self.streams):
            stream.put(None)
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)


class _Handler(BaseHTTPRequestHandler):
    till: TillApiPeer
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if not self._welcome():
            return
        if self.path == "/v1/events":
            self._stream()
        else:
            self._answer("GET", {})

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path == "/v1/pairing/proof":
            port = self.till.proved_port or int(self.till.url.rpartition(":")[2])
            self._send(200, {"proof": proof_of(self.till.token, port, json.loads(raw)["nonce"])})
            return
        if self._welcome():
            self._answer("POST", json.loads(raw or b"{}"))

    def _welcome(self) -> bool:
        if self.headers.get("Authorization") == f"Bearer {self.till.token}":
            return True
        self._send(401, {"error": {"code": 401, "reason": "unauthorized", "message": "Not known here."}})
        return False

    def _answer(self, method: str, body: Json) -> None:
        self.till.requests.append((method, self.path, body, self.headers.get("Idempotency-Key", "")))
        route = self.till.routes.get((method, self.path))
        unknown = {"error": {"code": 404, "reason": "not_found", "message": "There is nothing at this address."}}
        self._send(*(route(body) if route else (404, unknown)))

    def _send(self, status: int, body: Json) -> None:
        raw = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def _stream(self) -> None:
        self.till.resumed.append(self.headers.get("Last-Event-ID", ""))
        events: queue.Queue[bytes | None] = queue.Queue()
        self.till.streams.append(events)
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        try:
            self.wfile.write(self.till.event("snapshot", self.till.snapshot))
            while (chunk := events.get()) is not None:
                self.wfile.write(chunk)
        except OSError:
            pass
        finally:
            self.till.streams.remove(events)
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""
