"""Redeeming without a connection over real sockets: the switch, the cut, the grant, the slip, and what becomes of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.support.outlet import Shop, eventually, shop
from tests.support.sandbox import MEI, MEI_CODE

PIN = "4711"
BOUNDED = """
[loyalty]
offline_burn = "bounded"

[loyalty.offline]
point_value = 1
device_cap = 1.50
devices = 4
member_grants_a_day = 9
"""


@asynccontextmanager
async def allowed(folder: Path) -> AsyncIterator[Shop]:
    """An outlet where a manager has switched it on."""
    async with shop(folder, BOUNDED, start=False) as one:
        one.env["CATA_BRIDGE_SECRET_MANAGER_PIN"] = PIN
        await one.start()
        await one.online()
        await switched_on(one)
        yield one


async def switched_on(one: Shop) -> None:
    standing = await one.till.get("/v1/offline-burn")
    assert standing["worst_case"] == {"minor": 600, "currency": "SGD"}
    answer = await one.till.post("/v1/offline-burn/on", {"worst_case": "6.00", "pin": PIN, "by": "Ann"})
    assert (answer.status, answer.body["on"]) == (200, True), answer


async def scanned(one: Shop) -> str:
    scan = (await one.till.post("/v1/scans", {"code": MEI_CODE})).body
    assert scan["member"]["uuid"] == MEI
    return str(scan["scan_id"])


async def cut(one: Shop) -> None:
    """Until the agent is sure."""
    await one.offline()
    await eventually(lambda: broken(one))


async def broken(one: Shop) -> bool:
    return one.agent.parts.offline_burn._line.is_broken


def burn(scan_id: str, points: int = 100, receipt: str = "R-1", **more: object) -> dict[str, object]:
    return {"member": {"uuid": MEI}, "points": points, "receipt": receipt, "scan_id": scan_id, **more}


async def granted(one: Shop, scan_id: str, points: int = 100, receipt: str = "R-1") -> Any:
    answer = await one.till.post("/v1/loyalty/burn", burn(scan_id, points, receipt))
    assert (answer.status, answer.body["outcome"]) == (201, "queued"), answer
    assert answer.body["grant"]["value"] == {"minor": points, "currency": "SGD"}
    return answer.body


async def back(one: Shop) -> None:
    await one.practice.control.restore()
    await one.online()


async def test_cut_granted_and_settled_first_when_the_line_is_back(tmp_path: Path) -> None:
    async with allowed(tmp_path) as one:
        scan_id = await scanned(one)
        await cut(one)
        earns = [
            (await one.till.post("/v1/loyalty/earn", {"member": {"identifier": f"+659123000{number}"}, "points": 1})).body
            for number in (2, 3)
        ]
        entry = await granted(one, scan_id)
        assert len(entry["grant"]["slip"]) == 4
        again = await one.till.post("/v1/loyalty/burn", burn(scan_id))
        assert (again.status, again.body["grant"]) == (200, entry["grant"])
        refused = await one.till.post("/v1/loyalty/burn", burn(scan_id, 10, "R-2"))
        assert refused.body["error"]["reason"] == "offline_member_limit"
        await back(one)
        ended = await one.till.ended(entry["id"])
        assert (ended["outcome"], ended["grant"]) == ("confirmed", entry["grant"])
        later = [await one.till.ended(each["id"]) for each in earns]
        assert all(ended["settled_at"] <= each["settled_at"] for each in later if each["settled_at"])
        assert await one.practice.control.balance(MEI) == 175
        assert (await one.till.get("/v1/offline-burn"))["granted"]["minor"] == 0


async def test_points_spent_elsewhere_are_a_shortfall_that_a_manager_sees(tmp_path: Path) -> None:
    async with allowed(tmp_path) as one:
        scan_id = await scanned(one)
        at_another_till = {"customerUuid": MEI, "points": 200, "refCode": "another-till-1"}
        await one.practice.ok("POST", "/api/v1/loyalty/use-points", at_another_till)
        await cut(one)
        entry = await granted(one, scan_id)
        await back(one)
        ended = await one.till.ended(entry["id"])
        assert (ended["state"], ended["outcome"], ended["error"]["reason"]) == ("settled", "declined", "shortfall")
        assert "SGD 1.00" in ended["error"]["message"]
        assert await one.practice.control.balance(MEI) == 75

        async def told() -> bool:
            return str((await one.till.get("/v1/status"))["sentence"]).endswith("OFB-02")

        await eventually(told)
        probes = (await one.till.get("/v1/doctor"))["probes"]
        assert any(probe["name"] == "offline burn" and not probe["ok"] for probe in probes)
        assert (await one.till.post("/v1/offline-burn/seen", {"pin": PIN})).body["unseen"] == 0


async def test_the_cap_switches_the_mode_off_until_a_manager_switches_it_on(tmp_path: Path) -> None:
    async with allowed(tmp_path) as one:
        scan_id = await scanned(one)
        raj = (await one.till.post("/v1/scans", {"code": "KK-RAJ-002"})).body
        await cut(one)
        await granted(one, scan_id)
        over = {**burn(raj["scan_id"], 51, "R-2"), "member": {"uuid": raj["member"]["uuid"]}}
        refused = await one.till.post("/v1/loyalty/burn", over)
        assert refused.body["error"]["reason"] == "offline_device_cap"
        off = await one.till.post("/v1/loyalty/burn", {**over, "points": 1})
        assert (off.body["error"]["reason"], (await one.till.get("/v1/offline-burn"))["why"]) == ("offline", "cap_hit")
        await one.stop()
        await one.practice.control.restore()
        await one.start()
        await one.online()
        assert (await one.till.get("/v1/offline-burn"))["why"] == "cap_hit"
        await switched_on(one)
