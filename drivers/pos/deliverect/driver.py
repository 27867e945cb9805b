"""Deliverect: a channel that puts our orders in, and a POS to which it brings those of other channels; it calls, we answer."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from agent.core.catalogue import Catalogue
from agent.core.clock import to_wire
from agent.core.device import Role
from agent.core.errors import InvalidInput, NeedsPerson, Refused
from agent.core.order import Order
from agent.core.order_status import OrderStatus
from agent.core.pos import OrderMove, PosStatus, RemoteOutlet, WebhookCall, WebhookReply
from agent.core.sentence import Sentence
from agent.core.signing import DELIVERECT, verify
from drivers.pos.decoding import decoded, encoded
from drivers.pos.deliverect import menus, orders, statuses
from drivers.pos.deliverect.settings import FIND_BY, ORDER_IDS, DeliverectSettings
from drivers.pos.exchange import Exchange, not_the_pos
from drivers.pos.incoming import bad_signature, document_of, secrets_of
from drivers.pos.oauth import Grant, Tokens
from drivers.pos.polled import Polled
from drivers.pos.shelf import write_whole
from drivers.pos.wire_values import Table, readable, table, tables, word
from drivers.spec import DriverContext, DriverSpec

MENU_FILE, SNOOZED_FILE = "menu.json", "snoozed.json"
"""What was published last, in the device's own folder: Deliverect sends it once and cannot be asked for it."""
ROWS = "100"
MOST_PAGES = 200

POS_URLS = {
    "ordersWebhookURL": "/orders",
    "syncProductsURL": "/products",
    "syncTablesURL": "",
    "syncFloorsURL": "",
    "operationsWebhookURL": "/operations",
    "storeStatusWebhookURL": "/store",
}
CHANNEL_URLS = {
    "statusUpdateURL": "/status",
    "menuUpdateURL": "/menu",
    "snoozeUnsnoozeURL": "/snooze",
    "busyModeURL": "/busy",
    "updatePrepTimeURL": "/status",
}
"""What Deliverect is told when it registers this shop; an empty one is not called."""


