"""A POS without a shop: a catalogue, orders and sales in a folder, and a method to sell something."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from pydantic import Field

from agent.core.catalogue import Catalogue, CatalogueItem
from agent.core.device import DeviceState, Role
from agent.core.errors import CataBridgeError, InvalidInput, Unreachable
from agent.core.money import Money
from agent.core.order import Order
from agent.core.roles import DeviceSink
from agent.core.sale import SaleSeen
from agent.core.sentence import Sentence
from drivers.pos.fields import Reading, read_catalogue, read_sales
from drivers.pos.order_document import as_json
from drivers.pos.records import LARGEST_FILE, read_records
from drivers.pos.shelf import safe_stem, write_whole
from drivers.spec import DriverContext, DriverSettings, DriverSpec

CATALOGUE_FILE, SALES_FILE, SWITCHED_OFF = "catalogue.json", "sales.jsonl", "SWITCHED_OFF"
"""The menu, when it should not be the built-in one; sales to make, one JSON object a line; present: the POS is off."""

MENU = (
    ("CR1", "Chicken rice", 450, "Mains"),
    ("NL1", "Nasi lemak", 520, "Mains"),
    ("LK1", "Laksa", 600, "Mains"),
    ("KT1", "Kaya toast", 280, "Snacks"),
    ("KO1", "Kopi", 160, "Drinks"),
    ("TT1", "Teh tarik", 180, "Drinks"),
)
"""Code, name, price in cents, category of the built-in menu."""


class SimulatedPosSettings(DriverSettings):
    """Settings of `simulated-pos`."""

    folder: Annotated[str, Field(description="Where it keeps orders and looks for sales; empty: the device's folder.")] = ""
    poll_s: Annotated[float, Field(gt=0, le=60, description="How often new sales are looked for.")] = 0.1


@dataclass
class SimulatedPos:
    """Keeps orders as files named after them, so that the same order is the same order after a restart too."""

    folder: Path
    context: DriverContext
    poll_s: float = 0.1
    _given: asyncio.Queue[SaleSeen] = field(default_factory=asyncio.Queue)
    _busy: asyncio.Lock = field(default_factory=asyncio.Lock)

    def sell(self, sale: SaleSeen) -> None:
        """Make this sale now, or as soon as the device runs."""
        self._given.put_nowait(sale)

    async def run(self, sink: DeviceSink) -> None:
        """Report sales until cancelled; raises Unreachable while it is switched off."""
        while True:
            sink.state(DeviceState.READY, await self.test())
            while not self._given.empty():
                await self._report(self._given.get_nowait(), sink)
            for sale in await asyncio.to_thread(self._new_sales):
                await self._report(sale, sink)
            await self.context.clock.sleep(self.poll_s)

    async def test(self) -> str:
        """How it is."""
        await asyncio.to_thread(self._check)
        return Sentence("Simulated POS, ready.", "simulated_ready")

    async def fetch_catalogue(self) -> Catalogue:
        """The folder's catalogue.json, else the built-in menu."""
        return await asyncio.to_thread(self._catalogue)

    async def submit_order(self, order: Order) -> str:
        """Keep the order; the same one again is the same one."""
        async with self._busy:
            return await asyncio.to_thread(self._submit, order)

    async def find_order(self, order_id: str) -> str | None:
        """The id under which it keeps an order, or None."""
        await asyncio.to_thread(self._check)
        return _pos_id(order_id) if self._order_path(order_id).exists() else None

    async def _report(self, sale: SaleSeen, sink: DeviceSink) -> None:
        try:
            await sink.sale(sale)
        except CataBridgeError as error:
            sink.state(DeviceState.ATTENTION, error.message)

    def _submit(self, order: Order) -> str:
        self._check()
        path = self._order_path(order.id)
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, as_json(order))
        return _pos_id(order.id)

    def _order_path(self, order_id: str) -> Path:
        return self.folder / "orders" / f"{safe_stem(order_id)}.json"

    def _check(self) -> None:
        if (self.folder / SWITCHED_OFF).exists():
            raise Unreachable("pos_missing", "The simulated POS is switched off.", maybe_applied=False)

    def _catalogue(self) -> Catalogue:
        self._check()
        path = self.folder / CATALOGUE_FILE
        if path.exists():
            return read_catalogue(read_records(path.name, path.read_bytes()), self._reading())
        currency = self.context.currency
        items = (
            CatalogueItem(code=code, name=name, price=Money(cents, currency), category=kind) for code, name, cents, kind in MENU
        )
        return Catalogue(items=tuple(items))

    def _new_sales(self) -> list[SaleSeen]:
        """Takes the file of sales away, whole, and reads it; a line that is no sale is left out."""
        path = self.folder / SALES_FILE
        taken = path.with_name(f"taken-{self.context.ids.new()}.jsonl")
        try:
            os.replace(path, taken)
            lines = taken.read_bytes()[:LARGEST_FILE].splitlines()
        except OSError:
            return []
        sales: list[SaleSeen] = []
        for line in lines:
            sales.extend(self._sale(line))
        return sales

    def _sale(self, line: bytes) -> list[SaleSeen]:
        try:
            found, _ = read_sales(read_records("sale.json", line), self._reading())
        except InvalidInput:
            return []
        return [sale for _, sale in found]

    def _reading(self) -> Reading:
        return Reading(currency=self.context.currency, zone=self.context.zone, columns={})


def _pos_id(order_id: str) -> str:
    return f"POS-{order_id}"


def _build(settings: SimulatedPosSettings, context: DriverContext) -> SimulatedPos:
    return SimulatedPos(Path(settings.folder) if settings.folder else context.folder, context, settings.poll_s)


SPEC = DriverSpec(
    kind="simulated-pos",
    role=Role.POS,
    summary="A practice POS: a small menu, orders kept as files, sales read from a file.",
    settings=SimulatedPosSettings,
    build=_build,
)
