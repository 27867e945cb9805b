"""What stops at the cloud stops visibly, loses nothing, and goes on by itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.support.outlet import Shop, eventually, shop
from tests.support.sandbox import MEI


async def earn(one: Shop, receipt: str = "R-1") -> Any:
    return (await one.till.post("/v1/loyalty/earn", {"member": {"uuid": MEI}, "points": 10, "receipt": receipt})).body


async def state(one: Shop, wanted: str) -> Any:
    async def look() -> Any:
        status = await one.till.get("/v1/status")
        return status if status["state"] == wanted else None

    return await eventually(look)


async def test_a_revoked_key_pauses_everything_parks_nothing_and_a_good_one_resumes(tmp_path: Path) -> None:
    async with shop(tmp_path) as one:
        await one.practice.control.revoke_key()
        entries = [await earn(one, f"R-{number}") for number in range(3)]
        status = await state(one, "attention")
        assert status["sender"]["paused_reason"] == "key_refused"
        assert status["outbox"] == {"pending": 3, "parked": 0, "oldest_s": status["outbox"]["oldest_s"]}
        burn = await one.till.post("/v1/loyalty/burn", {"member": {"uuid": MEI}, "points": 5, "receipt": "R-9"})
        assert (burn.body["outcome"], burn.body["error"]["reason"]) == ("declined", "key_refused")
        await one.practice.control.restore_key()
        for entry in entries:
            assert (await one.till.ended(entry["id"]))["outcome"] == "confirmed"
        assert await one.practice.control.balance(MEI) == 305


async def test_a_tenant_without_loyalty_pauses_loyalty_alone(tmp_path: Path) -> None:
    async with shop(tmp_path) as one:
        await one.register()
        await one.practice.control.modes(loyalty_configured=False)
        entry = await earn(one)
        assert (await state(one, "attention"))["sender"]["paused_reason"] == "loyalty_not_configured"
        placed = await one.practice.control.place_order()
        await one.till.post(f"/v1/orders/{placed.order_id}/status", {"status": "ACCEPTED"})

        async def accepted() -> bool:
            return (await one.practice.control.order(placed.order_id)).status == "ACCEPTED"

        await eventually(accepted)
        assert (await one.till.entry(entry["id"]))["state"] == "pending"
        await one.practice.control.modes(loyalty_configured=True)
        assert (await one.till.ended(entry["id"]))["outcome"] == "confirmed"


async def test_a_captive_portal_is_a_line_that_is_down(tmp_path: Path) -> None:
    async with shop(tmp_path) as one:
        fault = await one.practice.control.fault("html", "*", times=None)
        entry = await earn(one)
        status = await state(one, "offline")
        assert status["sender"]["paused_reason"] == "captive_portal"
        assert (await one.till.entry(entry["id"]))["state"] in {"pending", "sending"}
        await one.practice.control.clear_faults(fault)
        assert (await one.till.ended(entry["id"]))["outcome"] == "confirmed"
        assert await one.practice.control.balance(MEI) == 285


async def test_an_outage_is_noticed_and_its_end_too(tmp_path: Path) -> None:
    async with shop(tmp_path) as one:
        await state(one, "ready")
        await one.offline()
        status = await state(one, "offline")
        assert status["cloud"]["last_ok_at"]
        await one.practice.control.restore()
        await state(one, "ready")


async def test_a_slow_cloud_does_not_hold_up_another_member(tmp_path: Path) -> None:
    async with shop(tmp_path) as one:
        await one.practice.control.fault("delay", "/api/v1/loyalty/earn-points", delay_s=2.0, times=1)
        slow = await earn(one, "R-1")
        other = (
            await one.till.post("/v1/loyalty/earn", {"member": {"identifier": "KK-RAJ-002"}, "points": 1, "wait_s": 20})
        ).body
        assert other["outcome"] == "confirmed"
        assert (await one.till.entry(slow["id"]))["state"] == "sending"
        assert (await one.till.ended(slow["id"]))["outcome"] == "confirmed"


async def test_the_doctor_names_the_first_broken_link(tmp_path: Path) -> None:
    async with shop(tmp_path) as one:
        healthy = (await one.till.get("/v1/doctor"))["probes"]
        assert all(probe["ok"] for probe in healthy)
        await one.practice.control.revoke_key()
        broken = next(probe for probe in (await one.till.get("/v1/doctor"))["probes"] if not probe["ok"])
        assert broken["name"] == "key"
        assert broken["who"]
        await one.practice.control.cut()
        broken = next(probe for probe in (await one.till.get("/v1/doctor"))["probes"] if not probe["ok"])
        assert broken["name"] == "connection"
