"""Revel: its lists are read page by page, a cart is put in once, and it tells of one step only, the closed order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from agent.core.catalogue import Catalogue
from agent.core.clock import to_wire
from agent.core.device import Role
from agent.core.errors import Refused, Unreachable
from agent.core.order import Order
from agent.core.pos import OrderMove, PosStatus, RemoteOutlet, WebhookCall, WebhookReply
from agent.core.sale import SaleSeen
from agent.core.sentence import Sentence
from agent.core.signing import REVEL
from drivers.pos.decoding import encoded
from drivers.pos.exchange import Credentials, Exchange, next_url, not_the_pos
from drivers.pos.incoming import check_signature, document_of
from drivers.pos.keys import KeyHeader
from drivers.pos.oauth import Grant, Tokens
from drivers.pos.outlets import chosen
from drivers.pos.polled import Polled
from drivers.pos.revel import wire
from drivers.pos.revel.settings import RevelSettings
from drivers.pos.wire_values import Table, readable, table, tables, word
from drivers.spec import DriverContext, DriverSpec

MOST_PAGES = 400
PAGE_ROWS = "250"
ESTABLISHMENTS, PRODUCTS, ORDERS = "/enterprise/Establishment/", "/products/Product/", "/resources/Order/"
ONLINE_MENU, CART = "/weborders/menu/", "/specialresources/cart/submit"
EVENT, SHOP = "x-revel-event-type", "x-revel-establishment-id"
MENU_EVENTS = frozenset({"menu.updated", "inout.stock"})


@dataclass
class Revel(Polled):
    """Talks to one merchant's Revel; retries nothing itself."""

    settings: RevelSettings
    context: DriverContext
    exchange: Exchange

    async def test(self) -> str:
        """Look for the establishment; raises NeedsPerson `outlet_unknown` when the account does not have it."""
        there = await self.list_remote_outlets()
        shop = chosen(there, str(self.settings.establishment), "establishment").name
        return Sentence(f"Revel answers for {shop}.", "pos_answers_for", pos="Revel", shop=shop)

    async def list_remote_outlets(self) -> Sequence[RemoteOutlet]:
        """Every establishment of the account."""
        rows = await self._rows(ESTABLISHMENTS, {})
        return [RemoteOutlet(id=word(row.get("id")), name=word(row.get("name"))) for row in rows if word(row.get("id"))]

    async def fetch_catalogue(self) -> Catalogue:
        """All active products of the establishment, or the online menu."""
        shop = {"establishment": str(self.settings.establishment)}
        if self.settings.menu == "online":
            answer = (await self.exchange.get(ONLINE_MENU, shop)).json()
            _check(answer, is_change=False)
            return wire.read_online_menu(answer, self.context.currency)
        return wire.read_products(await self._rows(PRODUCTS, shop | {"active": "true"}), self.context.currency)

    async def submit_order(self, order: Order) -> str:
        """Look for the order, since Revel takes the same cart twice, else put it in."""
        if (known := await self.find_order(order.id)) is not None:
            return known
        body = encoded(wire.cart(order, self.settings))
        # Anything but text/plain is answered with an unhandled error.
        answer = (await self.exchange.call("POST", CART, body=body, headers={"Content-Type": "text/plain"})).json()
        _check(answer, is_change=True)
        return wire.submitted_id(answer) or order.id

    async def find_order(self, order_id: str) -> str | None:
        """Look through the web orders of the last `look_back_h` for our mark."""
        row = await self._ours(order_id)
        return word(row.get("id")) if row is not None else None

    async def order_status(self, order_id: str, pos_order_id: str) -> PosStatus | None:
        """Whether the order is closed."""
        row: Table | None
        if pos_order_id.isdecimal():
            answer = await self.exchange.get(f"{ORDERS}{pos_order_id}/", usable=(404,))
            row = table(answer.json()) if answer.status != 404 else None
        else:
            row = await self._ours(order_id)
        return wire.read_status(row, self.context.zone) if row else None

    async def recent_sales(self, since: datetime) -> Sequence[SaleSeen]:
        """Closed orders that changed since then and did not come from the cloud."""
        rows = await self._rows(ORDERS, self._shop({"updated_date__gte": to_wire(since)}))
        return readable(rows, self._sale)

    async def receive(self, call: WebhookCall) -> WebhookReply:
        """A closed order, a changed menu, or a ping."""
        await check_signature(REVEL, call, self.context.drawer)
        event = call.headers.get(EVENT, "")
        if call.headers.get(SHOP, str(self.settings.establishment)) != str(self.settings.establishment):
            return WebhookReply()
        if event != "order.finalized":
            return WebhookReply(catalogue_changed=event in MENU_EVENTS)
        row = wire.order_of_event(document_of(call))
        status = wire.read_status(row, self.context.zone)
        moves = (OrderMove(status=status, pos_order_id=word(row.get("id"))),) if wire.is_ours(row) else ()
        return WebhookReply(moves=moves, sales=tuple(readable([row], self._sale)))

    def _sale(self, row: Table) -> SaleSeen | None:
        return wire.read_sale(row, self.context.currency, self.context.zone)

    async def _ours(self, order_id: str) -> Table | None:
        since = self.context.clock.now() - timedelta(hours=self.settings.look_back_h)
        rows = await self._rows(ORDERS, self._shop({"web_order": "true", "created_date__gte": to_wire(since)}))
        return next((row for row in rows if wire.carries(row, order_id)), None)

    def _shop(self, query: dict[str, str]) -> dict[str, str]:
        return query | {"establishment": str(self.settings.establishment)}

    async def _rows(self, path: str, query: dict[str, str]) -> list[Table]:
        """Every row of a list, whichever of Revel's two styles it comes in, to its last page."""
        answer = (await self.exchange.get(path, query | {"limit": PAGE_ROWS})).json()
        rows, seen = _page(answer), set[str]()
        while (following := word(table(answer).get("next") or table(table(answer).get("meta")).get("next"))) not in seen | {""}:
            seen.add(following)
            if len(seen) > MOST_PAGES:
                break
            answer = (await self.exchange.get(next_url(self.settings.base_url, following))).json()
            rows += _page(answer)
        return rows


