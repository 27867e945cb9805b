"""The status of orders: every move of the table, the spellings, conflicts and the race with storing."""

from __future__ import annotations

import pytest

from agent.core.errors import Refused
from agent.core.order_status import OrderStatus, may_follow
from agent.sandbox.modes import Modes
from agent.sandbox.orders import FOLLOWERS, Orders, StatusUpdate
from tests.support.clock import FakeClock
from tests.support.sandbox import Practice


def test_cloud_and_bridge_agree_on_every_move() -> None:
    for old in OrderStatus:
        assert {new for new in OrderStatus if may_follow(old, new)} == FOLLOWERS[old]


@pytest.mark.parametrize("old", list(OrderStatus))
@pytest.mark.parametrize("new", list(OrderStatus))
def test_only_the_moves_of_the_table_are_taken(old: OrderStatus, new: OrderStatus) -> None:
    orders = Orders(FakeClock())
    orders.persist(order_id="O1", outlet_id="x", ref_no="", raw=b"{}").status = old
    if new is not old and new not in FOLLOWERS[old]:
        with pytest.raises(Refused, match="invalid status transition") as refused:
            orders.update("o1", StatusUpdate(literal=new), Modes())
        assert refused.value.status == 409
        assert orders.get("O1").status is old
    else:
        assert orders.update("o1", StatusUpdate(literal=new), Modes()) == (old, new, new is not old)


async def test_a_walk_is_kept_as_history(cloud: Practice) -> None:
    placed = await cloud.control.place_order("latte")
    path = f"/api/v1/orders/{placed.order_id}/status"
    first = await cloud.ok("POST", path, {"status": "ACCEPTED", "posOrderId": "A-7", "timestamp": "2026-11-22T11:05:52+08:00"})
    assert first == {
        "code": 200,
        "isSuccess": True,
        "message": "status updated",
        "orderId": placed.order_id,
        "previousStatus": "PAID",
        "status": "ACCEPTED",
        "changed": True,
    }
    again = await cloud.ok("POST", path, {"status": "ACCEPTED"})
    assert (again["changed"], again["message"]) == (False, "status unchanged")
    for literal in ("in progress", "READY", "DRIVER PICKED_UP", "COMPLETED"):
        await cloud.ok("POST", path, {"status": literal, "timestamp": ""})
    order = await cloud.control.order(placed.order_id)
    assert order.history == ("PAID", "ACCEPTED", "IN_PROGRESS", "READY", "DRIVER_PICKED_UP", "COMPLETED")
    assert order.pos_order_id == "A-7"
    steps = (await cloud.control.state())["orders"][0]["history"]
    assert steps[1]["at"] == "2026-11-22T03:05:52Z"


@pytest.mark.parametrize(
    ("mode", "accepted", "refused"),
    [
        ("underscore", "IN_PROGRESS", "IN PROGRESS"),
        ("space", "IN PROGRESS", "IN_PROGRESS"),
        ("underscore", "ACCEPTED", "accepted"),
    ],
)
async def test_strict_spelling(cloud: Practice, mode: str, accepted: str, refused: str) -> None:
    await cloud.control.modes(status_literals=mode)
    placed = await cloud.control.place_order()
    path = f"/api/v1/orders/{placed.order_id}/status"
    await cloud.error(400, "POST", path, {"status": refused})
    await cloud.ok("POST", path, {"status": accepted})


async def test_refusals_of_a_status(cloud: Practice) -> None:
    await cloud.control.modes(reasons_required=True)
    placed = await cloud.control.place_order()
    path = f"/api/v1/orders/{placed.order_id}/status"
    await cloud.error(400, "POST", path, {"status": "EATEN"})
    await cloud.error(400, "POST", path, {"status": "ACCEPTED", "timestamp": "noon"})
    await cloud.error(400, "POST", path, {"status": "ACCEPTED", "posOrderId": 7})
    await cloud.error(400, "POST", path, {"status": "REJECTED"})
    await cloud.ok("POST", path, {"status": "REJECTED", "reason": "sold out"})
    await cloud.error(409, "POST", path, {"status": "ACCEPTED"})
    await cloud.error(404, "POST", "/api/v1/orders/nothing/status", {"status": "ACCEPTED"})


async def test_a_status_may_race_with_storing_and_with_another_writer(cloud: Practice) -> None:
    placed = await cloud.control.place_order("latte", unseen_times=2, conflict_times=1)
    path = f"/api/v1/orders/{placed.order_id}/status"
    for expected in (404, 404, 409):
        await cloud.error(expected, "POST", path, {"status": "ACCEPTED"})
    await cloud.ok("POST", path, {"status": "ACCEPTED"})


async def test_the_cloud_can_cancel_by_itself(cloud: Practice) -> None:
    placed = await cloud.control.place_order()
    await cloud.control.move_order(placed.order_id, "CANCELLED", "customer")
    await cloud.error(409, "POST", f"/api/v1/orders/{placed.order_id}/status", {"status": "ACCEPTED"})


async def test_vendor_native_status_is_not_practised(cloud: Practice) -> None:
    await cloud.error(404, "POST", "/api/v1/inbound/revel/order-status", {})
