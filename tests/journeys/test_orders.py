"""Paid orders: taken once, shown, printed, put into the POS, and their fate told to the cloud in order."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from agent.core.http import HttpRequest
from tests.support.outlet import Shop, eventually, shop
from tests.support.sandbox import OUTLET

DEVICES = """
[[devices]]
name = "kitchen"
driver = "simulated-printer"
folder = "{folder}/tickets"

[[devices]]
name = "pos"
driver = "pos-drop-folder"
folder = "{folder}/pos"
poll_s = 0.05
"""


@asynccontextmanager
async def kitchen(folder: Path, extra: str = "") -> AsyncIterator[Shop]:
    (folder / "pos").mkdir()
    async with shop(folder, extra + DEVICES.format(folder=folder)) as one:
        await one.register()
        yield one


async def open_orders(one: Shop) -> list[Any]:
    return list((await one.till.get("/v1/orders?state=open"))["orders"])


async def printed(one: Shop, order_id: str) -> Any:
    async def look() -> Any:
        order = await one.till.get(f"/v1/orders/{order_id}")
        return order if order["printed"] and order["pos_order_id"] else None

    return await eventually(look)


async def history(one: Shop, order_id: str, last: str) -> tuple[str, ...]:
    async def look() -> Any:
        row = await one.practice.control.order(order_id)
        return row.history if row.status == last else None

    found: tuple[str, ...] = await eventually(look)
    return found


async def test_an_order_walks_from_paid_to_completed(tmp_path: Path) -> None:
    async with kitchen(tmp_path) as one:
        placed = await one.practice.control.place_order()
        assert placed.dispatched
        order = await printed(one, placed.order_id)
        assert (order["status"], order["unacknowledged"]) == ("PAID", True)
        assert len(list((tmp_path / "tickets").iterdir())) == 1
        assert len(list((tmp_path / "pos" / "orders").glob("*.json"))) == 1
        for status in ("ACCEPTED", "IN_PROGRESS", "READY", "COMPLETED"):
            moved = await one.till.post(f"/v1/orders/{placed.order_id}/status", {"status": status})
            assert (moved.status, moved.body["unacknowledged"]) == (200, False)
        assert await history(one, placed.order_id, "COMPLETED") == ("PAID", "ACCEPTED", "IN_PROGRESS", "READY", "COMPLETED")
        assert await open_orders(one) == []


async def test_a_jump_tells_the_cloud_every_step(tmp_path: Path) -> None:
    async with kitchen(tmp_path) as one:
        placed = await one.practice.control.place_order()
        await one.till.post(f"/v1/orders/{placed.order_id}/status", {"status": "READY"})
        assert await history(one, placed.order_id, "READY") == ("PAID", "ACCEPTED", "IN_PROGRESS", "READY")


async def test_a_rejection_needs_a_reason_and_is_told(tmp_path: Path) -> None:
    async with kitchen(tmp_path) as one:
        placed = await one.practice.control.place_order()
        path = f"/v1/orders/{placed.order_id}/status"
        refused = await one.till.post(path, {"status": "REJECTED"})
        assert (refused.status, refused.reason) == (422, "reason_missing")
        assert (await one.till.post(path, {"status": "REJECTED", "reason": "ITEM_UNAVAILABLE no laksa"})).status == 200
        assert await history(one, placed.order_id, "REJECTED") == ("PAID", "REJECTED")


async def test_an_illegal_step_is_refused_here_already(tmp_path: Path) -> None:
    async with kitchen(tmp_path) as one:
        placed = await one.practice.control.place_order()
        path = f"/v1/orders/{placed.order_id}/status"
        await one.till.post(path, {"status": "READY"})
        back = await one.till.post(path, {"status": "ACCEPTED"})
        assert (back.status, back.reason) == (409, "illegal_status")


async def test_a_duplicate_delivery_is_one_ticket_and_the_same_answer(tmp_path: Path) -> None:
    async with kitchen(tmp_path) as one:
        placed = await one.practice.control.place_order(duplicate=True)
        again = await one.practice.control.redispatch(placed.order_id)
        assert again.dispatched
        order = await printed(one, placed.order_id)
        assert order["deliveries"] == 2  # the same delivery id counts once, the redispatch once more
        assert len(await open_orders(one)) == 1
        assert len(list((tmp_path / "tickets").iterdir())) == 1


async def test_forged_stale_and_unsigned_deliveries_leave_no_trace(tmp_path: Path) -> None:
    async with kitchen(tmp_path) as one:
        for options in ({"bad_signature": True}, {"unsigned": True}, {"stale_s": 3600}):
            placed = await one.practice.control.place_order(**options)
            assert (placed.dispatched, placed.reason) == (False, "webhook returned 401")
        assert (await one.till.get("/v1/orders?state=all"))["orders"] == []


async def test_a_delivery_for_another_outlet_is_refused(tmp_path: Path) -> None:
    async with kitchen(tmp_path) as one:
        sample = json.loads(await raw_sample(one))
        sample["outletId"] = "11111111-1111-4111-8111-111111111111"
        placed = await one.practice.control.place_raw(json.dumps(sample).encode())
        assert placed.reason == "webhook returned 409"
        path = f"{one.agent.webhook_url}/cata/orders/11111111-1111-4111-8111-111111111111"
        answer = await one.http.send(
            HttpRequest(method="POST", url=path, headers={"Content-Type": "application/json"}, body=b"{}")
        )
        assert answer.status == 404
        assert await open_orders(one) == []


async def test_an_oversized_delivery_is_refused_before_it_is_read(tmp_path: Path) -> None:
    async with kitchen(tmp_path) as one:
        sample = json.loads(await raw_sample(one))
        sample["notes"] = "x" * (1024 * 1024 + 1)
        placed = await one.practice.control.place_raw(json.dumps(sample).encode())
        assert placed.reason == "webhook returned 413"
        assert await open_orders(one) == []


async def test_a_status_that_the_cloud_refuses_three_times_goes_to_a_person(tmp_path: Path) -> None:
    async with kitchen(tmp_path) as one:
        placed = await one.practice.control.place_order()
        await one.practice.control.move_order(placed.order_id, "CANCELLED", "customer called")
        await one.till.post(f"/v1/orders/{placed.order_id}/status", {"status": "ACCEPTED"})

        async def parked() -> Any:
            return (await one.till.get("/v1/outbox?state=parked"))["entries"]

        (entry,) = await eventually(parked)
        assert (entry["attempts"], entry["error"]["reason"]) == (3, "status_conflict")


async def test_statuses_set_without_a_line_arrive_in_order_later(tmp_path: Path) -> None:
    async with kitchen(tmp_path) as one:
        placed = await one.practice.control.place_order()
        await one.practice.control.cut()
        for status in ("ACCEPTED", "IN_PROGRESS", "READY"):
            await one.till.post(f"/v1/orders/{placed.order_id}/status", {"status": status})
        await one.practice.control.restore()
        assert await history(one, placed.order_id, "READY") == ("PAID", "ACCEPTED", "IN_PROGRESS", "READY")


async def test_an_order_the_cloud_has_not_stored_yet_is_told_again(tmp_path: Path) -> None:
    async with kitchen(tmp_path) as one:
        placed = await one.practice.control.place_order()
        await one.practice.control.fault("status", "/api/v1/orders/*/status", status=404, times=2)
        await one.till.post(f"/v1/orders/{placed.order_id}/status", {"status": "ACCEPTED"})
        assert await history(one, placed.order_id, "ACCEPTED") == ("PAID", "ACCEPTED")


async def test_the_other_spelling_of_in_progress_is_tried_once_and_remembered(tmp_path: Path) -> None:
    async with kitchen(tmp_path) as one:
        await one.practice.control.modes(status_literals="space")
        for _ in range(2):
            placed = await one.practice.control.place_order()
            await one.till.post(f"/v1/orders/{placed.order_id}/status", {"status": "IN_PROGRESS"})
            assert (await history(one, placed.order_id, "IN_PROGRESS"))[-1] == "IN_PROGRESS"
        refused = [row for row in (await one.practice.control.state())["calls"] if row.get("status") == 400]
        assert len(refused) <= 1


async def test_auto_accept_answers_for_the_staff(tmp_path: Path) -> None:
    async with kitchen(tmp_path, "[orders]\nauto_accept = true\n") as one:
        placed = await one.practice.control.place_order()
        assert await history(one, placed.order_id, "ACCEPTED") == ("PAID", "ACCEPTED")
        (order,) = await open_orders(one)
        assert (order["status"], order["unacknowledged"]) == ("ACCEPTED", False)


async def test_a_reprint_is_marked_as_a_copy(tmp_path: Path) -> None:
    async with kitchen(tmp_path) as one:
        placed = await one.practice.control.place_order()
        await printed(one, placed.order_id)
        assert (await one.till.post(f"/v1/orders/{placed.order_id}/print")).body == {"copy": 2}

        async def second() -> Any:
            texts = [path.read_text() for path in (tmp_path / "tickets").iterdir()]
            return [text for text in texts if "COPY 2" in text]

        await eventually(second)


async def test_orders_survive_a_restart_without_a_second_print(tmp_path: Path) -> None:
    async with kitchen(tmp_path) as one:
        placed = await one.practice.control.place_order()
        await printed(one, placed.order_id)
        await one.stop()
        await one.start()
        (order,) = await open_orders(one)
        assert (order["id"], order["printed"]) == (placed.order_id, 1)
        assert len(list((tmp_path / "tickets").iterdir())) == 1


async def test_a_rotated_secret_and_the_one_before_are_both_taken(tmp_path: Path) -> None:
    async with kitchen(tmp_path) as one:
        await one.agent.parts.webhook_secrets.replace("whsec_something_newer")
        assert (await one.practice.control.place_order()).dispatched


async def raw_sample(one: Shop) -> bytes:
    """An order as the cloud would send it, that was never delivered here."""
    placed = await one.practice.control.place_order(bad_signature=True)
    state = await one.practice.control.state()
    (row,) = [order for order in state["orders"] if order["id"] == placed.order_id]
    return json.dumps(json.loads(row["raw"]) | {"orderId": "22222222-2222-4222-8222-222222222222", "outletId": OUTLET}).encode()
