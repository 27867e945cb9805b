"""The screen's one live value: keeps the state, asks the agent for things, and says when something changed."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from datetime import datetime
from typing import Protocol
from urllib.parse import quote

from PySide6.QtCore import QObject, QTimer, Signal

from agent.core.clock import Clock, to_wire
from agent.core.ids import Ids
from gui import state as facts
from gui.formats import clock, clock_exact, zone
from gui.link.client import DEADLINE_S, Answer, Done
from gui.link.fields import Json, rows
from gui.state import Link, State
from gui.strings import name_cloud
from gui.wire.entries import EntrySeen, read_entry
from gui.wire.members import ReadySeen, read_member
from gui.wire.orders import read_order
from gui.wire.scans import ScanSeen, read_scan

BURN_WAIT_S = 4.5
BURN_DEADLINE_S = 12.0
DEVICE_DEADLINE_S = 30.0


class Caller(Protocol):
    """What the session needs of a client."""

    def call(
        self, method: str, path: str, body: Json | None = None, *, done: Done, deadline_s: float = DEADLINE_S, key: str = ""
    ) -> None:
        """One call; `done` is called exactly once."""
        ...


class Session(QObject):
    """State and actions for the views; every action answers through its `done` or through the state."""

    changed = Signal()
    """Something that is shown may be different; many changes of one moment are told once."""
    scanned = Signal(object)
    """A ScanSeen, from any scanner."""
    entry_moved = Signal(object)
    """An EntrySeen."""
    noticed = Signal(str)
    """One sentence for the status line."""

    def __init__(self, client: Caller, clock: Clock, ids: Ids, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._client, self._clock, self.ids = client, clock, ids
        self._state = State()
        self._told: deque[str] = deque(maxlen=facts.KEPT_SCANS)
        """Scans that the counter has heard of; the list of a snapshot is not one of the ways to hear of a scan."""
        self._due = QTimer(self)
        self._due.setSingleShot(True)
        self._due.timeout.connect(self.changed)

    @property
    def state(self) -> State:
        """What is known."""
        return self._state

    @state.setter
    def state(self, state: State) -> None:
        if state is not self._state:
            self._state = state
            if state.status is not None:
                name_cloud(state.status.cloud)
            self._due.start(0)

    def now(self) -> datetime:
        """Aware time in UTC."""
        return self._clock.now()

    def where(self) -> str:
        """Name of the outlet's zone."""
        return self._state.status.timezone if self._state.status else "Asia/Singapore"

    def clock_text(self, moment: datetime, *, exact: bool = False) -> str:
        """A time of day in the outlet's zone."""
        where = zone(self.where())
        return clock_exact(moment, where) if exact else clock(moment, where)

    def hear(self, name: str, data: Json) -> None:
        """One event of the agent."""
        self.state = facts.with_event(self._state, name, data, self.now())
        match name:
            case "snapshot":
                self._complete(data)
            case "scan":
                self._tell_scan(read_scan(data, self.now()))
            case "entry":
                self.entry_moved.emit(read_entry(data))
            case "menu":
                self.load_menu()
            case "sales" if "sales" not in data:
                self.load_sales()

    def opened(self) -> None:
        """The agent is there."""
        self.state = facts.with_link(self._state, Link.CONNECTED)

    def lost(self) -> None:
        """The agent is not there."""
        self.state = facts.with_link(self._state, Link.GONE)

    def usurped(self) -> None:
        """Another program is there in the agent's place."""
        self.state = facts.with_link(self._state, Link.IMPOSTOR)

    def _complete(self, data: Json) -> None:
        """Ask for what the snapshot left out."""
        if "status" not in data and "state" not in data:
            self._load("/v1/status", facts.with_status)
        if "orders" not in data:
            self._load("/v1/orders?state=open", lambda s, b: facts.with_snapshot(s, {"orders": b.get("orders")}, self.now()))
        if "entries" not in data:
            self._load("/v1/outbox?limit=500", lambda s, b: facts.with_snapshot(s, {"entries": b.get("entries")}, self.now()))
        if "devices" not in data:
            self._load("/v1/devices", lambda s, b: facts.with_devices(s, rows(b, "devices")))
        if "sales" not in data:
            self.load_sales()
        self.load_menu()

    def _load(self, path: str, into: Callable[[State, Json], State]) -> None:
        def done(answer: Answer) -> None:
            if answer.ok:
                self.state = into(self._state, answer.body)

        self._client.call("GET", path, done=done)

    def load_menu(self) -> None:
        """Read the menu again."""
        self._load("/v1/menu", facts.with_menu)

    def load_sales(self) -> None:
        """Read the claimable sales again."""
        self._load("/v1/sales?claimable=true", lambda state, body: facts.with_sales(state, rows(body, "sales")))

    def scan(self, code: str) -> None:
        """Hand in a code that was typed by a scanner into this window."""

        def done(answer: Answer) -> None:
            if not answer.ok:
                self.noticed.emit(answer.message)
                return
            seen = read_scan(answer.body, self.now())
            self.state = facts.with_scan(self._state, seen)
            self._tell_scan(seen)

        self._client.call("POST", "/v1/scans", {"code": code, "source": "screen"}, done=done)

    def _tell_scan(self, seen: ScanSeen) -> None:
        """Once for each scan, whether its answer or its event comes first."""
        if seen.id and seen.id in self._told:
            return
        self._told.append(seen.id)
        self.scanned.emit(seen)

    def lookup(self, identifier: str, done: Done) -> None:
        """Find a member by what was typed."""

        def keep(answer: Answer) -> None:
            member = read_member(answer.body)
            if answer.ok and member:
                self.state = facts.with_member(self._state, member)
            done(answer)

        self._client.call("POST", "/v1/members/lookup", {"identifier": identifier}, done=keep, deadline_s=DEADLINE_S)

    def earn(self, body: Json, key: str, done: Done) -> None:
        """Credit points; the answer is an entry."""
        self._entry("/v1/loyalty/earn", body, done, key=key)

    def burn(
        self, uuid: str, points: int, key: str, done: Done, *, scan_id: str = "", pin: str = "", ready: ReadySeen | None = None
    ) -> None:
        """Spend points, or a reward instead, and wait for Cata's word; scan and PIN count where it cannot be asked."""
        what = ready.body if ready else {"points": points}
        body: dict[str, object] = {"member": {"uuid": uuid}, **what, "wait_s": BURN_WAIT_S}
        body |= {name: value for name, value in (("scan_id", scan_id), ("pin", pin)) if value}
        self._entry("/v1/loyalty/burn", body, done, key=key, deadline_s=BURN_DEADLINE_S)

    def see_losses(self, pin: str, done: Done) -> None:
        """A manager has seen the discounts that no points were there for."""
        body = {"pin": pin} if pin else {}
        self._client.call("POST", "/v1/offline-burn/seen", body, done=done, deadline_s=DEADLINE_S)

    def claim(self, receipt: str, member: Json, done: Done) -> None:
        """Give a sale to a member, named by uuid or identifier."""

        def reload(answer: Answer) -> None:
            self.load_sales()
            done(answer)

        self._entry(f"/v1/sales/{quote(receipt, safe='')}/claim", {"member": member}, reload)

    def reverse(self, entry_id: str, reason: str, done: Done) -> None:
        """Take an entry back."""
        self._entry(f"/v1/loyalty/{quote(entry_id)}/reverse", {"reason": reason}, done)

    def retry(self, entry_id: str, done: Done) -> None:
        """Send an entry now."""
        self._entry(f"/v1/outbox/{quote(entry_id)}/retry", {}, done)

    def discard(self, entry_id: str, reason: str, pin: str, done: Done) -> None:
        """Give an entry up, for good."""
        body = {"reason": reason} | ({"pin": pin} if pin else {})
        self._entry(f"/v1/outbox/{quote(entry_id)}/discard", body, done)

    def _entry(self, path: str, body: Json, done: Done, *, key: str = "", deadline_s: float = DEADLINE_S) -> None:
        def keep(answer: Answer) -> None:
            entry = read_entry(answer.body)
            if answer.ok and entry.id:
                self.take_entry(entry)
            done(answer)

        self._client.call("POST", path, body, done=keep, key=key, deadline_s=deadline_s)

    def take_entry(self, entry: EntrySeen) -> None:
        """An entry from an answer."""
        self.state = facts.with_entry(self._state, entry)

    def move_order(self, order_id: str, status: str, done: Done, *, reason: str = "", prep_minutes: int | None = None) -> None:
        """Move an order on."""
        body = {"status": status, "reason": reason} | ({"prep_minutes": prep_minutes} if prep_minutes else {})

        def keep(answer: Answer) -> None:
            if answer.ok and "id" in answer.body:
                self.state = facts.with_order(self._state, read_order(answer.body), self.now())
            self._tell_refusal(answer)
            done(answer)

        self._client.call("POST", f"/v1/orders/{quote(order_id, safe='')}/status", body, done=keep)

    def see_order(self, order_id: str) -> None:
        """Somebody has looked at what is new about an order."""
        self.state = facts.with_seen(self._state, order_id)

    def print_order(self, order_id: str, done: Done) -> None:
        """One more copy on paper."""
        self._client.call("POST", f"/v1/orders/{quote(order_id, safe='')}/print", {}, done=done)

    def busy(self, minutes: int, done: Done) -> None:
        """Tell customers that the kitchen is busy; 0 ends it."""
        self._entry("/v1/outlet/busy", {"minutes": minutes}, done)

    def sync_menu(self, done: Done) -> None:
        """Compare the menu with the POS now."""
        self._client.call("POST", "/v1/menu/sync", {}, done=done, deadline_s=DEVICE_DEADLINE_S)

    def snooze(self, code: str, until: datetime | None, done: Done) -> None:
        """Sold out until a time, or back."""

        def reload(answer: Answer) -> None:
            self.load_menu()
            done(answer)

        self._entry(f"/v1/menu/items/{quote(code, safe='')}/snooze", {"until": to_wire(until) if until else None}, reload)

    def test_device(self, name: str, done: Done) -> None:
        """Try a device out."""
        self._client.call("POST", f"/v1/devices/{quote(name, safe='')}/test", {}, done=done, deadline_s=DEVICE_DEADLINE_S)

    def print_test_page(self, name: str, done: Done) -> None:
        """A page that shows what a printer can."""
        self._client.call("POST", "/v1/setup/test-print", {"name": name}, done=done, deadline_s=DEVICE_DEADLINE_S)

    def doctor(self, done: Done) -> None:
        """Probe every link of the chain."""
        self._client.call("GET", "/v1/doctor", done=done, deadline_s=DEVICE_DEADLINE_S)

    def ask(self, method: str, path: str, body: Json, done: Done, *, deadline_s: float = DEADLINE_S) -> None:
        """One call whose answer belongs to a single page and to nobody else's state."""
        self._client.call(method, path, body, done=done, deadline_s=deadline_s)

    def _tell_refusal(self, answer: Answer) -> None:
        if not answer.ok:
            self.noticed.emit(answer.message)
