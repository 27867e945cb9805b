"""Products, snoozes and menus over the wire (contract 8, 9)."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict, Field

from agent.core.clock import from_wire
from agent.sandbox import rawjson
from agent.sandbox.calls import Call, Row, Wire, fit
from agent.sandbox.envelopes import Reply, bare, refusal
from agent.sandbox.providers import ALWAYS_ALLOWED


def _decimal(value: object) -> object:
    return Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else value


Price = Annotated[Decimal, BeforeValidator(_decimal), Field(ge=0)]
Code = Annotated[str, Field(min_length=1)]


class Option(Wire):
    """A modifier option, as far as it is checked."""

    code: Code
    name: str
    price: Price = Decimal(0)


class Group(Wire):
    """A modifier group, as far as it is checked."""

    code: Code
    name: str
    options: list[Option] = Field(default_factory=list)


class ProductBody(Wire):
    """A product, as far as it is checked; every field sent is kept."""

    item_code: Code
    name: Code
    base_price: Price
    modifier_groups: list[Group] = Field(default_factory=list)


class ProductsBody(Wire):
    """Body of products/sync."""

    products: list[ProductBody]


class Snooze(Wire):
    """One item of a snooze."""

    item_code: Code
    snooze_end: str | None = None


class SnoozeBody(Wire):
    """Body of items/snooze."""

    items: list[Snooze]


class MenuBody(Wire):
    """A V1 menu, as far as it is checked."""

    model_config = ConfigDict(extra="allow")

    menu_id: Code


class PublishBody(Wire):
    """Body of menus/publish."""

    draft_ids: list[str] = Field(min_length=1)
    outlet_ids: list[str] = Field(min_length=1)


async def sync(call: Call) -> Reply:
    """Full replace of one provider's products."""
    provider = call.provider() or ALWAYS_ALLOWED
    asked = call.read(ProductsBody)
    twice = [code for code, times in Counter(product.item_code for product in asked.products).items() if times > 1]
    if twice:
        raise refusal(400, "invalid request", f"itemCode {twice[0][:40]} appears twice")
    sent: Any = rawjson.read_object(call.body)["products"]
    summary, products = call.tenant.catalogue.replace(provider, sent)
    return bare({"summary": summary, "products": [product.shown() for product in products]})


async def product(call: Call) -> Reply:
    """One product by its code."""
    found = call.tenant.catalogue.find(call.path["item_code"], call.provider())
    if found is None:
        raise refusal(404, "product not found")
    return bare(found.shown())


async def snooze(call: Call) -> Reply:
    """Sold out until a time, or back again."""
    outlet_id = call.outlet_id()
    call.provider()
    items = options = 0
    for asked in call.read(SnoozeBody).items:
        try:
            until = from_wire(asked.snooze_end) if asked.snooze_end else None
        except ValueError:
            raise refusal(400, "invalid request", "snoozeEnd is not RFC 3339") from None
        hit = call.tenant.catalogue.snooze(outlet_id, asked.item_code, until)
        items, options = items + hit[0], options + hit[1]
    return bare({"status": "ok", "itemsUpdated": items, "modifierOptionsUpdated": options})


async def push_menu(call: Call) -> Reply:
    """V1: a whole tree for one outlet that is mapped to a provider."""
    outlet_id = call.outlet_id()
    call.provider()
    if call.tenant.providers.mapped(outlet_id) is None:
        raise refusal(403, "outlet not mapped to a provider")
    menus = rawjson.read(call.body)
    if not isinstance(menus, list):
        raise refusal(400, "invalid request", "a list of menus is expected")
    ids = [fit(MenuBody, menu).menu_id for menu in menus]
    summary = call.tenant.menus.push(outlet_id, menus)
    return bare({"status": "ok", "summary": summary, "menus": [{"menuId": menu_id} for menu_id in ids]})


async def publish(call: Call) -> Reply:
    """V2: drafts to outlets, each outlet on its own."""
    asked = call.read(PublishBody)
    known = {outlet.id for outlet in call.tenant.outlets.all()}
    results: list[dict[str, object]] = []
    for outlet_id in asked.outlet_ids:
        if outlet_id in known:
            call.tenant.menus.publish(outlet_id, asked.draft_ids)
            results.append({"outletId": outlet_id, "success": True})
        else:
            results.append({"outletId": outlet_id, "success": False, "error": "outlet not found"})
    return bare({"results": results})


async def read_menu(call: Call) -> Reply:
    """The published menu, only with the mode `menu_read`: Cata is not known to have this."""
    if not call.tenant.modes.menu_read:
        raise refusal(404, "not found")
    menus, etag = call.tenant.menus.published(call.outlet_id())
    status = 304 if call.headers.get("if-none-match") == etag else 200
    return Reply(status, {"menus": menus}, {"ETag": etag})


ROWS = [
    Row("POST", "/api/v1/products/sync", sync),
    Row("GET", "/api/v1/products/{item_code:path}", product),
    Row("POST", "/api/v1/outlets/{outlet_id}/items/snooze", snooze),
    Row("POST", "/api/v1/outlets/{outlet_id}/menu", push_menu),
    Row("GET", "/api/v1/outlets/{outlet_id}/menu", read_menu),
    Row("POST", "/api/v1/menus/publish", publish),
]
