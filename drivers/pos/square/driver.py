"""Square: a paid order is an order with a fulfilment and a payment, keys make repeats harmless, and calls are only hints."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from agent.core.catalogue import Catalogue
from agent.core.device import Role
from agent.core.errors import NeedsPerson, Refused
from agent.core.member import MemberRef
from agent.core.order import Order
from agent.core.pos import OrderMove, PosStatus, RemoteOutlet, WebhookCall, WebhookReply
from agent.core.sale import SaleSeen
from agent.core.sentence import Sentence
from agent.core.signing import SQUARE
from drivers.pos.incoming import check_signature, document_of
from drivers.pos.polled import Polled
from drivers.pos.square import orders, sales
from drivers.pos.square.api import ASIDE, ITEMS, Api, api_of
from drivers.pos.square.catalogue import Menu, Place
from drivers.pos.square.settings import KEY_REUSED, SquareSettings
from drivers.pos.wire_values import Table, readable, table, whole, word
from drivers.spec import DriverContext, DriverSpec

log = logging.getLogger(__name__)

MENU_CHANGED = "catalog.version.updated"


@dataclass
class Square(Polled):
    """Talks to one location; retries nothing itself."""

    settings: SquareSettings
    context: DriverContext
    api: Api

    async def test(self) -> str:
        """Look at the location; raises NeedsPerson `outlet_unknown` or `other_currency` when it cannot be this outlet."""
        place = await self.api.place()
        if place is None:
            raise NeedsPerson("outlet_unknown", f"This Square account has no location {self.settings.location}.")
        currency = word(place.get("currency"))
        if currency and currency != self.context.currency:
            raise NeedsPerson("other_currency", f"This location sells in {currency} and the outlet in {self.context.currency}.")
        shop = word(place.get("name")) or self.settings.location
        return Sentence(f"Square answers for {shop}.", "pos_answers_for", pos="Square", shop=shop)

    async def list_remote_outlets(self) -> Sequence[RemoteOutlet]:
        """Every active location of the account."""
        active = [row for row in await self.api.places() if word(row.get("status")) in ("", "ACTIVE")]
        return [RemoteOutlet(id=word(row.get("id")), name=word(row.get("name"))) for row in active]

    async def fetch_catalogue(self) -> Catalogue:
        """Every variation that this location sells, with its choices and what is sold out; items are read page by page."""
        context = self.context
        place = Place(location=self.settings.location, currency=context.currency, zone=context.zone, now=context.clock.now())
        menu = Menu(place, [row async for row in self.api.objects(ASIDE)])
        async for item in self.api.objects(ITEMS):
            menu.add(item)
        return menu.catalogue()

    async def submit_order(self, order: Order) -> str:
        """Put the order in and pay it; each step under a key of its own, so that a repeat goes on where it was lost."""
        made = await self._put_in(order)
        if not orders.is_paid(made):
            await self._pay(order.id, made)
        log.info("order put into the POS order=%s", order.id)
        return word(made.get("id"))

    async def find_order(self, order_id: str) -> str | None:
        """Square's id of it once it is paid; staff do not see one that is not, and submitting it again pays it."""
        known = await self._known(order_id)
        return word(known.get("id")) if known is not None and orders.is_paid(known) else None

    async def order_status(self, order_id: str, pos_order_id: str) -> PosStatus | None:
        """Where its fulfilment stands."""
        found = await self.api.order(pos_order_id) if pos_order_id else await self._known(order_id)
        return orders.read_status(found, self.context.zone) if found is not None else None

    async def recent_sales(self, since: datetime) -> Sequence[SaleSeen]:
        """Orders that were completed or changed since then, none of ours; a till that was offline brings its own days later."""
        found = [order async for order in self.api.completed(since)]
        return [sale for order in found for sale in await self._sales(order)]

    async def receive(self, call: WebhookCall) -> WebhookReply:
        """A hint that something changed: what it is about is fetched, since hints come late, twice and without the whole."""
        await check_signature(SQUARE, call, self.context.drawer, url=self.settings.webhook_url)
        event = table(document_of(call))
        if word(event.get("type")) == MENU_CHANGED:
            return WebhookReply(catalogue_changed=True)
        square_id = orders.order_of(event)
        found = await self.api.order(square_id) if square_id else None
        if found is None or word(found.get("location_id")) not in ("", self.settings.location):
            return WebhookReply()
        if not sales.is_ours(found, self.settings):
            return WebhookReply(sales=tuple(await self._sales(found)))
        status = orders.read_status(found, self.context.zone)
        reference = word(found.get("reference_id"))
        return WebhookReply(moves=(OrderMove(status=status, order_id=reference, pos_order_id=square_id),) if status else ())

    async def _put_in(self, order: Order) -> Table:
        """The order as Square has it; one that was put in under other settings is still the same order."""
        try:
            return await self.api.new_order(orders.new_order(order, self.settings, self.context.currency))
        except Refused as refusal:
            known = await self._known(order.id) if KEY_REUSED in refusal.details else None
            if known is None:
                raise
            return known

    async def _pay(self, order_id: str, made: Table) -> None:
        """Record the payment that was made in the app; an order that costs nothing is paid without one."""
        due, square_id = table(made.get("total_money")), word(made.get("id"))
        if whole(due.get("amount")):
            path, body = "/v2/payments", orders.new_payment(order_id, square_id, due, self.settings)
        else:
            path, body = f"/v2/orders/{square_id}/pay", {"idempotency_key": orders.key(order_id, "p"), "payment_ids": []}
        await self.api.exchange.call("POST", path, body=body)

    async def _known(self, order_id: str) -> Table | None:
        """The order under our reference, among the latest that came from us."""
        wanted, since = orders.reference(order_id), self.context.clock.now() - timedelta(hours=self.settings.look_back_h)
        async for order in self.api.sent_by(self.settings.source, since):
            if word(order.get("reference_id")) == wanted:
                return order
        return None

    async def _sales(self, order: Table) -> list[SaleSeen]:
        """The sale that an order is, and the sales that it takes back; none for ours and for what cannot be read."""
        if sales.is_ours(order, self.settings):
            return []
        currency, zone = self.context.currency, self.context.zone
        member = await self._member(order)
        found = readable([order], lambda row: sales.read_sale(row, currency, zone, member))
        for source in sales.refunded(order):
            sold = await self.api.order(source)
            if sold is not None and not sales.is_ours(sold, self.settings):
                found += readable([sold], lambda row: sales.read_refund(order, row, currency, zone))
        return found

    async def _member(self, order: Table) -> MemberRef | None:
        """The customer's phone number, where it may be asked for and there is one."""
        number = word(order.get("customer_id"))
        phone = await self.api.phone(number) if number and self.settings.earn_for_customers else ""
        return MemberRef(identifier=phone) if phone else None


def _build(settings: SquareSettings, context: DriverContext) -> Square:
    return Square(settings, context, api_of(settings, context))


SPEC = DriverSpec(
    kind="square",
    role=Role.POS,
    summary="Square: catalogue with choices, paid orders, their progress, sales and webhooks.",
    settings=SquareSettings,
    build=_build,
    outlet_field="location",
)
