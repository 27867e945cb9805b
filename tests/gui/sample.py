"""A realistic evening at one outlet, for pictures and for tests: frozen clock, silent agent, states by name."""

# ruff: noqa: E501  tables of sample data
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from agent.core.scanner_profile import CheckDigit, Ending, Interface, Line, ScannerProfile
from gui.link.client import DEADLINE_S, Answer, Done
from gui.session import Session
from gui.setup.draft import DeviceDraft
from gui.state import Link, State, with_event, with_link, with_member, with_menu
from gui.wire.members import MemberSeen, read_member

NOW = datetime(2026, 11, 22, 4, 41, 9, tzinfo=UTC)
MEI, RAVI, HAFIZ, WEI = "u-mei", "u-ravi", "u-hafiz", "u-wei"


def at(clock: str, second: int = 0) -> str:
    """RFC 3339 for a local time of the day."""
    hour, minute = (int(part) for part in clock.split(":"))
    return (NOW.replace(hour=0, minute=0, second=0) + timedelta(hours=hour - 8, minutes=minute, seconds=second)).isoformat()


class FrozenClock:
    """Stands still unless moved."""

    def __init__(self, now: datetime = NOW) -> None:
        self.moment = now

    def now(self) -> datetime:
        return self.moment

    def monotonic(self) -> float:
        return self.moment.timestamp()

    async def sleep(self, seconds: float) -> None:
        raise AssertionError("the screen never sleeps")


class CountingIds:
    """Predictable ids."""

    def __init__(self) -> None:
        self.count = 0

    def new(self) -> str:
        self.count += 1
        return f"id-{self.count}"

    def token(self) -> str:
        return self.new().rjust(32, "0")

    def digits(self, count: int) -> str:
        return "1" * count

    def fraction(self) -> float:
        return 0.5


