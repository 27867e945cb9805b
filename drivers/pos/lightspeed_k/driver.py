"""Lightspeed K-Series: menus and stock are read, an order is queued under our reference, callbacks tell what became of it."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from agent.core.catalogue import Catalogue
from agent.core.clock import to_wire
from agent.core.device import Role
from agent.core.errors import NeedsPerson, Refused
from agent.core.order import Order
from agent.core.pos import OrderMove, PosStatus, RemoteOutlet, WebhookCall, WebhookReply
from agent.core.roles import DeviceSink
from agent.core.sale import SaleSeen
from agent.core.sentence import Sentence
from drivers.pos.exchange import Exchange, not_the_pos
from drivers.pos.incoming import bad_signature, document_of, secrets_of
from drivers.pos.lightspeed_k import menu, orders
from drivers.pos.lightspeed_k.settings import MOST_SKUS, ONLINE, SALES_PAGE, LightspeedKSettings
from drivers.pos.oauth import Grant, Tokens
from drivers.pos.outlets import chosen
from drivers.pos.polled import Polled
from drivers.pos.wire_values import Table, readable, table, tables, whole, word
from drivers.spec import DriverContext, DriverSpec

BUSINESSES, MENUS, MENU, STOCK = "/o/op/data/businesses", "/o/op/1/menu/list", "/o/op/2/menu/load", "/o/op/1/itemAvailability"
WEBHOOK = "/o/wh/1/webhook"
MOST_PAGES = 400


@dataclass
class LightspeedK(Polled):
    """Talks to one business location; retries nothing itself."""

    settings: LightspeedKSettings
    context: DriverContext
    exchange: Exchange

    async def run(self, sink: DeviceSink) -> None:
        """Register for callbacks where that is ours to do, then ask every `poll_s` whether Lightspeed is there."""
        await self._register()
        await super().run(sink)

    async def test(self) -> str:
        """Look for the location; raises NeedsPerson `outlet_unknown` when the account does not have it."""
        there = await self.list_remote_outlets()
        outlet = chosen(there, str(self.settings.business_location), "business location")
        return Sentence(f"Lightspeed answers for {outlet.name}.", "pos_answers_for", pos="Lightspeed", shop=outlet.name)

    async def list_remote_outlets(self) -> Sequence[RemoteOutlet]:
        """Every location of every business."""
        answer = (await self.exchange.get(BUSINESSES)).json()
        if not isinstance(answer, list):
            raise not_the_pos(maybe_applied=False)
        locations = [row for business in tables(answer) for row in tables(business.get("businessLocations"))]
        return [RemoteOutlet(id=word(row.get("id")), name=word(row.get("name"))) for row in locations if word(row.get("id"))]

    async def fetch_catalogue(self) -> Catalogue:
        """The menu with what is sold out; raises Refused `menu_not_chosen` when there are several to choose from."""
        loaded = (await self.exchange.get(f"{MENU}/{await self._menu_id()}", self._here() | {"richContent": "true"})).json()
        if "menuEntryGroups" not in table(loaded):
            raise not_the_pos(maybe_applied=False)
        found = menu.read_menu(loaded, self.context.currency)
        return menu.with_stock(found, await self._stock(menu.skus(found)))

    async def submit_order(self, order: Order) -> str:
        """Queue the order for the till; a reference that is there already is this order, taken before an answer was lost."""
        reference = orders.reference(order.id)
        body = orders.body(order, self.settings, self.context.clock.now())
        answer = await self.exchange.call("POST", orders.path_of(order), query=self._here(), body=body, usable=(409,))
        said = table(answer.json())
        if answer.status == 409 and reference not in word(said.get("msg")):
            raise Refused("pos_refused", "Lightspeed refused the order.", status=409)
        return reference

    async def find_order(self, order_id: str) -> str | None:
        """Whether it is a sale by now; one that is only queued is not found, and the same order again is the same order."""
        reference = orders.reference(order_id)
        return reference if self.settings.finance and await self._receipt(reference) is not None else None

    async def order_status(self, order_id: str, pos_order_id: str) -> PosStatus | None:
        """Where the order stands once the till made a sale of it; what comes before is told by callbacks alone."""
        self._check_finance("no_status")
        receipt = await self._receipt(pos_order_id or orders.reference(order_id))
        return orders.read_receipt(receipt, self.context.zone) if receipt is not None else None

    async def recent_sales(self, since: datetime) -> Sequence[SaleSeen]:
        """Sales of the counter that were closed since then."""
        self._check_finance("no_sales")
        path = f"/f/v2/business-location/{self.settings.business_location}/sales"
        query, found = {"from": to_wire(since), "include": "payments", "pageSize": SALES_PAGE}, list[SaleSeen]()
        for _ in range(MOST_PAGES):
            page = table((await self.exchange.get(path, query)).json())
            if not isinstance(page.get("sales"), list):
                raise not_the_pos(maybe_applied=False)
            found += readable(tables(page["sales"]), self._sale)
            following = word(page.get("nextPageToken"))
            if not following or following == query.get("nextPageToken"):
                break
            query["nextPageToken"] = following
        return found

    async def receive(self, call: WebhookCall) -> WebhookReply:
        """A step of an order, or a changed stock; the password is all that vouches for it."""
        await self._check(call)
        document = table(document_of(call))
        kind, status = word(document.get("type")), orders.read_callback(document, self.context.zone)
        if whole(document.get("businessLocationId")) not in (self.settings.business_location, None):
            return WebhookReply()
        if kind == "ORDER" and status is not None:
            return WebhookReply(moves=(OrderMove(status=status, pos_order_id=word(document.get("thirdPartyReference"))),))
        return WebhookReply(catalogue_changed=kind == "ITEM")

    def _check_finance(self, reason: str) -> None:
        if not self.settings.finance:
            raise Refused(reason, "This client of Lightspeed may not read sales; callbacks tell how far orders are.")

    async def _menu_id(self) -> int:
        if self.settings.menu:
            return self.settings.menu
        menus = tables((await self.exchange.get(MENUS, self._here())).json())
        numbers = [number for row in menus if (number := whole(row.get("ikentooMenuId"))) is not None]
        if len(numbers) != 1:
            names = ", ".join(f"{whole(row.get('ikentooMenuId'))} ({word(row.get('menuName'))})" for row in menus) or "none"
            raise Refused("menu_not_chosen", f"Set `menu` to the number of one menu; there are: {names}.")
        return numbers[0]

    async def _stock(self, skus: Sequence[str]) -> dict[str, int]:
        """SKU -> how many are left, for those that are counted."""
        left: dict[str, int] = {}
        for start in range(0, len(skus), MOST_SKUS):
            batch = {"skus": skus[start : start + MOST_SKUS]}
            query = self._here() | {"size": str(MOST_SKUS)}
            answer = await self.exchange.call("POST", STOCK, query=query, body=batch, is_change=False)
            rows = tables(table(answer.json()).get("data"))
            left |= {word(row.get("sku")): count for row in rows if (count := whole(row.get("count"))) is not None}
        return left

    async def _receipt(self, reference: str) -> Table | None:
        location = self.settings.business_location
        query = {"externalReferenceId": f"{ONLINE}{location}-{reference}"}
        answer = await self.exchange.get(f"/f/finance/{location}/saleByExternalReference", query, usable=(404,))
        return table(answer.json()) if answer.status != 404 else None

    async def _register(self) -> None:
        """The endpoint that orders have to name; raises NeedsPerson `secret_missing` without a password for it."""
        settings = self.settings
        if not settings.callback_url:
            return
        secrets = await secrets_of(self.context.drawer)
        if not secrets:
            raise NeedsPerson("secret_missing", f"The secret device/{self.context.name}/webhook is not set.")
        wanted = {
            "endpointId": settings.endpoint_id,
            "url": settings.callback_url,
            "withBasicAuth": True,
            "username": settings.callback_user,
            "password": secrets[0],
        }
        answer = await self.exchange.get(f"{WEBHOOK}/{settings.endpoint_id}", usable=(404,))
        await self.exchange.call("PUT" if answer.status == 404 else "POST", WEBHOOK, body=wanted)

    async def _check(self, call: WebhookCall) -> None:
        given = call.headers.get("authorization", "").encode("utf-8", "surrogatepass")
        fits = False
        for secret in await secrets_of(self.context.drawer):
            pair = base64.b64encode(f"{self.settings.callback_user}:{secret}".encode())
            fits |= hmac.compare_digest(b"Basic " + pair, given)
        if not fits:
            raise bad_signature()

    def _sale(self, row: Table) -> SaleSeen | None:
        return orders.read_sale(row, self.context.currency, self.context.zone)

    def _here(self) -> dict[str, str]:
        return {"businessLocationId": str(self.settings.business_location)}


def _build(settings: LightspeedKSettings, context: DriverContext) -> LightspeedK:
    grant = Grant(
        url=settings.token_url or f"{settings.base_url}/oauth/token",
        kind="refresh_token",
        client_id=settings.client_id,
        client_secret=context.secret or "",
        is_basic=True,
        keeps_access=True,
    )
    exchange = Exchange(
        http=context.http,
        clock=context.clock,
        base_url=settings.base_url,
        credentials=Tokens(grant, context, settings.timeout_s),
        timeout_s=settings.timeout_s,
    )
    return LightspeedK(settings, context, exchange)


SPEC = DriverSpec(
    kind="lightspeed-k",
    role=Role.POS,
    summary="Lightspeed Restaurant K-Series: menu with stock, orders, their steps back, and sales.",
    settings=LightspeedKSettings,
    build=_build,
    outlet_field="business_location",
)
