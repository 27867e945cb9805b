"""A shop's flows on a real database, with a printer, a POS and a cloud that behave honestly and can be told to fail."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from agent.cloud.order_wire import read_order
from agent.cloud.webhooks import Webhook
from agent.core.catalogue import Catalogue, CatalogueItem
from agent.core.entry import Entry, EntryState, Outcome
from agent.core.errors import CataBridgeError, Conflict, Unreachable
from agent.core.events import Event
from agent.core.money import Money
from agent.core.order import HandoffTarget, Order, PaidOrder
from agent.core.roles import DeviceSink, Pos, Printer
from agent.core.signing import CATA, CATA_TIMED, Recipe, sign
from agent.core.ticket import Ticket
from agent.db.audit import Audit
from agent.db.cache import CACHE, Cache
from agent.db.database import Database
from agent.db.facts import Facts
from agent.db.orders import Arrival, Orders
from agent.db.outbox import Outbox
from agent.db.sealing import Seal
from agent.flows.bus import Bus, Subscription
from agent.flows.line.recording import Recorder
from tests.support.clock import CountingIds, FakeClock

OUTLET = "c6a0f1de-1d0e-4e63-8b2b-7f6f5a7a0b10"
ORDER = "5b0c7c57-9d5e-4a53-8d7c-2a4e5cf2a001"
SECRET = "whsec_of_the_tests"
SEAL = Seal(b"k" * 32)


async def eventually(condition: Callable[[], bool], within_s: float = 5.0) -> None:
    """Wait until something holds; fails loudly when it never does."""
    async with asyncio.timeout(within_s):
        while not condition():  # noqa: ASYNC110 - the things waited for do not know that somebody waits
            await asyncio.sleep(0.002)


@dataclass
class Shop:
    """The repositories of one outlet, and what its flows published."""

    database: Database
    seal: Seal
    clock: FakeClock
    ids: CountingIds
    outbox: Outbox
    orders: Orders
    facts: Facts
    audit: Audit
    cache: Cache
    bus: Bus
    recorder: Recorder
    heard: Subscription
    nudges: list[str] = field(default_factory=list)

    async def entries(self, state: EntryState | None = None) -> list[Entry]:
        page = await self.outbox.page(state=state, kind=None, limit=100, after=None)
        return list(page.entries)

    async def receive(self, order_id: str = ORDER, devices: Sequence[tuple[HandoffTarget, str]] = ()) -> Order:
        """Put an order in as the intake would."""
        raw = order_json(orderId=order_id)
        arrival = Arrival(
            paid=read(raw), raw=raw, delivery_id=f"d-{order_id}", received_at=self.clock.now(), handoffs=tuple(devices)
        )
        return (await self.orders.receive(arrival)).order

    async def published(self) -> list[Event]:
        """Everything published since the last call."""
        found: list[Event] = []
        while True:
            try:
                async with asyncio.timeout(0):
                    found.append(await self.heard.next())
            except TimeoutError:
                return found

    async def confirm(self, entry_id: str) -> Entry:
        """Settle an entry as the sender does when the cloud said yes."""
        claimed = await self.outbox.claim_one(entry_id)
        assert claimed is not None
        return await self.outbox.settle(entry_id, Outcome.CONFIRMED)


@asynccontextmanager
async def open_shop(
    folder: Path, clock: FakeClock | None = None, ids: CountingIds | None = None, *, kind: type[Database] = Database
) -> AsyncIterator[Shop]:
    """Open (again) what is in the folder; leaves nothing running."""
    clock, ids = clock or FakeClock(), ids or CountingIds()
    seal = SEAL
    database = await kind.open(folder / "bridge.db", clock=clock)
    cached = await kind.open(folder / "cache.db", clock=clock, schema=CACHE)
    cache = Cache(folder / "cache.db", cached, seal, clock)
    outbox, bus = Outbox(database, seal, clock), Bus()
    nudges: list[str] = []
    try:
        with bus.subscribe() as heard:
            yield Shop(
                database=database,
                seal=seal,
                clock=clock,
                ids=ids,
                outbox=outbox,
                orders=Orders(database, seal, clock, outbox),
                facts=Facts(database),
                audit=Audit(database, seal, clock),
                cache=cache,
                bus=bus,
                recorder=Recorder(outbox, bus, nudge=lambda: nudges.append("nudge")),
                heard=heard,
                nudges=nudges,
            )
    finally:
        await cache.close()
        await database.close()


@asynccontextmanager
async def running(work: Callable[[], Coroutine[object, object, None]]) -> AsyncIterator[asyncio.Task[None]]:
    """A flow's `run` in the background, surely ended afterwards."""
    task = asyncio.create_task(work())
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def order_json(**changes: object) -> bytes:
    """A paid order as Cata sends it."""
    order: dict[str, object] = {
        "orderId": ORDER,
        "orderRefNo": "KK-20431",
        "outletId": OUTLET,
        "status": "PAID",
        "deliveryMethod": "PICKUP",
        "currency": "SGD",
        "items": [{"plu": "LATTE-L", "name": "Latte (L)", "quantity": 2, "unitPrice": 6.5}],
        "totalPay": 13,
    }
    return json.dumps(order | changes).encode()


def read(raw: bytes) -> PaidOrder:
    return read_order(raw, currency="SGD")


