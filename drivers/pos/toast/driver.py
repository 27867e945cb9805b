"""Toast: a token that is used for a day, menus read when they moved, an order whose external id is taken once."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from agent.core.catalogue import Catalogue
from agent.core.device import Role
from agent.core.errors import Refused
from agent.core.order import Order
from agent.core.pos import OrderMove, PosStatus, WebhookCall, WebhookReply
from agent.core.sale import SaleSeen
from agent.core.sentence import Sentence
from agent.core.signing import TOAST
from drivers.pos.exchange import Exchange, not_the_pos
from drivers.pos.incoming import check_signature, document_of
from drivers.pos.polled import Polled
from drivers.pos.toast import orders
from drivers.pos.toast.menus import Menus, in_stock, out_of_stock, read_menus
from drivers.pos.toast.settings import DUPLICATE_STATUSES, MENU_CATEGORIES, ToastSettings
from drivers.pos.toast.sign_in import machine_tokens
from drivers.pos.wire_values import Table, readable, table, tables, word
from drivers.spec import DriverContext, DriverSpec

MENUS, MENUS_MOVED, STOCK = "/menus/v2/menus", "/menus/v2/metadata", "/stock/v1/inventory"
ORDERS, ORDERS_IN_BULK = "/orders/v2/orders", "/orders/v2/ordersBulk"
PAGE_ROWS = 100
MOST_PAGES = 400
RESTAURANT = "Toast-Restaurant-External-ID"
AHEAD = timedelta(minutes=5)
"""How far Toast's clock may be ahead of ours for its newest orders to be found."""