class SilentAgent:
    """Remembers calls; answers only when a test says so."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, str, Mapping[str, object], str]] = []
        self.waiting: list[Done] = []

    def call(
        self,
        method: str,
        path: str,
        body: Mapping[str, object] | None = None,
        *,
        done: Done,
        deadline_s: float = DEADLINE_S,
        key: str = "",
    ) -> None:
        self.calls.append((method, path, body or {}, key))
        self.waiting.append(done)

    def answer(self, body: Mapping[str, object], status: int = 200) -> None:
        """Answer the oldest open call."""
        self.waiting.pop(0)(Answer(status, body))

    def refuse(self, reason: str, message: str, status: int = 409) -> None:
        self.waiting.pop(0)(Answer(status, {}, reason, message))

    def posts(self) -> list[tuple[str, Mapping[str, object], str]]:
        return [(path, body, key) for method, path, body, key in self.calls if method == "POST"]


def member(uuid: str, display: str, tail: str, balance: int, **more: object) -> dict[str, object]:
    return {
        "uuid": uuid,
        "display": display,
        "phone_tail": tail,
        "balance": balance,
        "as_of": at("12:41", 5),
        "fresh": True,
        **more,
    }


def entry(id_: str, clock: str, kind: str, uuid: str, points: int, receipt: str, **more: object) -> dict[str, object]:
    base = {"id": id_, "kind": kind, "member": {"uuid": uuid}, "points": points, "receipt": receipt, "created_at": at(clock)}
    return {"state": "settled", "outcome": "confirmed", "attempts": 1, "error": None, **base, **more}


def line(quantity: int, name: str, *modifiers: str, notes: str = "") -> dict[str, object]:
    return {"name": name, "quantity": quantity, "notes": notes, "modifiers": [{"name": each} for each in modifiers]}


def order(ref: str, status: str, method: str, who: str, lines: list[dict[str, object]], **more: object) -> dict[str, object]:
    base: dict[str, object] = {"id": ref, "ref_no": ref, "status": status, "method": method, "customer": {"name": who}}
    return {**base, "received_at": at("12:30"), "lines": lines, "printed": 1, **more}


DEVICES = [
    {"name": "front-scanner", "driver": "serial-scanner", "role": "scanner", "state": "ready", "sentence": "Works. Last scan 12:38."},
    {"name": "kitchen-scanner", "driver": "hid-scanner", "role": "scanner", "state": "ready", "sentence": "Works. Last scan 12:19."},
    {"name": "receipt-printer", "driver": "escpos-network", "role": "printer", "state": "ready", "sentence": "Works. Last printed 12:40."},
    {"name": "square-pos", "driver": "square", "role": "pos", "state": "ready", "sentence": "Works. Last sale 12:40, R-2042."},
]  # fmt: skip


def status(state: str = "ready", **more: Any) -> dict[str, object]:
    """`more` replaces whole sections."""
    base: dict[str, object] = {
        "state": state,
        "sentence": "",
        "version": "1.0.0",
        "cloud": {"reachable": state != "offline", "last_ok_at": at("12:41", 5), "latency_ms": 42},
        "outbox": {"pending": 0, "parked": 0, "oldest_s": 0},
        "orders": {"open": 9, "unacknowledged": 2},
        "devices": DEVICES,
        "menu": {"items": 6, "synced_at": at("12:30"), "next_at": at("12:45")},
        "outlet": {"name": "Toa Payoh Lor 4", "till": "till-1", "currency": "SGD", "timezone": "Asia/Singapore"},
        "loyalty": {"points_per_unit": "1.0", "undo_s": 10},
        "sender": {"paused_reason": None, "next_try_at": None},
        "sandbox": False,
    }
    return {**base, **more}


TROUBLED = [
    DEVICES[0],
    {**DEVICES[1], "state": "attention", "sentence": "Works, but misreads more often. Clean its window."},
    {**DEVICES[2], "state": "missing", "sentence": "Out of paper since 12:33."},
    DEVICES[3],
]
OFFLINE = {"cloud": {"reachable": False, "last_ok_at": at("12:31")}, "sender": {"next_try_at": at("12:41", 21)}}

ORDERS = [
    order("A118", "PAID", "DELIVERY", "", [
        line(2, "Nasi Lemak Ayam", "No peanuts", "extra sambal"), line(1, "Laksa", "Large", "no cockles"), line(2, "Kopi C Kosong", "Iced"),
    ], notes="Allergy: peanuts. Pack the sambal apart, please.", received_at=at("12:40", 51), accept_by=at("12:44", 21), unacknowledged=True, total={"minor": 3180, "currency": "SGD"}),
    order("A119", "PAID", "PICKUP", "", [line(1, "Kopi O"), line(2, "Kaya Toast")], received_at=at("12:40", 53), accept_by=at("12:45", 49), unacknowledged=True),
    order("A109", "IN_PROGRESS", "DELIVERY", "Ravi K.", [line(1, "Laksa", "Less spicy"), line(2, "Kopi"), line(1, "Mee Siam")],
          notes="Lime on the side", promised_at=at("12:38")),
    order("A112", "IN_PROGRESS", "PICKUP", "Nurul A.", [line(1, "Nasi Lemak Ikan", "Egg well done"), line(2, "Teh C Peng", "Siew dai")],
          promised_at=at("12:43"), source="deliverect"),
    order("A114", "ACCEPTED", "DELIVERY", "Wei J.", [line(1, "Laksa", "Large"), line(1, "Kopi O")], promised_at=at("12:49"),
          problems=["receipt-printer: The printer is out of paper; put in a new roll."], printed=0),
    order("A116", "ACCEPTED", "DINE_IN", "", [line(1, "Nasi Lemak Ayam", "No egg"), line(2, "Kopi Gao")], table="12",
          notes="Allergy: egg", promised_at=at("12:52")),
    order("A107", "READY", "DELIVERY", "Sarah T.", [line(1, "Kopi C"), line(1, "Kaya Toast")], status_at=at("12:37")),
    order("A108", "READY", "PICKUP", "Hafiz M.", [line(1, "Nasi Lemak"), line(1, "Teh")], status_at=at("12:39"), source="deliverect"),
    order("A104", "CANCELLED", "PICKUP", "", []),
    order("A110", "READY", "PICKUP", "Mei L.", [line(2, "Laksa"), line(1, "Kopi O")], status_at=at("12:40")),
]  # fmt: skip

ENTRIES = [
    entry("e1", "12:38", "earn", MEI, 24, "R-2040"),
    entry("e2", "12:36", "earn", RAVI, 8, "R-2039"),
    entry("e3", "12:33", "burn", "u-nurul", 200, "R-2037"),
    entry("e4", "12:27", "earn", WEI, 15, "R-2035"),
    entry("e5", "12:24", "burn", "u-sarah", 500, "R-2034", outcome="declined", error={"reason": "insufficient_points", "message": "Too few."}),
    entry("e6", "12:19", "earn", HAFIZ, 31, "R-2031"),
    entry("e7", "12:11", "earn", "u-kumar", 7, "R-2027"),
    entry("e8", "12:08", "earn", "u-grace", 19, "R-2026"),
]  # fmt: skip

MEMBERS = [
    member(MEI, "Mei L.", "4567", 1240, pending_earn=12, expiring=300, expires_at=at("12:00").replace("11-22", "11-30")),
    member(RAVI, "Ravi K.", "9021", 586),
    member("u-nurul", "Nurul A.", "3310", 420),
    member(WEI, "Wei J.", "7788", 77),
    member("u-sarah", "Sarah T.", "1205", 180),
    member(HAFIZ, "Hafiz M.", "6642", 900),
    member("u-kumar", "Kumar S.", "0093", 12),
    member("u-grace", "Grace L.", "5518", 140),
]
SCANS = [
    {
        "scan_id": "s1",
        "device": "front-scanner",
        "kind": "unknown",
        "reason": "not_a_member",
        "message": "Not a member’s code",
        "at": at("12:31"),
    }
]
SALES = [
    {
        "receipt": "R-2041",
        "amount": {"minor": 1250, "currency": "SGD"},
        "occurred_at": at("12:38"),
        "claimable_until": at("13:38"),
        "state": "claimable",
    }
]

OUTBOX = [
    entry("p1", "11:58", "earn", "", 18, "R-2019", state="parked", outcome="declined", member={"identifier": "+6591232210"},
          error={"reason": "member_unknown", "message": "Cata knows no member with this number. The customer has no points yet."}),
    entry("p2", "12:06", "order_status", "", 0, "", state="parked", outcome="declined", member=None, order_id="A104", order_status="READY",
          error={"reason": "order_cancelled", "message": "The order was cancelled in Cata at 12:04. Stop making it if it is still here."}),
    entry("w1", "12:30", "burn", HAFIZ, 200, "R-2045", state="pending", outcome="unknown"),
    entry("w2", "12:32", "earn", MEI, 24, "R-2042", state="pending", outcome="queued"),
    entry("w3", "12:35", "order_status", "", 0, "", state="pending", outcome="queued", member=None, order_id="A109", order_status="ACCEPTED"),
    entry("w4", "12:38", "earn", WEI, 9, "R-2044", state="pending", outcome="queued"),
]  # fmt: skip

MENU = {
    "as_of": at("12:30"),
    "items": [
        {"code": code, "name": name, "category": group, "price": {"minor": minor, "currency": "SGD"}, "available": True, "snoozed_until": until}
        for code, name, group, minor, until in (
            ("NL-01", "Nasi Lemak Ayam", "Rice", 850, None),
            ("NL-02", "Nasi Lemak Ikan", "Rice", 900, at("18:00")),
            ("LK-01", "Laksa", "Noodles", 750, None),
            ("MS-01", "Mee Siam", "Noodles", 650, None),
            ("KP-01", "Kopi C Kosong", "Drinks", 220, None),
            ("KT-01", "Kaya Toast", "Bread", 320, None),
        )
    ],
}  # fmt: skip


def base(status_body: Mapping[str, object] | None = None, **snapshot: object) -> State:
    """A connected screen after its snapshot."""
    body = {"status": status_body or status(), "orders": ORDERS, "entries": ENTRIES, "scans": SCANS, "sales": SALES, **snapshot}
    state = with_event(with_link(State(), Link.CONNECTED), "snapshot", body, NOW)
    for source in MEMBERS:
        found = read_member(source)
        assert found is not None
        state = with_member(state, found)
    return replace(with_menu(state, MENU), news={})


def known(uuid: str, **changes: object) -> MemberSeen:
    """A sample member with changes."""
    source = next(each for each in MEMBERS if each["uuid"] == uuid)
    found = read_member({**source, **changes})
    assert found is not None
    return found


def session(state: State, agent: SilentAgent | None = None) -> Session:
    """A session that knows a state and talks to nobody."""
    made = Session(agent or SilentAgent(), FrozenClock(), CountingIds())
    made.state = state
    return made


def setting(key: str, kind: str, description: str, **more: object) -> dict[str, object]:
    return {"key": key, "kind": kind, "description": description, "required": False, "default": "", "choices": [], **more}


DRIVERS: list[Mapping[str, object]] = [
    {
        "kind": "square", "role": "pos", "summary": "Square: catalogue with choices, paid orders, their progress, sales and webhooks.",
        "why_unavailable": "", "outlet_field": "location",
        "fields": [
            setting("location", "text", "Id of the Square location that is this outlet.", required=True, default=None),
            setting("environment", "choice", "production or sandbox.", default="production", choices=["production", "sandbox"]),
            setting("poll_s", "number", "How often sales are asked for.", default=30.0),
        ],
    },
    {"kind": "pos-drop-folder", "role": "pos", "summary": "A folder.", "why_unavailable": "", "outlet_field": "", "fields": []},
    {"kind": "serial-scanner", "role": "scanner", "summary": "A scanner at a serial port.", "why_unavailable": "", "outlet_field": "", "fields": []},
    {"kind": "hid-scanner", "role": "scanner", "summary": "A scanner that types.", "why_unavailable": "", "outlet_field": "", "fields": []},
    {"kind": "escpos-network", "role": "printer", "summary": "A printer in the network.", "why_unavailable": "", "outlet_field": "", "fields": []},
]  # fmt: skip
CLOUDS = ["Cata", "Cockato"]
SET_UP: dict[str, Any] = {
    "loaded": True,
    "url": "https://kopikita.cata.example",
    "has_key": True,
    "outlet_id": "c6a0f1de-1d0e-4e63-8b2b-7f6f5a7a0b10",
    "outlet_name": "Toa Payoh Lor 4",
    "devices": (
        DeviceDraft(name="front-scanner", driver="serial-scanner"),
        DeviceDraft(name="receipt-printer", driver="escpos-network", options={"host": "192.168.1.40"}),
        DeviceDraft(name="square-pos", driver="square", options={"location": "L1"}),
    ),
    "roles": {str(one["kind"]): str(one["role"]) for one in DRIVERS},
}
SETTINGS: dict[str, Any] = {
    "run": "1",
    "pin_set": True,
    "devices": [],
    "secrets": ["api-key"],
    "fields": [
        setting("outlet.name", "text", "", value="Toa Payoh Lor 4"),
        setting("outlet.till", "text", "", value="till-1", locked="policy"),
        setting("loyalty.offline_burn", "choice", "", value="bounded", default="deny", choices=["deny", "bounded"]),
        setting("orders.auto_accept", "flag", "", value=False, default=False),
        setting("orders.accept_deadline_s", "whole", "", value=300, default=300),
        setting("menu.source", "text", "", value="square-pos", locked="environment"),
        setting("logs.level", "choice", "", value="info", choices=["debug", "info", "warning"]),
    ],
}
OFFLINE_BURN: dict[str, object] = {
    "allowed": True, "on": False, "why": "never_on", "since": None, "devices": 10, "unsettled": 0, "losses": 0, "unseen": 0,
    "worst_case": {"minor": 50_000, "currency": "SGD"}, "device_cap": {"minor": 5000, "currency": "SGD"},
    "granted": {"minor": 0, "currency": "SGD"}, "lost": {"minor": 0, "currency": "SGD"},
}  # fmt: skip
QUALITY: dict[str, object] = {
    "usual": 1.5,
    "times": 5.6,
    "since": "2026-11-18",
    "days": [
        {"day": f"2026-11-{16 + at}", "scans": 100 - rate, "misreads": rate} for at, rate in enumerate((1, 2, 6, 7, 9, 12, 8))
    ],
}
TYPED_PROFILE = ScannerProfile(interface=Interface.SCREEN, layout="de", median_ms=8, slowest_ms=12, ending=Ending.CR)
SERIAL_PROFILE = ScannerProfile(
    interface=Interface.SERIAL,
    prefix="#",
    has_aim=True,
    symbologies=("ean13", "qr"),
    check_digit=CheckDigit.LEFT_OUT,
    line=Line(baud=115200, parity="E", bytesize=7),
)
FINDINGS: list[Mapping[str, object]] = [
    {"code": "LAKSA", "name": "Laksa", "reason": "item_missing", "sentence": ""},
    {"code": "KOPI", "name": "Kopi", "reason": "price_differs", "sentence": ""},
    {"code": "X", "name": "X", "reason": "something_new", "sentence": "Said by the agent."},
]