@dataclass
class Deliverect(Polled):
    """Talks to one location; retries nothing itself."""

    settings: DeliverectSettings
    context: DriverContext
    exchange: Exchange

    async def test(self) -> str:
        """Look for the account; raises NeedsPerson `outlet_unknown` when these credentials do not reach it."""
        async for row in self._rows("/accounts", {}):
            if word(row.get("_id")) == self.settings.account:
                shop = word(row.get("name")) or self.settings.account
                return Sentence(f"Deliverect answers for {shop}.", "pos_answers_for", pos="Deliverect", shop=shop)
        raise NeedsPerson("outlet_unknown", "These credentials do not reach the account that is set.")

    async def list_remote_outlets(self) -> Sequence[RemoteOutlet]:
        """Every channel link of the account."""
        rows = [row async for row in self._rows("/channelLinks", {"account": self.settings.account})]
        return [RemoteOutlet(id=word(row.get("_id")), name=word(row.get("name"))) for row in rows if word(row.get("_id"))]

    async def fetch_catalogue(self) -> Catalogue:
        """The menu that was published to our channel last; raises Refused `no_catalogue` before that."""
        return await asyncio.to_thread(self._catalogue)

    async def publish_catalogue(self, catalogue: Catalogue) -> None:
        """Push our menu as the POS of the location; raises Refused `no_publishing` where another POS is."""
        if not self.settings.is_pos:
            raise Refused("no_publishing", "Deliverect has another POS for this shop (setting is_pos).")
        body = menus.products(catalogue, self.settings)
        answer = table((await self.exchange.call("POST", "/productAndCategories", body=body)).json())
        if answer.get("errors"):
            raise Refused("pos_refused", "Deliverect did not take all of the menu.", status=200)

    async def submit_order(self, order: Order) -> str:
        """Put it in; Deliverect hides the same order of a channel within 48 hours."""
        settings = self.settings
        if not settings.channel_name:
            raise Refused("no_orders", "No channel is set for this shop at Deliverect.")
        if (known := await self.find_order(order.id)) is not None:
            return known
        body = orders.put_in(order, self.context.clock.now(), self.context.currency)
        path = f"/{settings.channel_name}/order/{settings.channel_link}"
        answer = table((await self.exchange.call("POST", path, body=body)).json())
        return next((found for name in ORDER_IDS if (found := word(answer.get(name)))), order.id)

    async def find_order(self, order_id: str) -> str | None:
        """Look for it where that is allowed; where not, None: to put it in again changes nothing."""
        row = await self._ours(order_id) if self.settings.finds_orders else None
        return word(row.get("_id")) if row is not None else None

    async def order_status(self, order_id: str, pos_order_id: str) -> PosStatus | None:
        """Look at the order; mostly Deliverect tells by itself."""
        if not self.settings.finds_orders:
            raise Refused("no_status", "Deliverect may not be asked for orders (setting finds_orders).")
        row = await self._ours(order_id)
        return statuses.heard(row, self.context.zone) if row is not None else None

    async def report_status(self, order_id: str, said: PosStatus) -> None:
        """Tell where an order of another channel stands that we make."""
        number = statuses.TOLD.get(said.status)
        if number is None:
            return
        theirs = order_id.removeprefix(orders.BROUGHT)
        body = {"orderId": theirs, "status": number, "receiptId": order_id, "reason": said.reason}
        if said.at is not None:
            body["timeStamp"] = to_wire(said.at)
        if said.promised_at is not None:
            body["pickupTime"] = to_wire(said.promised_at)
        await self.exchange.call("POST", f"/orderStatus/{quote(theirs, safe='')}", body=body)

    async def receive(self, call: WebhookCall) -> WebhookReply:
        """Everything that Deliverect calls for; what means nothing to us is answered with 200."""
        await self._check(call)
        if call.path == "/products":
            return WebhookReply(wants_catalogue=self.settings.is_pos)
        document = document_of(call) if call.body else {}
        answers = {
            "/register": self._registered,
            "/orders": self._brought,
            "/status": self._moved,
            "/menu": self._published,
            "/snooze": self._snoozed,
        }
        answer = answers.get(call.path)
        return await answer(document) if answer else WebhookReply()

    async def _registered(self, document: Any) -> WebhookReply:
        """A location or a channel is connected: where each kind of call is to go."""
        row, settings = table(document), self.settings
        is_channel = "channelLinkId" in row
        theirs = word(row.get("channelLinkId")) if is_channel else word(row.get("location") or row.get("locationId"))
        if theirs != (settings.channel_link if is_channel else settings.location):
            raise Refused("wrong_outlet", "This is another shop.", status=409)
        if settings.public_url is None:
            raise Refused("no_public_url", "It is not set where Deliverect reaches this shop (public_url).", status=503)
        urls = CHANNEL_URLS if is_channel else POS_URLS
        return WebhookReply(body=encoded({name: path and settings.public_url + path for name, path in urls.items()}))

    async def _brought(self, document: Any) -> WebhookReply:
        """An order of another channel, or the wish to call one off."""
        row, settings = table(document), self.settings
        if word(row.get("location")) != settings.location or orders.is_ours(row, settings):
            return WebhookReply()
        currency, zone = self.context.currency, self.context.zone
        sales = readable([row], lambda row: orders.read_sale(row, currency, zone))
        if not settings.is_pos:
            return WebhookReply(sales=tuple(sales))
        if orders.is_called_off(row):
            return WebhookReply(sales=tuple(sales), moves=(orders.called_off(row),))
        if orders.is_over(row):
            return WebhookReply(sales=tuple(sales))
        try:
            order = orders.brought(row, currency, zone)
        except InvalidInput as error:
            if theirs := word(row.get("_id")):
                await self.report_status(theirs, _unmade(error))
            return WebhookReply()
        return WebhookReply(sales=tuple(sales), orders=(order,))

    async def _moved(self, document: Any) -> WebhookReply:
        row = table(document)
        status = statuses.heard(row, self.context.zone)
        ids = {"order_id": word(row.get("channelOrderId")), "pos_order_id": word(row.get("orderId"))}
        return WebhookReply(moves=(OrderMove(status=status, **ids),) if status else ())

    async def _published(self, document: Any) -> WebhookReply:
        mine = [menu for menu in menus.menus_of(document) if word(menu.get("channelLinkId")) == self.settings.channel_link]
        if not mine:
            return WebhookReply()
        await asyncio.to_thread(self._keep, MENU_FILE, mine)
        await asyncio.to_thread(self._keep, SNOOZED_FILE, [])
        return WebhookReply(catalogue_changed=True)

    async def _snoozed(self, document: Any) -> WebhookReply:
        gone = menus.snoozed_of(document)
        if gone is None:
            return WebhookReply()
        await asyncio.to_thread(self._keep, SNOOZED_FILE, sorted(gone))
        return WebhookReply(catalogue_changed=True)

    async def _check(self, call: WebhookCall) -> None:
        """Staging signs with the ids of channel link or location, which are no secrets: they count nowhere else."""
        secrets = await secrets_of(self.context.drawer)
        if self.settings.environment == "staging":
            secrets += [self.settings.channel_link, self.settings.location]
        if not verify(DELIVERECT, secrets, call.body, call.headers.get(DELIVERECT.header, "")):
            raise bad_signature()

    async def _ours(self, order_id: str) -> Table | None:
        where = dict(zip(FIND_BY, (order_id, self.settings.channel_link), strict=True))
        async for row in self._rows("/orders", where):
            if word(row.get(FIND_BY[0])) == order_id:
                return row
        return None

    async def _rows(self, path: str, where: Mapping[str, str]) -> AsyncIterator[Table]:
        """Every row of a list to its last page."""
        query = {"max_results": ROWS} | ({"where": json.dumps(where, separators=(",", ":"))} if where else {})
        for page in range(1, MOST_PAGES + 1):
            answer = table((await self.exchange.get(path, query | {"page": str(page)})).json())
            if not isinstance(answer.get("_items"), list):
                raise not_the_pos(maybe_applied=False)
            for row in tables(answer["_items"]):
                yield row
            if not table(answer.get("_links")).get("next"):
                return

    def _catalogue(self) -> Catalogue:
        found = self._kept(MENU_FILE)
        if found is None:
            raise Refused("no_catalogue", "Deliverect has not published a menu here yet; publish it there to this channel.")
        gone = self._kept(SNOOZED_FILE)
        codes = frozenset(word(code) for code in gone) if isinstance(gone, list) else frozenset()
        return menus.read_menus(tables(found), self.context.currency, codes)

    def _keep(self, name: str, document: Any) -> None:
        self.context.folder.mkdir(parents=True, exist_ok=True)
        write_whole(self.context.folder / name, encoded(document))

    def _kept(self, name: str) -> Any:
        try:
            return decoded((self.context.folder / name).read_bytes())
        except (OSError, ValueError):
            return None


def _unmade(error: InvalidInput) -> PosStatus:
    return PosStatus(status=OrderStatus.REJECTED, reason=error.message)


def _build(settings: DeliverectSettings, context: DriverContext) -> Deliverect:
    grant = Grant(
        url=f"{settings.host}/oauth/token",
        kind="client_credentials",
        client_id=settings.client_id,
        client_secret=context.secret or "",
        body="json",
        extra={"audience": settings.audience or settings.host},
        keeps_access=True,
    )
    exchange = Exchange(
        http=context.http,
        clock=context.clock,
        base_url=settings.host,
        credentials=Tokens(grant, context, settings.timeout_s),
        timeout_s=settings.timeout_s,
    )
    return Deliverect(settings, context, exchange)


SPEC = DriverSpec(
    kind="deliverect",
    role=Role.POS,
    summary="Deliverect: our orders go in as a channel's (experimental); orders of other channels come to this shop as its POS.",
    settings=DeliverectSettings,
    build=_build,
    outlet_field="location",
)
