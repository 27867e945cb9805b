"""Atlas Kitchen: menus and stocks are read, an order is looked for before it is put in, sales come by its own calls."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from agent.core.catalogue import Catalogue
from agent.core.device import Role
from agent.core.errors import Unreachable
from agent.core.order import Order
from agent.core.pos import OrderMove, PosStatus, WebhookCall, WebhookReply
from agent.core.sale import SaleSeen
from agent.core.sentence import Sentence
from drivers.pos.atlas_kitchen import wire
from drivers.pos.atlas_kitchen.settings import FIND_PATH, AtlasSettings
from drivers.pos.exchange import Exchange, not_the_pos
from drivers.pos.incoming import bad_signature, document_of, secrets_of
from drivers.pos.keys import KeyHeader
from drivers.pos.polled import Polled
from drivers.pos.wire_values import Table, readable, table, word
from drivers.spec import DriverContext, DriverSpec

MENU_EVENTS = frozenset({"menu.updated", "stock.updated"})


@dataclass
class AtlasKitchen(Polled):
    """Talks to one outlet's Atlas; retries nothing itself."""

    settings: AtlasSettings
    context: DriverContext
    exchange: Exchange

    async def test(self) -> str:
        """Ask for the list of menus."""
        count = len(wire.published(await self._get("/menus"), chosen=0))
        words = f"Atlas Kitchen answers; {count} published {'menu' if count == 1 else 'menus'}."
        return Sentence(words, "pos_answers_menus", pos="Atlas Kitchen", count=count)

    async def fetch_catalogue(self) -> Catalogue:
        """Everything on the menus that are sold, with what is left of it today."""
        numbers = wire.published({} if self.settings.menu else await self._get("/menus"), self.settings.menu)
        menus = [await self._get(f"/menus/{number}") for number in numbers]
        today = self.context.clock.now().astimezone(self.context.zone).date().isoformat()
        stocks = await self._get(f"/outlets/{self.settings.outlet}/serving_dates/{today}/stocks")
        return wire.read_menus(menus, self.context.currency, wire.sold_out(stocks))

    async def submit_order(self, order: Order) -> str:
        """Look for the order, since nobody says that Atlas would refuse it twice, else put it in."""
        if (known := await self.find_order(order.id)) is not None:
            return known
        body = wire.new_order(order, self.settings, self.context.clock.now(), self.context.zone)
        path = f"/outlets/{self.settings.outlet}/channels/{self.settings.channel}/orders"
        made = table((await self.exchange.call("POST", path, body=body)).json())
        if not word(made.get("id")):
            raise not_the_pos(maybe_applied=True)
        return word(made.get("id"))

    async def find_order(self, order_id: str) -> str | None:
        """Ask for it under our id."""
        found = await self._order(FIND_PATH.format(order_id=quote(order_id, safe="")))
        if found is None:
            return None
        if not wire.is_this(found, order_id):
            raise Unreachable("cannot_find", "Atlas answers with another order than was asked for.", maybe_applied=False)
        return word(found.get("id"))

    async def order_status(self, order_id: str, pos_order_id: str) -> PosStatus | None:
        """Ask for the order by Atlas's id, else by ours."""
        path = f"/orders/{pos_order_id}" if pos_order_id.isdecimal() else FIND_PATH.format(order_id=quote(order_id, safe=""))
        found = await self._order(path)
        return wire.read_status(found, self.context.zone) if found is not None else None

    async def receive(self, call: WebhookCall) -> WebhookReply:
        """A changed menu or stock, or an order that was made, here or elsewhere."""
        await self._check(call)
        event, payload = wire.event_of(document_of(call))
        if event in MENU_EVENTS:
            return WebhookReply(catalogue_changed=True)
        if not event.startswith("order.") or payload.get("outlet_id", self.settings.outlet) != self.settings.outlet:
            return WebhookReply()
        status = wire.read_status(payload, self.context.zone)
        ids = {"order_id": word(payload.get("external_order_id")), "pos_order_id": word(payload.get("id"))}
        moves = (OrderMove(status=status, **ids),) if status else ()
        return WebhookReply(moves=moves, sales=tuple(readable([payload], self._sale)))

    async def _check(self, call: WebhookCall) -> None:
        """[gap] Atlas signs nothing, as far as is known: the secret is the last part of the address it was given."""
        given = call.path.rpartition("/")[2].encode()
        fits = [hmac.compare_digest(quote(secret, safe="").encode(), given) for secret in await secrets_of(self.context.drawer)]
        if not any(fits):
            raise bad_signature()

    def _sale(self, row: Table) -> SaleSeen | None:
        return wire.read_sale(row, self.context.currency, self.context.zone)

    async def _order(self, path: str) -> Table | None:
        answer = await self.exchange.get(path, usable=(404,))
        return None if answer.status == 404 else table(answer.json())

    async def _get(self, path: str) -> Any:
        found = (await self.exchange.get(path)).json()
        if not table(found):
            raise not_the_pos(maybe_applied=False)
        return found


def _build(settings: AtlasSettings, context: DriverContext) -> AtlasKitchen:
    exchange = Exchange(
        http=context.http,
        clock=context.clock,
        base_url=settings.base_url,
        credentials=KeyHeader(context, "X-Api-Key", "the API key that Atlas gives"),
        timeout_s=settings.timeout_s,
        headers={"X-Merchant-Id": settings.merchant},
    )
    return AtlasKitchen(settings, context, exchange)


SPEC = DriverSpec(
    kind="atlas-kitchen",
    role=Role.POS,
    summary="Atlas Kitchen: menus with stocks, orders, their progress, and sales by webhook.",
    settings=AtlasSettings,
    build=_build,
)