def signed(
    body: bytes, clock: FakeClock, *, secret: str = SECRET, recipe: Recipe = CATA, delivery: str = "d-1", age_s: int = 0
) -> dict[str, str]:
    """The headers of a genuine delivery."""
    stamp = str(int(clock.now().timestamp()) - age_s)
    return {
        "x-cata-signature": sign(recipe, secret, body, timestamp=stamp if recipe is CATA_TIMED else ""),
        "x-cata-event": "order.paid",
        "x-cata-delivery-id": delivery,
        "x-cata-timestamp": stamp,
    }


@dataclass
class _Failing:
    """A device that does what it should, unless told to raise or to hang."""

    raises: list[BaseException] = field(default_factory=list)
    """Raised one after the other, first one first."""
    gate: asyncio.Event | None = None
    """When set, every call waits for it."""

    async def run(self, sink: DeviceSink) -> None:
        await asyncio.Event().wait()

    async def test(self) -> str:
        return "It works."

    async def _turn(self) -> None:
        if self.gate is not None:
            await self.gate.wait()
        if self.raises:
            raise self.raises.pop(0)


@dataclass
class PaperPrinter(_Failing):
    """Keeps what it printed."""

    tickets: list[Ticket] = field(default_factory=list)

    async def print_ticket(self, ticket: Ticket) -> None:
        await self._turn()
        self.tickets.append(ticket)

    def banners(self) -> list[str]:
        """First line of each ticket."""
        return [ticket.lines[0].text for ticket in self.tickets]


@dataclass
class BookPos(_Failing):
    """A POS that books an order once, whatever happens after."""

    booked: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    catalogue: Catalogue = field(default_factory=lambda: Catalogue(items=()))
    loses_answers: int = 0
    """So many orders are booked without the answer coming back."""

    async def fetch_catalogue(self) -> Catalogue:
        await self._turn()
        return self.catalogue

    async def submit_order(self, order: Order) -> str:
        await self._turn()
        assert order.id not in self.booked, "booked twice"
        self.booked[order.id] = f"A-{len(self.booked) + 1}"
        if self.loses_answers:
            self.loses_answers -= 1
            raise Unreachable("timeout", "The POS did not answer.", maybe_applied=True)
        return self.booked[order.id]

    async def find_order(self, order_id: str) -> str | None:
        self.asked.append(order_id)
        return self.booked.get(order_id)


@dataclass
class Rack:
    """The devices that are plugged in."""

    by_name: dict[str, PaperPrinter | BookPos]
    backup_of: dict[str, str] = field(default_factory=dict)

    def printers(self) -> Mapping[str, Printer]:
        return {name: one for name, one in self.by_name.items() if isinstance(one, PaperPrinter)}

    def backups(self) -> Mapping[str, str]:
        return self.backup_of

    def pos_systems(self) -> Mapping[str, Pos]:
        return {name: one for name, one in self.by_name.items() if isinstance(one, BookPos)}


def item(code: str, price: str = "5.50", name: str = "", **more: object) -> CatalogueItem:
    """One thing the POS sells."""
    return CatalogueItem(code=code, name=name or code.title(), price=Money.parse(price, "SGD"), **more)  # type: ignore[arg-type]


def menu_of(*items: CatalogueItem) -> Catalogue:
    return Catalogue(items=items)


class PracticeRegistry:
    """The cloud's webhook list: secrets are shown once, and the old one dies at rotation."""

    def __init__(self) -> None:
        self.webhooks: dict[int, Webhook] = {}
        self.secrets: dict[int, str] = {}
        self.hidden = 0
        """So many lists come back without our webhook, as when two set it up at once."""
        self.raises: CataBridgeError | None = None

    async def list(self) -> tuple[Webhook, ...]:
        if self.raises:
            raise self.raises
        if self.hidden:
            self.hidden -= 1
            return ()
        return tuple(self.webhooks.values())

    async def register(
        self, outlet_id: str, provider: str, callback_url: str, events: Sequence[str] = ("order.paid",)
    ) -> Webhook:
        if any((one.outlet_id, one.provider) == (outlet_id, provider) for one in self.webhooks.values()):
            raise Conflict("already_registered", "There is one already.", status=409)
        number = len(self.webhooks) + 1
        self.webhooks[number] = Webhook(
            id=number,
            outlet_id=outlet_id,
            provider=provider,
            callback_url=callback_url,
            events=tuple(events),
            is_active=True,
        )
        self.secrets[number] = f"whsec_{number}_first"
        return replace(self.webhooks[number], secret=self.secrets[number])

    async def update(self, webhook_id: int, **changes: object) -> Webhook:
        if "events" in changes:
            changes["events"] = tuple(changes["events"])  # type: ignore[arg-type]
        self.webhooks[webhook_id] = replace(self.webhooks[webhook_id], **changes)  # type: ignore[arg-type]
        return self.webhooks[webhook_id]

    async def rotate(self, webhook_id: int) -> str:
        self.secrets[webhook_id] = self.secrets[webhook_id] + "+"
        return self.secrets[webhook_id]


class Drawer:
    """A secret store in memory."""

    def __init__(self, **held: str) -> None:
        self.held = {name.replace("_", "-"): value for name, value in held.items()}
        self.raises: CataBridgeError | None = None

    def get(self, name: str) -> str | None:
        return self.held.get(name)

    def set(self, name: str, value: str) -> None:
        if self.raises:
            raise self.raises
        self.held[name] = value

    def clear(self, name: str) -> None:
        self.held.pop(name, None)
