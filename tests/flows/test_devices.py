"""The supervisor: a device comes back by itself, one that cannot work stops no other, and every refusal is counted."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from agent.core.clock import Clock
from agent.core.device import DeviceState, Role
from agent.core.errors import (
    CataBridgeError,
    Conflict,
    DamagedData,
    InvalidInput,
    NeedsPerson,
    NotSaved,
    Refused,
    Unreachable,
)
from agent.core.money import Money
from agent.core.roles import DeviceSink
from agent.core.sale import SaleSeen
from agent.core.scan import Code
from agent.flows.bus import Bus
from agent.flows.devices.supervisor import Devices, Plugged
from tests.support.clock import FakeClock
from tests.support.shop import BookPos, PaperPrinter, eventually, running

SALE = SaleSeen(receipt="R-1", amount=Money(100, "SGD"))


@dataclass
class Gadget:
    """Ends each run as planned, then works until cancelled."""

    ends: list[Exception | None] = field(default_factory=list)
    runs: int = 0
    sink: DeviceSink | None = None

    async def run(self, sink: DeviceSink) -> None:
        self.runs += 1
        self.sink = sink
        sink.state(DeviceState.READY, "Ready.")
        if self.ends:
            if (end := self.ends.pop(0)) is not None:
                raise end
            return
        await asyncio.Event().wait()

    async def test(self) -> str:
        return "It works."


class Shelf(Devices):
    """Devices with what they handed on."""

    def __init__(self, *plugged: Plugged, clock: Clock, sale_error: CataBridgeError | None = None) -> None:
        self.scanned: list[tuple[str, str]] = []
        self.refused: list[tuple[str, str]] = []
        self.sold: list[SaleSeen] = []

        async def scan(code: Code, device: str) -> None:
            self.scanned.append((code.text, device))

        async def sale(seen: SaleSeen) -> None:
            if sale_error:
                raise sale_error
            self.sold.append(seen)

        super().__init__(
            plugged,
            Bus(),
            clock=clock,
            on_scan=scan,
            on_refused_scan=lambda device, reason, message: self.refused.append((device, reason)),
            on_sale=sale,
        )

    def states(self) -> dict[str, DeviceState]:
        return {status.name: status.state for status in self.statuses()}


def plugged(name: str, device: Gadget | PaperPrinter | BookPos | None, role: Role = Role.SCANNER, **more: object) -> Plugged:
    return Plugged(name=name, driver="d", role=role, device=device, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("end", "state", "wait_s"),
    [
        (Unreachable("gone", "Unplugged.", maybe_applied=False), DeviceState.MISSING, 1),
        (None, DeviceState.MISSING, 1),
        (NeedsPerson("no_paper", "Put paper in."), DeviceState.ATTENTION, 10),
        (Refused("denied", "Not allowed."), DeviceState.ATTENTION, 10),
        (DamagedData("odd", "Odd."), DeviceState.ATTENTION, 10),
        (RuntimeError("a slip"), DeviceState.ATTENTION, 10),
        (TimeoutError(), DeviceState.ATTENTION, 10),
    ],
)
async def test_a_device_that_went_away_is_opened_again(end: Exception | None, state: DeviceState, wait_s: float) -> None:
    clock, gadget = FakeClock(), Gadget([end])
    shelf = Shelf(plugged("front", gadget), clock=clock)
    async with running(shelf.run):
        await eventually(lambda: shelf.states()["front"] is state)
        await asyncio.sleep(0.01)
        clock.move(wait_s - 0.1)
        await asyncio.sleep(0.01)
        assert gadget.runs == 1
        clock.move(0.2)
        await eventually(lambda: gadget.runs == 2)
        await eventually(lambda: shelf.states()["front"] is DeviceState.READY)


class PacedGadget(Gadget):
    """One that says how often it may be asked."""

    poll_s = 30.0


@pytest.mark.parametrize(
    ("end", "wait_s"),
    [
        (Unreachable("gone", "Gone.", maybe_applied=False), 30),
        (Unreachable("busy", "Busy.", maybe_applied=False, retry_after_s=90.0), 90),
        (NeedsPerson("key", "The key is refused."), 30),
    ],
)
async def test_a_device_is_not_opened_more_often_than_it_may_be_asked(end: Exception, wait_s: float) -> None:
    clock, gadget = FakeClock(), PacedGadget([end])
    shelf = Shelf(plugged("pos", gadget), clock=clock)
    async with running(shelf.run):
        await eventually(lambda: shelf.states()["pos"] is not DeviceState.STARTING)
        await asyncio.sleep(0.01)
        clock.move(wait_s - 0.1)
        await asyncio.sleep(0.01)
        assert gadget.runs == 1
        clock.move(0.2)
        await eventually(lambda: gadget.runs == 2)


async def test_a_misconfigured_device_stops_no_other_and_is_not_tried_again() -> None:
    clock, bad, good = FakeClock(), Gadget([InvalidInput("invalid_setting", "No such port.")]), Gadget()
    shelf = Shelf(
        plugged("bad", bad),
        plugged("never", None, problem="No driver.", reason="unknown_driver"),
        plugged("good", good),
        clock=clock,
    )
    async with running(shelf.run):
        await eventually(
            lambda: shelf.states()["good"] is DeviceState.READY and shelf.states()["bad"] is DeviceState.MISCONFIGURED
        )
        clock.move(3_600)
        await asyncio.sleep(0.01)
        assert (bad.runs, good.runs, shelf.states()["never"]) == (1, 1, DeviceState.MISCONFIGURED)
        assert shelf.refusals.totals() == {"setting": {"invalid_setting": 1, "unknown_driver": 1}}


async def test_the_same_code_within_the_window_of_its_scanner_is_one_scan() -> None:
    clock, front, back = FakeClock(), Gadget(), Gadget()
    shelf = Shelf(plugged("front", front), plugged("back", back, repeat_window_s=0.0), clock=clock)
    async with running(shelf.run):
        await eventually(lambda: front.sink is not None and back.sink is not None)
        assert front.sink is not None
        assert back.sink is not None
        for wait_s, text in ((0.0, "A"), (1.4, "A"), (1.4, "A"), (1.6, "A"), (0.0, "B"), (0.0, "A")):
            clock.move(wait_s)
            await front.sink.scan(Code(text))
        await back.sink.scan(Code("A"))
        await back.sink.scan(Code("A"))
        assert shelf.scanned == [("A", "front"), ("A", "front"), ("B", "front"), ("A", "front"), ("A", "back"), ("A", "back")]
        front.sink.refuse_scan("too_long", "Too long.")
        assert shelf.refused == [("front", "too_long")]


@pytest.mark.parametrize(
    "error",
    [InvalidInput("nothing_to_earn", "Too small."), Conflict("receipt_already_used", "Used."), Refused("sale_unknown", "?")],
)
async def test_a_sale_refused_for_good_is_counted_and_the_pos_may_go_on(error: CataBridgeError) -> None:
    pos = Gadget()
    shelf = Shelf(plugged("pos", pos, Role.POS), clock=FakeClock(), sale_error=error)
    async with running(shelf.run):
        await eventually(lambda: pos.sink is not None)
        assert pos.sink is not None
        with pytest.raises(InvalidInput, match=error.reason):
            await pos.sink.sale(SALE)
        assert shelf.refusals.totals() == {"sale": {error.reason: 1}}


async def test_a_sale_that_was_not_saved_is_not_refused() -> None:
    pos = Gadget()
    shelf = Shelf(plugged("pos", pos, Role.POS), clock=FakeClock(), sale_error=NotSaved("disk_full", "Full."))
    async with running(shelf.run):
        await eventually(lambda: pos.sink is not None)
        assert pos.sink is not None
        with pytest.raises(NotSaved):
            await pos.sink.sale(SALE)
        assert shelf.refusals.totals() == {}


async def test_devices_are_found_by_role_and_tried_by_name(tmp_path: Path) -> None:
    printer, pos = PaperPrinter(), BookPos()
    shelf = Shelf(
        plugged("kitchen", printer, Role.PRINTER),
        plugged("till", pos, Role.POS),
        plugged("bad", None, problem="No driver."),
        clock=FakeClock(),
    )
    assert (shelf.printers(), shelf.pos_systems()) == ({"kitchen": printer}, {"till": pos})
    assert await shelf.test("kitchen") == "It works."
    with pytest.raises(Refused, match="device_unknown"):
        await shelf.test("none")
    with pytest.raises(InvalidInput, match="device_misconfigured: No driver"):
        await shelf.test("bad")


def test_a_backup_is_another_printer_or_none() -> None:
    shelf = Shelf(
        plugged("kitchen", PaperPrinter(), Role.PRINTER, backup="bar"),
        plugged("bar", PaperPrinter(), Role.PRINTER, backup="bar"),
        plugged("pass", PaperPrinter(), Role.PRINTER, backup="till"),
        plugged("till", BookPos(), Role.POS),
        clock=FakeClock(),
    )
    assert shelf.backups() == {"kitchen": "bar"}
