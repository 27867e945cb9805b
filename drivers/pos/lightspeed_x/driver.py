"""X-Series: lists are read by version, an order becomes a sale under an id that we make, and polling is the truth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import parse_qs

from agent.core.catalogue import Catalogue
from agent.core.clock import to_wire
from agent.core.device import Role
from agent.core.errors import InvalidInput, Refused
from agent.core.order import Order
from agent.core.pos import OrderMove, PosStatus, RemoteOutlet, WebhookCall, WebhookReply
from agent.core.sale import SaleSeen
from agent.core.sentence import Sentence
from agent.core.signing import X_SERIES, verify
from drivers.pos.decoding import decoded
from drivers.pos.exchange import Credentials, Exchange, not_the_pos
from drivers.pos.incoming import bad_signature, secrets_of
from drivers.pos.keys import KeyHeader
from drivers.pos.lightspeed_x import wire
from drivers.pos.lightspeed_x.settings import PRODUCTS_PAGE, SEARCH_PAGE, VOIDS_BACK, LightspeedXSettings
from drivers.pos.oauth import Grant, Tokens
from drivers.pos.outlets import chosen
from drivers.pos.polled import Polled
from drivers.pos.wire_values import Table, readable, table, tables, whole, word
from drivers.spec import DriverContext, DriverSpec

MOST_PAGES = 1000
REGISTER_SALES = "/api/register_sales"


@dataclass
class LightspeedX(Polled):
    """Talks to one shop; retries nothing itself."""

    settings: LightspeedXSettings
    context: DriverContext
    exchange: Exchange

    async def test(self) -> str:
        """Look for the outlet; raises NeedsPerson `outlet_unknown` when the shop does not have it."""
        outlets = await self.list_remote_outlets()
        if wanted := self.settings.outlet_id:
            shop = chosen(outlets, wanted, "outlet").name
            return Sentence(f"Lightspeed answers for {shop}.", "pos_answers_for", pos="Lightspeed", shop=shop)
        words = f"Lightspeed answers; it has {len(outlets)} outlet{'s' if len(outlets) != 1 else ''}."
        return Sentence(words, "pos_answers_outlets", pos="Lightspeed", count=len(outlets))

    async def list_remote_outlets(self) -> Sequence[RemoteOutlet]:
        """Every outlet of the shop."""
        rows = await self._rows("/outlets")
        return [RemoteOutlet(id=word(row.get("id")), name=word(row.get("name"))) for row in rows if word(row.get("id"))]

    async def fetch_catalogue(self) -> Catalogue:
        """All active products with their price including tax; retail has no choices."""
        gone = await self._out_of_stock() if self.settings.check_stock else frozenset[str]()
        return wire.read_products(await self._rows("/products", page_size=PRODUCTS_PAGE), self.context.currency, gone)

    async def submit_order(self, order: Order) -> str:
        """Make the sale, unless it is there: putting it in again would undo what staff did with it since."""
        settings = self.settings
        if not settings.register_id:
            raise Refused("no_orders", "No register is set for this POS.")
        if (known := await self.find_order(order.id)) is not None:
            return known
        products = {code: await self._product(code) for code in dict.fromkeys(line.plu for line in order.paid.lines)}
        tax_id, now = settings.tax_id or await self._default_tax(), self.context.clock.now()
        if settings.writer == "classic":
            await self.exchange.call("POST", REGISTER_SALES, body=wire.classic(order, settings, products, tax_id, now))
        else:
            path = f"/api/{settings.dated_version}/sales"
            await self.exchange.call("POST", path, body=wire.dated(order, settings, products, tax_id, now))
        return wire.sale_id(order.id)

    async def find_order(self, order_id: str) -> str | None:
        """Look under the id that we make for the order."""
        found = await self._sale(wire.sale_id(order_id))
        return wire.sale_id(order_id) if found is not None else None

    async def order_status(self, order_id: str, pos_order_id: str) -> PosStatus | None:
        """Where the sale stands."""
        sale = await self._sale(wire.sale_id(order_id))
        return wire.read_status(sale, self.context.zone) if sale is not None else None

    async def recent_sales(self, since: datetime) -> Sequence[SaleSeen]:
        """Sales made since then, and those of the last days that were voided."""
        made = await self._search({"date_from": to_wire(since)})
        voided = await self._search({"date_from": to_wire(since - VOIDS_BACK), "status": "VOIDED"})
        rows = {word(row.get("id")): row for row in (*made, *voided)}
        return readable(rows.values(), self._seen)

    async def receive(self, call: WebhookCall) -> WebhookReply:
        """A sale that changed is read anew, since calls come late, twice and in an older shape; the rest changed the menu."""
        await self._check(call)
        try:
            form = parse_qs(call.body.decode(), keep_blank_values=True)
            payload = table(decoded(form["payload"][0].encode()))
        except (ValueError, KeyError):
            raise Refused("not_a_call", "This call cannot be read.", status=400) from None
        kind = call.path.strip("/") or "".join(form.get("type", []))
        if not kind.startswith("sale.") and "register_sale_products" not in payload:
            return WebhookReply(catalogue_changed=kind.partition(".")[0] in ("product", "inventory", ""))
        sale = await self._sale(word(payload.get("id")))
        if sale is None:
            return WebhookReply()
        status = wire.read_status(sale, self.context.zone)
        moves = (OrderMove(status=status, pos_order_id=word(sale.get("id"))),) if status else ()
        return WebhookReply(moves=moves, sales=tuple(readable([sale], self._seen)))

    async def _check(self, call: WebhookCall) -> None:
        """The app's client secret signs; a personal token's calls come unsigned, so nobody can vouch for them."""
        secrets = await secrets_of(self.context.drawer)
        if self.settings.client_id and self.context.secret:
            secrets.append(self.context.secret)
        if not verify(X_SERIES, secrets, call.body, call.headers.get(X_SERIES.header, "")):
            raise bad_signature()

    async def _sale(self, sale_id: str) -> Table | None:
        if not sale_id or "/" in sale_id:
            return None
        answer = await self.exchange.get(self._path(f"/sales/{sale_id}"), usable=(404,))
        return table(table(answer.json()).get("data")) or None if answer.status != 404 else None

    async def _product(self, sku: str) -> wire.Product:
        """A product by its SKU; raises Refused `item_unknown`."""
        rows = tables(table((await self.exchange.get(self._path("/products"), {"sku": sku})).json()).get("data")) if sku else []
        try:
            return wire.read_product(next(row for row in rows if word(row.get("sku")) == sku))
        except (StopIteration, InvalidInput):
            raise Refused("item_unknown", f"Lightspeed has no product with the SKU {sku}; push the menu again.") from None

    async def _default_tax(self) -> str:
        rows = await self._rows("/outlets")
        wanted = self.settings.outlet_id
        return next((word(row.get("default_tax_id")) for row in rows if not wanted or word(row.get("id")) == wanted), "")

    async def _out_of_stock(self) -> frozenset[str]:
        """Ids of products that are counted in our outlet and have run out."""
        rows = [row for row in await self._rows("/inventory") if word(row.get("outlet_id")) == self.settings.outlet_id]
        return frozenset(word(row.get("product_id")) for row in rows if (whole(row.get("inventory_level")) or 0) <= 0)

    async def _rows(self, path: str, **query: str) -> list[Table]:
        """A list from its beginning: each page says up to which version it goes, and an empty one is the end."""
        found: list[Table] = []
        for _ in range(MOST_PAGES):
            page = table((await self.exchange.get(self._path(path), query)).json())
            rows, version = _data(page), whole(table(page.get("version")).get("max"))
            found += rows
            if not rows or version is None or str(version) == query.get("after"):
                break
            query["after"] = str(version)
        return found

    async def _search(self, query: dict[str, str]) -> list[Table]:
        found: list[Table] = []
        wanted = query | {"type": "sales", "order_by": "date", "order_direction": "asc", "page_size": str(SEARCH_PAGE)}
        if self.settings.outlet_id:
            wanted["outlet_id"] = self.settings.outlet_id
        for _ in range(MOST_PAGES):
            rows = _data(table((await self.exchange.get(self._path("/search"), wanted | {"offset": str(len(found))})).json()))
            if not rows:
                break
            found += rows
        return found

    def _seen(self, row: Table) -> SaleSeen | None:
        return wire.read_sale(row, self.context.currency, self.context.zone, self.settings.outlet_id)

    def _path(self, path: str) -> str:
        return f"/api/{self.settings.api_version}{path}"


def _data(page: Table) -> list[Table]:
    if not isinstance(page.get("data"), list):
        raise not_the_pos(maybe_applied=False)
    return tables(page["data"])


def _build(settings: LightspeedXSettings, context: DriverContext) -> LightspeedX:
    credentials: Credentials = KeyHeader(context, "Authorization", "a personal token", "Bearer ")
    if settings.client_id:
        grant = Grant(
            url=f"{settings.address}/api/1.0/token",
            kind="refresh_token",
            client_id=settings.client_id,
            client_secret=context.secret or "",
        )
        credentials = Tokens(grant, context, settings.timeout_s)
    exchange = Exchange(
        http=context.http,
        clock=context.clock,
        base_url=settings.address,
        credentials=credentials,
        timeout_s=settings.timeout_s,
    )
    return LightspeedX(settings, context, exchange)


SPEC = DriverSpec(
    kind="lightspeed-x",
    role=Role.POS,
    summary="Lightspeed Retail X-Series (once Vend): products, orders as sales, their steps back, and sales.",
    settings=LightspeedXSettings,
    build=_build,
    outlet_field="outlet_id",
)
VEND = replace(SPEC, kind="vend", summary="Vend, which is Lightspeed X-Series today: the same driver under its old name.")
