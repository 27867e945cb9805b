"""Devices in a whole agent: the customer's display follows the counter, and a printer without paper is stood in for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.support.outlet import eventually, shop
from tests.support.sandbox import MEI, MEI_CODE

DISPLAY = """
[[devices]]
name = "front"
driver = "simulated-display"
path = "{folder}/display.txt"
"""
PRINTERS = """
[orders]
print_to = ["kitchen"]
[[devices]]
name = "kitchen"
driver = "simulated-printer"
folder = "{folder}/kitchen"
backup = "bar"
[[devices]]
name = "bar"
driver = "simulated-printer"
folder = "{folder}/bar"
"""


async def test_the_customer_is_welcomed_and_sees_saved_before_confirmed(tmp_path: Path) -> None:
    async with shop(tmp_path, DISPLAY.format(folder=tmp_path)) as one:
        shown = tmp_path / "display.txt"

        async def says(*lines: str) -> Any:
            async def look() -> Any:
                return shown.exists() and shown.read_text().splitlines() == list(lines)

            return await eventually(look)

        await one.till.post("/v1/scans", {"code": MEI_CODE})
        await says("Welcome", "275 points")
        await one.offline()
        await one.till.post("/v1/loyalty/earn", {"member": {"uuid": MEI}, "amount": "24.50", "receipt": "R-1"})
        await says("Saved", "+24 points to come")
        await one.practice.control.restore()
        await says("Confirmed", "+24 points")


async def test_a_kitchen_printer_without_paper_is_stood_in_for_by_the_bar(tmp_path: Path) -> None:
    (tmp_path / "kitchen").mkdir()
    (tmp_path / "kitchen" / "OUT_OF_PAPER").touch()
    async with shop(tmp_path, PRINTERS.format(folder=tmp_path)) as one:
        await one.register()
        placed = await one.practice.control.place_order()

        async def look() -> Any:
            return (await one.till.get(f"/v1/orders/{placed.order_id}"))["printed"]

        assert await eventually(look) == 1
        (ticket,) = (tmp_path / "bar").glob("*.txt")
        assert ticket.read_text().startswith("INSTEAD OF KITCHEN\n")
        assert list((tmp_path / "kitchen").glob("*.txt")) == []