@dataclass
class Toast(Polled):
    """Talks to one restaurant's Toast; retries nothing itself."""

    settings: ToastSettings
    context: DriverContext
    exchange: Exchange
    _menus: Menus | None = field(default=None, repr=False)
    _moved: str = ""
    """What the metadata said when the menus were read last."""

    async def test(self) -> str:
        """Ask when the menus moved last."""
        if await self._menus_moved():
            return Sentence("Toast answers.", "pos_answers", pos="Toast")
        return Sentence("Toast answers; no menu is published there.", "pos_answers_menus", pos="Toast", count=0)

    async def fetch_catalogue(self) -> Catalogue:
        """The published menus, with what is out of stock; raises Refused `no_catalogue` when none is published."""
        menus = await self._read_menus()
        if not self.settings.stock:
            return menus.catalogue
        return in_stock(menus.catalogue, out_of_stock((await self.exchange.get(STOCK, {"status": "OUT_OF_STOCK"})).json()))

    async def submit_order(self, order: Order) -> str:
        """Put it in; one whose external id is taken already is the same order."""
        menus = await self._menus_with(order)
        body = orders.new_order(order, self.settings, menus.places)
        answer = await self.exchange.call("POST", ORDERS, body=body, usable=DUPLICATE_STATUSES)
        if answer.status in DUPLICATE_STATUSES:
            if (known := await self.find_order(order.id)) is not None:
                return known
            raise Refused("pos_refused", "Toast refused the order.", status=answer.status)
        return _guid(answer.json(), maybe_applied=True)

    async def find_order(self, order_id: str) -> str | None:
        """Ask for it under our id; where Toast takes only its own, look through the orders of the last `look_back_h`."""
        row = await self._ours(order_id)
        return _guid(row, maybe_applied=False) if row is not None else None

    async def order_status(self, order_id: str, pos_order_id: str) -> PosStatus | None:
        """Ask for the order."""
        row = await self._order(pos_order_id) if pos_order_id else await self._ours(order_id)
        return self._said(row) if row is not None else None

    async def recent_sales(self, since: datetime) -> Sequence[SaleSeen]:
        """Checks of orders that changed since then, closed or voided, and did not come from the cloud."""
        return [sale async for row in self._bulk(since) for sale in self._sales(row)]

    async def snooze(self, item_code: str, until: datetime | None) -> None:
        """Out of stock or back; Toast knows no end of it."""
        if not self.settings.stock:
            raise Refused("no_snooze", "Toast is not told what is sold out (setting stock).")
        row = {"guid": item_code, "status": "IN_STOCK" if until is None else "OUT_OF_STOCK"}
        await self.exchange.call("PUT", f"{STOCK}/update", body=[row])

    async def receive(self, call: WebhookCall) -> WebhookReply:
        """An order that changed, of any size, or a menu or stock that did."""
        await check_signature(TOAST, call, self.context.drawer, timestamps=orders.timestamps_of(call.body))
        event = table(document_of(call))
        row = table(event.get("details"))
        restaurant = word(row.get("restaurantGuid")) or call.headers.get(RESTAURANT.lower(), "")
        if restaurant != self.settings.restaurant:
            return WebhookReply()
        if word(event.get("eventCategory")) in MENU_CATEGORIES:
            return WebhookReply(catalogue_changed=True)
        if not word(event.get("eventType")).endswith("order_updated"):
            return WebhookReply()
        ours = orders.order_id_of(row)
        moves = (OrderMove(status=self._said(row), order_id=ours, pos_order_id=word(row.get("guid"))),) if ours else ()
        return WebhookReply(moves=moves, sales=tuple(self._sales(row)))

    def _said(self, row: Table) -> PosStatus:
        return orders.read_status(row, self.context.zone, closed_is_done=self.settings.closed_is_done)

    def _sales(self, row: Table) -> list[SaleSeen]:
        currency, zone = self.context.currency, self.context.zone
        return readable(orders.closed_checks(row), lambda pair: orders.read_sale(pair, currency, zone))

    async def _menus_with(self, order: Order) -> Menus:
        """Menus that hold everything ordered, or the newest there are."""
        known = self._menus
        if known is not None and all(line.plu in known.places for line in order.paid.lines):
            return known
        if known is not None and await self._menus_moved() == self._moved:
            return known
        return await self._read_menus()

    async def _menus_moved(self) -> str:
        """When the menus moved last; empty when none is published."""
        answer = await self.exchange.get(MENUS_MOVED, usable=(404,))
        return word(table(answer.json()).get("lastUpdated")) if answer.status != 404 else ""

    async def _read_menus(self) -> Menus:
        """The menus API may be asked once a second, and the menus are large: only what moved is read again."""
        moved = await self._menus_moved()
        if not moved:
            raise Refused("no_catalogue", "No menu is published in Toast.")
        if self._menus is None or moved != self._moved:
            document = (await self.exchange.get(MENUS)).json()
            if not isinstance(table(document).get("menus"), list):
                raise not_the_pos(maybe_applied=False)
            self._menus, self._moved = read_menus(document, self.context.currency), moved
        return self._menus

    async def _ours(self, order_id: str) -> Table | None:
        row = await self._order(orders.external_id(order_id))
        if row is not None and orders.order_id_of(row) == order_id:
            return row
        since = self.context.clock.now() - timedelta(hours=self.settings.look_back_h)
        async for row in self._bulk(since):
            if orders.order_id_of(row) == order_id:
                return row
        return None

    async def _order(self, name: str) -> Table | None:
        answer = await self.exchange.get(f"{ORDERS}/{quote(name, safe='')}", usable=(400, 404))
        return table(answer.json()) if answer.status < 300 else None

    async def _bulk(self, since: datetime) -> AsyncIterator[Table]:
        """Every order that changed since then, to the last page."""
        window = {"startDate": orders.stamp(since), "endDate": orders.stamp(self.context.clock.now() + AHEAD)}
        for page in range(1, MOST_PAGES + 1):
            found = (await self.exchange.get(ORDERS_IN_BULK, window | {"page": str(page), "pageSize": str(PAGE_ROWS)})).json()
            if not isinstance(found, list):
                raise not_the_pos(maybe_applied=False)
            for row in tables(found):
                yield row
            if len(found) < PAGE_ROWS:
                return


def _guid(row: Any, *, maybe_applied: bool) -> str:
    guid = word(table(row).get("guid"))
    if not guid:
        raise not_the_pos(maybe_applied=maybe_applied)
    return guid


def _build(settings: ToastSettings, context: DriverContext) -> Toast:
    exchange = Exchange(
        http=context.http,
        clock=context.clock,
        base_url=settings.base_url,
        credentials=machine_tokens(settings, context),
        timeout_s=settings.timeout_s,
        headers={RESTAURANT: settings.restaurant},
    )
    return Toast(settings, context, exchange)


SPEC = DriverSpec(
    kind="toast",
    role=Role.POS,
    summary="Toast: menus with stock, orders, their progress, sold-out items, and sales.",
    settings=ToastSettings,
    build=_build,
)