def _page(answer: Any) -> list[Table]:
    found = table(answer)
    rows = found.get("objects", found.get("results"))
    if not isinstance(rows, list):
        raise not_the_pos(maybe_applied=False)
    return tables(rows)


def _check(answer: Any, *, is_change: bool) -> None:
    """What the online ordering side means by its 200."""
    found = table(answer)
    if word(found.get("status")).upper() != "ERROR":
        return
    if word(found.get("errorMsg")):
        raise Refused("pos_refused", "Revel refused the request.", status=200)
    raise Unreachable("pos_trouble", "Revel failed without saying why.", maybe_applied=is_change, line_down=False)


def _credentials(settings: RevelSettings, context: DriverContext) -> Credentials:
    """Key and secret of the merchant, or tokens of the API platform."""
    if not settings.platform_client_id:
        return KeyHeader(context, "API-AUTHENTICATION", "written KEY:SECRET")
    grant = Grant(
        url=settings.platform_token_url,
        kind="client_credentials",
        client_id=settings.platform_client_id,
        client_secret=context.secret or "",
        body="json",
        extra={"audience": settings.platform_audience or settings.base_url},
    )
    return Tokens(grant, context, settings.timeout_s)


def _build(settings: RevelSettings, context: DriverContext) -> Revel:
    exchange = Exchange(
        http=context.http,
        clock=context.clock,
        base_url=settings.base_url,
        credentials=_credentials(settings, context),
        timeout_s=settings.timeout_s,
        headers={"Client-Id": settings.platform_merchant} if settings.platform_client_id else {},
    )
    return Revel(settings, context, exchange)


SPEC = DriverSpec(
    kind="revel",
    role=Role.POS,
    summary="Revel Systems: menu, orders, closed orders back, and sales.",
    settings=RevelSettings,
    build=_build,
    outlet_field="establishment",
)
