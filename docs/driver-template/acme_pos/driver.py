"""Acme POS: menu in pages, orders under our id, sales since a time; JSON over HTTP with a key."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Annotated, Any
from urllib.parse import quote

from pydantic import Field

from agent.core.catalogue import Catalogue, CatalogueItem
from agent.core.clock import to_wire
from agent.core.device import DeviceState, Role
from agent.core.order import Order
from agent.core.roles import DeviceSink
from agent.core.sale import SaleSeen
from drivers.pos.exchange import Exchange, not_the_pos
from drivers.pos.keys import BaseUrl, KeyHeader
from drivers.pos.wire_values import Table, gathered, moment, needed, price, readable, table, tables, total, word
from drivers.spec import DriverContext, DriverSettings, DriverSpec

MOST_PAGES = 1_000


class AcmeSettings(DriverSettings):
    """Settings of `acme-pos`; the secret is the key that Acme gives."""

    base_url: Annotated[BaseUrl, Field(description="Address of the shop's Acme server.")]
    timeout_s: Annotated[float, Field(gt=0, le=120, description="How long one request may take in all.")] = 10.0
    poll_s: Annotated[float, Field(ge=1, le=3600, description="How often it is asked how it is, and for sales.")] = 30.0


@dataclass
class AcmePos:
    """Talks to one shop when asked; retries nothing, keeps nothing: the agent does both."""

    settings: AcmeSettings
    context: DriverContext
    exchange: Exchange

    @property
    def poll_s(self) -> float:
        """Seconds between two rounds of questions."""
        return self.settings.poll_s

    async def run(self, sink: DeviceSink) -> None:
        """Ask every `poll_s` whether Acme is there, until cancelled; what it raises becomes the device's state."""
        while True:
            sink.state(DeviceState.READY, await self.test())
            await self.context.clock.sleep(self.settings.poll_s)

    async def test(self) -> str:
        """Ask for nothing in particular."""
        await self.exchange.get("/ping")
        return "Acme POS answers."

    async def fetch_catalogue(self) -> Catalogue:
        """The menu to its last page; a row that cannot be read becomes a problem and loses nothing beside it."""
        rows = [row async for row in self._rows("/menu", {})]
        return gathered((f"item {word(row.get('sku'))}", partial(self._item, row)) for row in rows)

    async def submit_order(self, order: Order) -> str:
        """Acme takes an order once under our id: a repeat, and one whose answer was lost, is the same order."""
        lines = [{"sku": line.plu, "quantity": line.quantity, "note": line.notes} for line in order.paid.lines]
        body = {"ref": order.id, "title": order.paid.ref_no, "lines": lines}
        made = table((await self.exchange.call("PUT", f"/orders/{_safe(order.id)}", body=body)).json())
        if not word(made.get("number")):
            raise not_the_pos(maybe_applied=True)
        return word(made.get("number"))

    async def find_order(self, order_id: str) -> str | None:
        """Ask for it under our id."""
        answer = await self.exchange.get(f"/orders/{_safe(order_id)}", usable=(404,))
        return None if answer.status == 404 else word(table(answer.json()).get("number"))

    async def recent_sales(self, since: datetime) -> Sequence[SaleSeen]:
        """Optional: with this method the agent asks for sales, and they earn."""
        return readable([row async for row in self._rows("/sales", {"since": to_wire(since)})], self._sale)

    async def _rows(self, path: str, query: dict[str, str]) -> AsyncIterator[Table]:
        for page in range(1, MOST_PAGES):
            found: Any = (await self.exchange.get(path, {**query, "page": str(page)})).json()
            if not isinstance(found, dict):
                raise not_the_pos(maybe_applied=False)
            for row in tables(found.get("rows")):
                yield row
            if not found.get("more"):
                return

    def _item(self, row: Table) -> CatalogueItem:
        return CatalogueItem(
            code=needed(row.get("sku"), "sku"),
            name=needed(row.get("name"), "name"),
            price=price(row.get("price"), self.context.currency),
            category=word(row.get("category")),
            available=row.get("sold_out") is not True,
        )

    def _sale(self, row: Table) -> SaleSeen:
        return SaleSeen(
            receipt=needed(row.get("receipt"), "receipt"),
            amount=total(row.get("total"), self.context.currency),
            occurred_at=moment(row.get("at"), self.context.zone),
            void=row.get("void") is True,
        )


def _safe(order_id: str) -> str:
    return quote(order_id, safe="")


def _build(settings: AcmeSettings, context: DriverContext) -> AcmePos:
    exchange = Exchange(
        http=context.http,
        clock=context.clock,
        base_url=settings.base_url,
        credentials=KeyHeader(context, "X-Acme-Key"),
        timeout_s=settings.timeout_s,
    )
    return AcmePos(settings, context, exchange)


SPEC = DriverSpec(
    kind="acme-pos",
    role=Role.POS,
    summary="Acme POS: menu, orders and sales over HTTP.",
    settings=AcmeSettings,
    build=_build,
)
