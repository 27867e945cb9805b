"""The roles of a till in memory: honest, small stand-ins for the flows."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import TYPE_CHECKING, ClassVar

from agent.core.catalogue import CatalogueItem
from agent.core.device import DeviceState, DeviceStatus, Role
from agent.core.entry import LOYALTY_KINDS, Entry, EntryKind, EntryState, Outcome
from agent.core.errors import CataBridgeError, Conflict, Refused
from agent.core.events import SalesChanged, ScanRouted
from agent.core.history import HistoryRow, RowSeen, RowState, Told
from agent.core.member import Member, MemberRef
from agent.core.money import Money
from agent.core.order import Order
from agent.core.order_status import TERMINAL, OrderStatus, may_follow
from agent.core.pos import RemoteOutlet, WebhookCall, WebhookReply
from agent.core.preflight import Finding
from agent.core.proof import proof_of
from agent.core.sale import Sale, SaleSeen, SaleState
from agent.core.scan import Code, Scan, ScanKind
from agent.core.scan_quality import ScanDay, Trend
from agent.core.scanner_learning import Lesson
from agent.core.scanner_profile import Interface, ScannerProfile
from agent.db.evacuation import Brought, Taken
from agent.db.tokens import TokenInfo
from agent.flows.devices.lessons import LessonState, ScannerLesson
from agent.flows.loyalty.intents import BurnRequest, EarnRequest
from agent.flows.status import BoardFacts
from tests.support.samples import MEI, NOON

if TYPE_CHECKING:
    from tests.support.till import Till


@dataclass(frozen=True, slots=True)
class Made:
    entry: Entry
    is_new: bool


@dataclass(frozen=True, slots=True)
class Gone:
    entries: int
    orders: int
    deliveries: int


@dataclass(frozen=True, slots=True)
class Program:
    name: str
    scopes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Token:
    token: str
    scopes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Rows:
    entries: list[Entry]
    next: str | None


@dataclass(frozen=True, slots=True)
class Synced:
    sentences: list[str]
    entry: Entry | None


class Part:
    def __init__(self, till: Till) -> None:
        self.till = till


class LoyaltyOf(Part):
    async def lookup(self, identifier: str) -> Member:
        self.till.trip()
        if identifier != "CATA-MEI":
            raise Refused("member_unknown", "No member has this code.", status=404)
        return MEI

    async def earn(self, request: EarnRequest) -> Made:
        self.till.earned.append(request)
        known = next((each for each in self.till.entries.values() if request.receipt and each.receipt == request.receipt), None)
        if known is not None and known.points != request.points:
            raise Conflict("receipt_already_used", "This receipt has already been used.", status=409)
        key = request.receipt or request.key
        return self.till.add_entry(EntryKind.EARN, key, member=request.member, points=request.points, receipt=request.receipt)

    async def burn(self, request: BurnRequest) -> Made:
        self.till.burned.append(request)
        return self.till.add_entry(
            EntryKind.BURN, request.key, member=request.member, points=request.points, outcome=Outcome.CONFIRMED
        )

    async def reverse(self, entry_id: str, reason: str) -> Entry:
        if entry_id not in self.till.entries:
            raise Refused("entry_unknown", "There is no such entry.", status=404)
        return self.till.add_entry(EntryKind.BURN, None, reverses=entry_id).entry


class OfflineBurnOf(Part):
    def view(self) -> object:
        worst, cap = Money(50_000, "SGD"), Money(5_000, "SGD")
        return SimpleNamespace(
            allowed=True,
            on=self.till.burns_offline,
            why="" if self.till.burns_offline else "never_on",
            since=None,
            worst_case=worst,
            device_cap=cap,
            devices=10,
            granted=Money(0, "SGD"),
            unsettled=0,
            losses=0,
            lost=Money(0, "SGD"),
            unseen=0,
        )

    async def switch_on(self, worst_case: Money, *, by: str) -> None:
        self.till.act()
        if worst_case != Money(50_000, "SGD"):
            raise Conflict("worst_case_differs", "The worst case is SGD 500.00.", status=409)
        self.till.burns_offline = True
        self.till.audited.append((by, "offline_burn_on", "offline_burn", str(worst_case)))

    async def switch_off(self, *, by: str) -> None:
        self.till.act()
        self.till.burns_offline = False

    async def settled(self, entry: Entry) -> None:
        self.till.ended.append(entry.id)

    async def acknowledge(self, *, by: str) -> None:
        self.till.act()


class ScansOf(Part):
    async def route(self, code: Code, device: str) -> Scan:
        self.till.act()
        member = MEI if code.text == "CATA-MEI" else None
        kind = ScanKind.MEMBER if member else ScanKind.UNKNOWN
        scan = Scan(id="s-1", device=device, code=code.text, symbology="", kind=kind, at=NOON, member=member)
        self.till.bus.publish(ScanRouted(scan))
        return scan


class SalesOf(Part):
    async def record(self, sale: SaleSeen) -> Sale:
        self.till.act()
        made = Sale(
            receipt=sale.receipt,
            business_day="2026-11-22",
            amount=sale.amount,
            occurred_at=sale.occurred_at or NOON,
            state=SaleState.VOIDED if sale.void else SaleState.CLAIMABLE,
            claimable_until=NOON + timedelta(hours=1),
        )
        self.till.sales[sale.receipt] = made
        self.till.bus.publish(SalesChanged())
        return made

    async def claimable(self) -> list[Sale]:
        self.till.trip()
        return [sale for sale in self.till.sales.values() if sale.state is SaleState.CLAIMABLE]

    async def claim(self, receipt: str, member: MemberRef) -> Made:
        if receipt not in self.till.sales:
            raise Refused("sale_unknown", "There is no such sale.", status=404)
        return self.till.add_entry(EntryKind.EARN, receipt, member=member, receipt=receipt)


class TicketsOf(Part):
    async def open(self) -> list[Order]:
        self.till.trip()
        return [order for order in self.till.orders.values() if order.status not in TERMINAL]

    async def all(self) -> list[Order]:
        return list(self.till.orders.values())

    async def get(self, order_id: str) -> Order | None:
        return self.till.orders.get(order_id)

    async def move(self, order_id: str, status: OrderStatus, *, reason: str, by: str, prep_minutes: int | None = None) -> Order:
        self.till.act()
        order = self.till.orders[order_id]
        if not may_follow(order.status, status):
            raise Conflict("illegal_status", "This order cannot go back.", status=409)
        self.till.moves.append((order_id, by, prep_minutes))
        moved = replace(order, status=status, unacknowledged=False, status_at=NOON)
        self.till.orders[order_id] = moved
        return moved

    async def print_copy(self, order_id: str) -> int:
        self.till.act()
        return 2


class MenuOf(Part):
    async def view(self) -> object:
        items = [CatalogueItem(code="LAKSA", name="Laksa", price=Money(650, "SGD"))]
        return SimpleNamespace(items=items, as_of=NOON, next_at=None, trouble="")

    async def sync(self, *, confirm: bool = False) -> Synced:
        self.till.act()
        if not confirm:
            raise Refused("catalogue_shrunken", "Half the menu is gone.", status=409)
        return Synced(["1 item has a new price."], self.till.add_entry(EntryKind.MENU_PUSH, None).entry)

    async def preflight(self) -> list[Finding]:
        self.till.trip()
        return [Finding("LAKSA", "Laksa", "item_missing", "The POS has no Laksa.")]

    async def snooze(self, code: str, until: datetime | None) -> Entry:
        return self.till.add_entry(EntryKind.SNOOZE, None, not_before=until).entry


class OutletOf(Part):
    async def open(self, by: str) -> Entry:
        return self.till.add_entry(EntryKind.OUTLET, None).entry

    async def close(self, by: str) -> Entry:
        return self.till.add_entry(EntryKind.OUTLET, None).entry

    async def busy(self, minutes: int, by: str) -> Entry:
        return self.till.add_entry(EntryKind.OUTLET, None).entry


class ErasingOf(Part):
    async def erase(self, identifier: str, *, by: str) -> Gone:
        self.till.act()
        return Gone(entries=2, orders=1, deliveries=0)


class SetUpOf(Part):
    async def view(self) -> object:
        return SimpleNamespace(
            run="1",
            missing="",
            complaint="",
            fields=[],
            devices=[],
            devices_locked="",
            secrets=["api-key"],
            weak_store=True,
            warnings=[],
        )

    def drivers(self) -> list[object]:
        return [
            SimpleNamespace(
                kind="tcp-scanner", role="scanner", summary="By cable.", why_unavailable="", outlet_field="", fields=[]
            )
        ]

    async def try_cloud(self, base_url: str, key: str, provider: str) -> object:
        self.till.trip()
        return SimpleNamespace(name=f"{provider} {base_url} {key}".strip(), expires_at=None)

    async def outlets(self, device: Mapping[str, object], secret: str) -> list[RemoteOutlet]:
        self.till.trip()
        return [RemoteOutlet(id=str(device["name"]), name=secret)]

    async def apply(self, settings: Mapping[str, object], secrets: Mapping[str, str]) -> list[str]:
        self.till.act()
        self.till.changes.append((dict(settings), dict(secrets)))
        return [*settings, *secrets]

    async def take_up(self) -> list[str]:
        self.till.act()
        return ["outlet.till"]


class QualityOf(Part):
    suggested: ClassVar[dict[str, dict[str, str]]] = {"front": {"layout": "de"}}

    def of(self, device: str) -> tuple[list[ScanDay], Trend]:
        return [ScanDay(NOON.date(), 90, 10)], Trend(2.0, 5.0, NOON.date())


class LessonsOf(Part):
    """Of a scanner that types for Germany."""

    def begin(self, name: str) -> object:
        return ScannerLesson(name, Lesson(Interface.HID))

    def view(self, name: str) -> object:
        lesson = Lesson(Interface.HID, profile=ScannerProfile(interface=Interface.HID, layout="de"), numbers=frozenset({1}))
        return ScannerLesson(name, lesson, LessonState.LEARNT, {"layout": "de"})

    def end(self, name: str) -> None:
        self.begin(name)


class TrialsOf(Part):
    async def print_page(self, name: str) -> None:
        self.till.act()

    async def place_order(self) -> str:
        self.till.act()
        return self.till.add_order("test-1").id


class DevicesOf(Part):
    def statuses(self) -> list[DeviceStatus]:
        return [
            DeviceStatus(
                name="printer", driver="escpos", role=Role.PRINTER, state=DeviceState.READY, sentence="The printer is ready."
            )
        ]

    async def test(self, name: str) -> str:
        self.till.act()
        return "A page came out."


class HealthOf(Part):
    async def snapshot(self) -> object:
        self.till.trip()
        waiting = sum(entry.state is EntryState.PENDING for entry in self.till.entries.values())
        return SimpleNamespace(
            state="ready",
            sentence=self.till.sentence,
            version="1.2.3",
            cloud=SimpleNamespace(reachable=True, last_ok_at=NOON, latency_ms=12.4, key_expires_at=None, clock_skew_s=0.2),
            outbox=SimpleNamespace(pending=waiting, parked=0, oldest_s=None),
            orders=SimpleNamespace(open=len(self.till.orders), unacknowledged=0),
            devices=DevicesOf(self.till).statuses(),
            menu=SimpleNamespace(items=1, synced_at=None, next_at=None),
            outlet=SimpleNamespace(name="Kopi", till="till-1", currency="SGD", timezone="Asia/Singapore"),
            loyalty=SimpleNamespace(points_per_unit=Decimal("1.5"), undo_s=10),
            board=BoardFacts(),
            busy_until=None,
            sender=SimpleNamespace(paused_reason=None, next_try_at=None),
            sandbox=True,
        )

    async def examine(self) -> list[object]:
        return [SimpleNamespace(name="key", ok=False, sentence="The key is refused.", who="Head office")]


class OutboxOf(Part):
    async def get(self, entry_id: str) -> Entry | None:
        return self.till.entries.get(entry_id)

    async def page(self, *, state: EntryState | None, kind: EntryKind | None, limit: int, after: str | None) -> Rows:
        self.till.trip()
        found = [each for each in self.till.entries.values() if state in {None, each.state} and kind in {None, each.kind}]
        start = next((at + 1 for at, each in enumerate(found) if each.id == after), 0)
        rows = found[start : start + limit]
        return Rows(rows, rows[-1].id if start + limit < len(found) else None)

    async def ended_loyalty(self, *, since: datetime, limit: int) -> list[Entry]:
        ended = {EntryState.SETTLED, EntryState.DISCARDED}
        found = [each for each in self.till.entries.values() if each.state in ended and each.kind in LOYALTY_KINDS]
        return [each for each in reversed(found) if each.created_at >= since][:limit]

    async def discard(self, entry_id: str, *, reason: str, by: str) -> Entry:
        self.till.act()
        gone = replace(self.till.entries[entry_id], state=EntryState.DISCARDED)
        self.till.entries[entry_id] = gone
        return gone

    async def retry(self, entry_id: str) -> Entry:
        self.till.act()
        if entry_id not in self.till.entries:
            raise Refused("entry_unknown", "There is no such entry.", status=404)
        return replace(self.till.entries[entry_id], state=EntryState.SENDING)


class EvacuationOf(Part):
    outlet_id = "o-1"

    async def take(self, *, after: int, by: str) -> Taken:
        self.till.act()
        found = [each for each in self.till.entries.values() if each.seq > after]
        return Taken(tuple(found[:1]), found[0].seq if len(found) > 1 else None)

    async def bring(self, entries: Sequence[Entry], *, outlet_id: str, written_at: datetime, is_final: bool, by: str) -> Brought:
        self.till.act()
        if outlet_id != self.outlet_id:
            raise Conflict("other_outlet", "This file is from another outlet, so nothing of it was taken in.")
        new = [each for each in entries if each.id not in self.till.entries]
        self.till.entries |= {each.id: each for each in new}
        return Brought(tuple(new), known=len(entries) - len(new))


class BackfillOf(Part):
    async def tell(self, rows: Sequence[HistoryRow], *, record: int) -> Told:
        self.till.act()
        return Told(tuple(RowSeen(RowState.WAITING if at < record else RowState.ABSENT) for at, _ in enumerate(rows)), record)


class TokensOf(Part):
    @property
    def code_life(self) -> timedelta:
        return timedelta(minutes=2)

    async def create(self, name: str, scopes: Collection[str]) -> str:
        self.till.act()
        if any(program.name == name for program in self.till.callers.values()):
            raise Conflict("name_taken", "There is already a token with this name.", status=409)
        self.till.callers[f"{name}-token"] = Program(name, frozenset(scopes))
        return f"{name}-token"

    async def list(self) -> Sequence[TokenInfo]:
        return [TokenInfo(program.name, program.scopes, NOON) for program in self.till.callers.values()]

    async def revoke(self, name: str) -> None:
        self.till.act()
        if self.till.callers.pop(f"{name}-token", None) is None:
            raise Refused("token_unknown", "There is no token with this name.", status=404)

    async def prove(self, name: str, port: int, nonce: str) -> str | None:
        tokens = [token for token, program in self.till.callers.items() if program.name == name]
        return proof_of(tokens[0], port, nonce) if tokens else None

    async def start_pairing(self, name: str, scopes: Collection[str]) -> str:
        self.till.act()
        return "12345678"

    async def authenticate(self, token: str) -> Program | None:
        return self.till.callers.get(token)

    async def redeem(self, code: str, name: str) -> Token | None:
        self.till.writes += code == "12345678"
        return Token("new-token", frozenset({"pos"})) if code == "12345678" else None

    async def append(self, who: str, what: str, subject: str, reason: str) -> None:
        self.till.audited.append((who, what, subject, reason))


class PinOf(Part):
    @property
    def is_set(self) -> bool:
        return bool(self.till.pin)

    def matches(self, pin: str) -> bool:
        return pin == self.till.pin


@dataclass
class Called:
    """The calls of POS systems, in memory."""

    taken: list[tuple[str, WebhookCall]] = field(default_factory=list)
    fail: CataBridgeError | Exception | None = None
    reply: WebhookReply = field(default_factory=WebhookReply)

    async def receive(self, device: str, call: WebhookCall) -> WebhookReply:
        if self.fail is not None:
            raise self.fail
        self.taken.append((device, call))
        return self.reply


@dataclass
class Deliveries:
    """An intake in memory."""

    taken: list[tuple[str, Mapping[str, str], bytes]] = field(default_factory=list)
    fail: CataBridgeError | Exception | None = None
    answer: str = "A-17"

    async def receive(self, outlet_id: str, headers: Mapping[str, str], body: bytes) -> str:
        if self.fail is not None:
            raise self.fail
        self.taken.append((outlet_id, headers, body))
        return self.answer
