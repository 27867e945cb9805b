"""A delivery is believed only when it is genuine, and answered only when it is durable."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from agent.core.entry import EntryKind
from agent.core.errors import NotSaved, Refused
from agent.core.events import OrderChanged
from agent.core.order import HandoffTarget
from agent.core.order_status import OrderStatus
from agent.core.signing import CATA_TIMED
from agent.flows.line.state import Line
from agent.flows.orders.intake import Intake, IntakeRules
from tests.support.desk import LINE
from tests.support.shop import ORDER, OUTLET, SECRET, Shop, open_shop, order_json, read, signed

TARGETS = [(HandoffTarget.PRINTER, "kitchen"), (HandoffTarget.POS, "till-pos")]


class Door:
    """An intake with its surroundings."""

    def __init__(
        self,
        shop: Shop,
        *,
        secrets: Sequence[str] = (SECRET,),
        cloud_now: Callable[[], datetime | None] = lambda: None,
        **rules: object,
    ) -> None:
        self.woken = 0
        self.intake = Intake(
            shop.orders,
            shop.audit,
            read,
            shop.recorder,
            shop.bus,
            secrets=lambda: secrets,
            targets=lambda: TARGETS,
            arrived=self._wake,
            clock=shop.clock,
            ids=shop.ids,
            rules=IntakeRules(**({"outlet_id": OUTLET} | rules)),  # type: ignore[arg-type]
            cloud_now=cloud_now,
        )

    def _wake(self) -> None:
        self.woken += 1

    async def refusal(self, headers: dict[str, str], body: bytes, outlet: str = OUTLET) -> Refused:
        with pytest.raises(Refused) as refused:
            await self.intake.receive(outlet, headers, body)
        return refused.value


async def test_a_genuine_order_is_kept_handed_out_and_announced(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        door, body = Door(shop), order_json()
        assert await door.intake.receive(OUTLET.upper(), signed(body, shop.clock), body) == ORDER
        (order,) = await shop.orders.open()
        assert (order.status, order.unacknowledged, order.deliveries) == (OrderStatus.PAID, True, 1)
        handoffs = await shop.orders.due_handoffs()
        assert [(handoff.target, handoff.device) for handoff in handoffs] == TARGETS
        assert door.woken == 1
        assert any(isinstance(event, OrderChanged) for event in await shop.published())
        assert await shop.entries() == []


async def test_the_same_delivery_and_the_same_order_again_make_no_second_ticket(tmp_path: Path) -> None:
    """I8."""
    async with open_shop(tmp_path) as shop:
        door, body = Door(shop), order_json()
        answers = [await door.intake.receive(OUTLET, signed(body, shop.clock, delivery=name), body) for name in ("a", "a", "b")]
        assert answers == [ORDER] * 3
        (order,) = await shop.orders.open()
        assert order.deliveries == 2
        assert len(await shop.orders.due_handoffs()) == len(TARGETS)
        assert door.woken == 1


async def test_a_rule_may_accept_at_once_and_tells_the_cloud_in_the_same_breath(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        door, body = Door(shop, auto_accept=True), order_json()
        for delivery in ("a", "b"):
            await door.intake.receive(OUTLET, signed(body, shop.clock, delivery=delivery), body)
        (order,) = await shop.orders.open()
        assert (order.status, order.unacknowledged) == (OrderStatus.ACCEPTED, False)
        (entry,) = await shop.entries()
        assert (entry.kind, entry.lane, entry.payload["status"]) == (EntryKind.ORDER_STATUS, f"order:{ORDER}", "ACCEPTED")
        assert shop.nudges == ["nudge"]


@pytest.mark.parametrize("secret", [SECRET, "whsec_previous"])
async def test_during_a_rotation_both_secrets_are_good(tmp_path: Path, secret: str) -> None:
    async with open_shop(tmp_path) as shop:
        door, body = Door(shop, secrets=[SECRET, "whsec_previous"]), order_json()
        assert await door.intake.receive(OUTLET, signed(body, shop.clock, secret=secret), body) == ORDER


async def test_the_timestamp_may_be_part_of_what_is_signed(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        body = order_json()
        headers = signed(body, shop.clock, recipe=CATA_TIMED)
        assert (await Door(shop, signature="body").refusal(headers, body)).reason == "bad_signature"
        assert await Door(shop, signature="ts.body").intake.receive(OUTLET, headers, body) == ORDER
        assert await Door(shop).intake.receive(OUTLET, headers, body) == ORDER


async def test_forged_unsigned_and_misdirected_deliveries_leave_nothing_behind(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        door, body = Door(shop), order_json()
        good = signed(body, shop.clock)
        forged = await door.refusal(good, body + b" ")
        unsigned = await door.refusal(good | {"x-cata-signature": " "}, body)
        elsewhere = await door.refusal(good, body, outlet="another-outlet")
        no_secret = await Door(shop, secrets=["", ""]).refusal(good, body)
        not_set_up = await Door(shop, outlet_id="").refusal(good, body, outlet="")
        assert [(error.status, error.reason) for error in (forged, unsigned, elsewhere, no_secret, not_set_up)] == [
            (401, "bad_signature"),
            (401, "signature_missing"),
            (404, "outlet_unknown"),
            (401, "secret_missing"),
            (404, "outlet_unknown"),
        ]
        assert door.intake.refused == {"bad_signature": 1, "signature_missing": 1, "outlet_unknown": 1}
        assert await shop.orders.all(10) == []
        assert door.woken == 0


@pytest.mark.parametrize("age_s", [301, -301])
async def test_a_delivery_from_another_time_is_stale(tmp_path: Path, age_s: int) -> None:
    async with open_shop(tmp_path) as shop:
        door, body = Door(shop), order_json()
        refused = await door.refusal(signed(body, shop.clock, age_s=age_s), body)
        assert (refused.status, refused.reason) == (401, "stale_delivery")
        assert await Door(shop, tolerance_s=0).intake.receive(OUTLET, signed(body, shop.clock, age_s=age_s), body) == ORDER


@pytest.mark.parametrize("wrong_by_s", [-2 * 86_400, 2 * 86_400, 10 * 365 * 86_400])
async def test_a_wrong_clock_of_this_computer_loses_no_order(tmp_path: Path, wrong_by_s: int) -> None:
    """Fault 39: Cata sends an order once, and has said itself what time it is."""
    async with open_shop(tmp_path) as shop:
        line = Line(LINE, clock=shop.clock, ids=shop.ids, changed=lambda: None)
        line.succeeded(latency_s=0.01, cloud_time=shop.clock.now())
        door, body = Door(shop, cloud_now=line.cloud_now), order_json()
        shop.clock.move(60)
        headers, old = signed(body, shop.clock), signed(body, shop.clock, age_s=301)
        shop.clock.jump(wrong_by_s)
        assert (await door.refusal(old, body)).reason == "stale_delivery"
        assert await door.intake.receive(OUTLET, headers, body) == ORDER


@pytest.mark.parametrize("form", ["s", "ms", "rfc"])
async def test_every_way_to_write_the_time_is_judged(tmp_path: Path, form: str) -> None:
    async with open_shop(tmp_path) as shop:
        door, body = Door(shop), order_json()
        for age_s, is_good in ((10, True), (3600, False)):
            sent = shop.clock.now() - timedelta(seconds=age_s)
            seconds = int(sent.timestamp())
            stamp = {"s": str(seconds), "ms": str(seconds * 1000), "rfc": sent.isoformat()}[form]
            headers = signed(body, shop.clock) | {"x-cata-timestamp": stamp}
            if is_good:
                assert await door.intake.receive(OUTLET, headers, body) == ORDER
            else:
                assert (await door.refusal(headers, body)).reason == "stale_delivery"


@pytest.mark.parametrize("stamp", ["", "yesterday", "9" * 30])
async def test_a_time_nobody_can_read_does_not_lose_an_order(tmp_path: Path, stamp: str) -> None:
    async with open_shop(tmp_path) as shop:
        body = order_json()
        headers = signed(body, shop.clock) | {"x-cata-timestamp": stamp}
        assert await Door(shop).intake.receive(OUTLET, headers, body) == ORDER


async def test_events_of_tomorrow_are_kept_and_answered(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        door, body = Door(shop), b'{"anything": true}'
        headers = signed(body, shop.clock) | {"x-cata-event": "order.\ncancelled" + "x" * 500}
        assert await door.intake.receive(OUTLET, headers, body) == ""
        assert door.intake.unknown_events == 1
        kept = await shop.database.read(lambda conn: [row["event"] for row in conn.execute("SELECT event FROM events")])
        assert kept[0].startswith("order. cancelled")
        assert len(kept[0]) == 128
        assert await shop.orders.all(10) == []


async def test_a_missing_event_name_is_taken_for_a_paid_order(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        body = order_json()
        headers = {key: value for key, value in signed(body, shop.clock).items() if key == "x-cata-signature"}
        assert await Door(shop).intake.receive(OUTLET, headers, body) == ORDER


async def test_a_signed_order_nobody_can_read_is_kept_and_shouted_about(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        door, body = Door(shop), order_json(items=[])
        assert door.intake.complaint() == ""
        refused = await door.refusal(signed(body, shop.clock), body)
        assert (refused.status, refused.reason) == (422, "order_unreadable")
        assert door.intake.complaint().startswith("A paid order from Cata could not be read.")
        kept = await shop.database.read(lambda conn: conn.execute("SELECT event, raw FROM events").fetchall())
        assert [row["event"] for row in kept] == ["order_unreadable"]
        assert body not in kept[0]["raw"]
        assert [line.subject for line in await shop.audit.latest()] == ["d-1"]
        await door.refusal(signed(body, shop.clock, delivery="d-2"), body)
        assert door.intake.complaint().startswith("2 paid orders")


async def test_an_order_for_another_outlet_is_refused_audited_and_not_shown(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        door, body = Door(shop), order_json(outletId="another-outlet")
        refused = await door.refusal(signed(body, shop.clock), body)
        assert (refused.status, refused.reason) == (409, "wrong_outlet")
        assert await shop.orders.all(10) == []
        (line,) = await shop.audit.latest()
        assert (line.subject, line.reason) == (ORDER, "wrong_outlet")


async def test_an_order_that_names_no_outlet_is_ours(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        body = order_json(outletId=None)
        assert await Door(shop).intake.receive(OUTLET, signed(body, shop.clock), body) == ORDER


async def test_what_could_not_be_saved_is_not_promised(tmp_path: Path) -> None:
    """I1, I7."""
    async with open_shop(tmp_path) as shop:
        door, body = Door(shop), order_json()
        await shop.database.close()
        with pytest.raises(NotSaved):
            await door.intake.receive(OUTLET, signed(body, shop.clock), body)
        assert door.intake.refused == {"not_saved": 1}
        assert door.woken == 0


async def test_only_the_first_refusal_of_a_streak_is_loud(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with open_shop(tmp_path) as shop:
        door, body = Door(shop), order_json()
        with caplog.at_level(logging.DEBUG, "agent.flows.orders.intake"):
            for _ in range(3):
                await door.refusal({}, body)
        levels = [record.levelno for record in caplog.records if "delivery refused" in record.message]
        assert levels == [logging.WARNING, logging.DEBUG, logging.DEBUG]
