"""L-Series: products and receipts are read; an order is put in once at most, for L-Series has no reference to know it by."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from agent.core.catalogue import Catalogue
from agent.core.device import Role
from agent.core.errors import NeedsPerson, NotSaved, Refused, Unreachable
from agent.core.order import Order
from agent.core.pos import RemoteOutlet
from agent.core.roles import DeviceSink
from agent.core.sale import SaleSeen
from agent.core.sentence import Sentence
from drivers.pos.exchange import Exchange, not_the_pos
from drivers.pos.keys import KeyHeader
from drivers.pos.ledger import Ledger
from drivers.pos.lightspeed_l import wire
from drivers.pos.lightspeed_l.settings import LIST_NAMES, PAGE, ROOT, LightspeedLSettings
from drivers.pos.outlets import chosen
from drivers.pos.polled import Polled
from drivers.pos.wire_values import Table, readable, table, tables, word
from drivers.spec import DriverContext, DriverSpec

MOST_PAGES = 400


@dataclass
class LightspeedL(Polled):
    """Talks to one company; what was sent is written down here, before and after."""

    settings: LightspeedLSettings
    context: DriverContext
    exchange: Exchange
    _begun: Ledger = field(init=False)
    _taken: Ledger = field(init=False)
    _busy: asyncio.Lock = field(default_factory=asyncio.Lock)

    def __post_init__(self) -> None:
        self._begun = Ledger(self.context.folder / "orders.begun")
        self._taken = Ledger(self.context.folder / "orders.taken")

    async def run(self, sink: DeviceSink) -> None:
        """Ask every `poll_s` whether the server is there, until cancelled."""
        today = self.context.clock.now().date()
        for ledger in (self._begun, self._taken):
            await asyncio.to_thread(ledger.forget_old, today)
        await super().run(sink)

    async def test(self) -> str:
        """Look for the company; raises NeedsPerson `outlet_unknown` when the token does not reach it."""
        outlet = chosen(await self.list_remote_outlets(), str(self.settings.company_id), "company")
        return Sentence(f"Lightspeed answers for {outlet.name}.", "pos_answers_for", pos="Lightspeed", shop=outlet.name)

    async def list_remote_outlets(self) -> Sequence[RemoteOutlet]:
        """Every company that the token reaches."""
        rows = await self._rows("/core/company")
        return [RemoteOutlet(id=word(row.get("id")), name=word(row.get("name"))) for row in rows if word(row.get("id"))]

    async def fetch_catalogue(self) -> Catalogue:
        """The products of all groups that are shown; how L-Series gives choices is not known."""
        groups = [group for group in await self._rows("/inventory/productgroup") if group.get("visible") is not False]
        shown = [(group, await self._rows(f"/inventory/productgroup/{word(group.get('id'))}/product")) for group in groups]
        return wire.read_products(shown, self.context.currency, self.settings.price_field)

    async def submit_order(self, order: Order) -> str:
        """Put the order in unless that was tried before; raises NeedsPerson `order_in_doubt` when it was, without an answer."""
        customer = self.settings.customer_id
        if not customer:
            raise Refused("no_orders", "No customer for online orders is set for this POS.")
        body = wire.body(order, self.settings, self.context.clock.now())
        async with self._busy:
            known = await self._known(order.id)
            if known is not None:
                return known
            if _key(order.id) in self._begun:
                raise NeedsPerson("order_in_doubt", f"{_DOUBT} Look on its till for Cata {order.paid.ref_no}.")
            await self._note(self._begun, order.id)
            pos_id = await self._put(f"{ROOT}/onlineordering/customer/{customer}/establishmentorder", order.id, body)
            await self._note(self._taken, order.id, pos_id)
        return pos_id

    async def find_order(self, order_id: str) -> str | None:
        """From what is written down here; raises Unreachable `cannot_find` for an order whose answer was lost."""
        known = await self._known(order_id)
        if known is None and _key(order_id) in self._begun:
            raise Unreachable("cannot_find", f"{_DOUBT} Look on its till.", maybe_applied=False, line_down=False)
        return known

    async def recent_sales(self, since: datetime) -> Sequence[SaleSeen]:
        """Receipts of every day since then that were touched since then."""
        found: list[SaleSeen] = []
        zone = self.context.zone
        day, today = since.astimezone(zone).date(), self.context.clock.now().astimezone(zone).date()
        while day <= today:
            rows = await self._rows("/financial/receipt", date=day.isoformat())
            found += readable([row for row in rows if (wire.changed_at(row, zone) or since) >= since], self._sale)
            day += timedelta(days=1)
        return found

    async def _put(self, path: str, order_id: str, body: dict[str, Any]) -> str:
        try:
            answer = await self.exchange.call("POST", path, body=body)
        except Unreachable as error:
            if not error.maybe_applied:
                await self._forget(order_id)
            raise
        except (Refused, NeedsPerson):
            await self._forget(order_id)
            raise
        pos_id = word(answer.json())
        if not pos_id:
            raise not_the_pos(maybe_applied=True)
        return pos_id

    async def _known(self, order_id: str) -> str | None:
        return await asyncio.to_thread(self._taken.value, _key(order_id))

    async def _note(self, ledger: Ledger, order_id: str, value: str = "") -> None:
        try:
            await asyncio.to_thread(ledger.add, _key(order_id), self.context.clock.now().date(), value)
        except OSError as error:
            raise NotSaved("disk", "The order could not be written down, so it was not sent.", details=str(error)) from None

    async def _forget(self, order_id: str) -> None:
        await asyncio.to_thread(self._begun.remove, _key(order_id))

    async def _rows(self, path: str, **query: str) -> list[Table]:
        """A list to its end, whether it comes bare or in pages."""
        found: list[Table] = []
        for _ in range(MOST_PAGES):
            page = (await self.exchange.get(ROOT + path, query | {"amount": str(PAGE), "offset": str(len(found))})).json()
            rows, is_whole = _page(page)
            if rows[:1] and rows[:1] == found[:1]:
                break  # a list that knows no offset starts again
            found += rows
            if is_whole or not rows:
                break
        return found

    def _sale(self, row: Table) -> SaleSeen | None:
        return wire.read_sale(row, self.context.currency, self.context.zone, self.settings.customer_id)


_DOUBT = "Lightspeed may or may not have this order, and cannot be asked."


def _key(order_id: str) -> str:
    return hashlib.sha256(order_id.encode("utf-8", "surrogatepass")).hexdigest()


def _page(page: Any) -> tuple[list[Table], bool]:
    """The rows, and whether that was all: a bare list is, unless it is as long as a page."""
    if isinstance(page, list):
        return tables(page), len(page) < PAGE
    rows = next((table(page)[name] for name in LIST_NAMES if isinstance(table(page).get(name), list)), None)
    if rows is None:
        raise not_the_pos(maybe_applied=False)
    return tables(rows), False


def _build(settings: LightspeedLSettings, context: DriverContext) -> LightspeedL:
    exchange = Exchange(
        http=context.http,
        clock=context.clock,
        base_url=settings.base_url,
        credentials=KeyHeader(context, "X-Auth-Token", "the API token"),
        timeout_s=settings.timeout_s,
    )
    return LightspeedL(settings, context, exchange)


SPEC = DriverSpec(
    kind="lightspeed-l",
    role=Role.POS,
    summary="Lightspeed Restaurant L-Series (experimental): menu, orders that are put in once at most, and sales.",
    settings=LightspeedLSettings,
    build=_build,
    outlet_field="company_id",
)
