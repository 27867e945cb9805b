"""The running agent as the command line meets it: a note in the home, and an HTTP server with canned answers."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

from agent.core.proof import proof_of

TOKEN = "peer-token-0123456789"

DEVICE = {"name": "printer", "driver": "escpos-network", "role": "printer", "state": "ready", "sentence": "The printer is ready."}
STATUS = {
    "state": "ready",
    "sentence": "Nothing is waiting to be sent.",
    "version": "1.2.3",
    "cloud": {
        "reachable": True,
        "last_ok_at": "2026-11-22T04:00:00Z",
        "latency_ms": 12,
        "key_expires_at": None,
        "clock_skew_s": 0,
    },
    "outbox": {"pending": 2, "parked": 1, "oldest_s": 30},
    "orders": {"open": 3, "unacknowledged": 1},
    "devices": [DEVICE],
    "menu": {"items": 5, "synced_at": None, "next_at": None},
    "outlet": {"name": "Kopi Toa Payoh", "till": "till-1", "currency": "SGD", "timezone": "Asia/Singapore"},
    "loyalty": {"points_per_unit": "1.0", "undo_s": 10},
    "board": {"counter_due_min": 5, "counter_late_min": 8, "kitchen_due_min": 12, "kitchen_late_min": 18, "at_deadline": ""},
    "busy_until": None,
    "sender": {"paused_reason": None, "next_try_at": None},
    "sandbox": False,
}
ENTRY = {
    "id": "e-1",
    "kind": "earn",
    "state": "parked",
    "outcome": "declined",
    "ref_code": "cb1-0",
    "member": {"identifier": "+6591234567"},
    "points": 12,
    "receipt": "R-1",
    "created_at": "2026-11-22T04:00:00Z",
    "settled_at": None,
    "attempts": 2,
    "not_before": None,
    "error": {"reason": "member_unknown", "message": "Cata does not know this member."},
    "order_id": None,
    "reverses": None,
}
ORDER: dict[str, object] = {
    "id": "o-1",
    "ref_no": "A17",
    "status": "PAID",
    "method": "DELIVERY",
    "placed_at": None,
    "promised_at": None,
    "received_at": "2026-11-22T04:00:00Z",
    "customer": {"name": "Mei Lin", "phone": "+6591234567", "address": "1 Kopi Road"},
    "notes": "",
    "table": "",
    "lines": [],
    "total": {"minor": 1250, "currency": "SGD"},
    "printed": 1,
    "pos_order_id": None,
    "unacknowledged": True,
    "deliveries": 1,
    "problems": [],
    "accept_by": None,
    "status_at": None,
}
PROBES = [
    {"name": "disk", "ok": True, "sentence": "900 MB of disk are free.", "who": ""},
    {"name": "key", "ok": False, "sentence": "Cata refuses the key.", "who": "A manager"},
]


def refused(status: int, reason: str, message: str) -> Answer:
    return status, {"error": {"code": status, "reason": reason, "message": message, "details": ""}}


@dataclass(frozen=True)
class Call:
    """What the command line sent."""

    line: str
    authorization: str
    body: object


Answer = tuple[int, object]


@dataclass
class AgentPeer:
    """`answers` by request line without the query; a callable gets the body."""

    url: str = ""
    answers: dict[str, Answer | Callable[[object], Answer]] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    knows_token: bool = True
    """Without it, this is a program that took the agent's port."""

    def __post_init__(self) -> None:
        self.answers |= {
            "GET /v1/status": (200, STATUS),
            "GET /v1/doctor": (200, {"probes": PROBES}),
            "GET /v1/devices": (200, {"devices": [DEVICE]}),
            "GET /v1/orders": (200, {"orders": [ORDER]}),
            "GET /v1/outbox": (200, {"entries": [ENTRY], "next": None}),
            "GET /v1/outbox/e-1": (200, ENTRY),
        }

    def lines(self) -> list[str]:
        return [call.line for call in self.calls]

    def answer(self, call: Call) -> Answer:
        if call.line == "POST /v1/pairing/proof" and self.knows_token and isinstance(call.body, dict):
            return 200, {"proof": proof_of(TOKEN, urlsplit(self.url).port or 0, call.body["nonce"])}
        self.calls.append(call)
        found = self.answers.get(call.line.partition("?")[0], refused(404, "not_found", "There is nothing at this address."))
        return found(call.body) if callable(found) else found

    def announce(self, home: Path) -> None:
        """Leave the note of a running agent in a home."""
        note = {"pid": os.getpid(), "version": "1.2.3", "url": self.url, "token": TOKEN}
        (home / "run").mkdir(parents=True, exist_ok=True)
        (home / "run" / "agent.json").write_text(json.dumps(note))


@contextmanager
def agent_peer() -> Iterator[AgentPeer]:
    """A peer that serves until the end of the block."""
    peer = AgentPeer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            call = Call(f"{self.command} {self.path}", self.headers.get("Authorization", ""), json.loads(body or b"null"))
            status, content = peer.answer(call)
            data = content.encode() if isinstance(content, str) else json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_POST = do_GET

        def log_message(self, format: str, *args: object) -> None:
            """Silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    peer.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield peer
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
