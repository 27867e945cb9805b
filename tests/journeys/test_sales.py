"""Sales of the POS: they earn at once or wait for their member, and a sale taken back takes its points with it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.support.outlet import Shop, eventually, shop
from tests.support.sandbox import MEI, MEI_CODE


def sale(receipt: str = "R-1", amount: str = "12.50", **more: object) -> dict[str, object]:
    return {"receipt": receipt, "amount": amount, **more}


async def balance(one: Shop, wanted: int) -> None:
    async def look() -> bool:
        return await one.practice.control.balance(MEI) == wanted

    await eventually(look)


async def claimable(one: Shop) -> list[Any]:
    return list((await one.till.get("/v1/sales?claimable=true"))["sales"])


async def test_a_sale_with_a_member_earns_at_once(tmp_path: Path) -> None:
    async with shop(tmp_path) as one:
        answer = await one.till.post("/v1/sales", sale(member={"identifier": MEI_CODE}))
        assert answer.body["state"] == "claimed"
        await balance(one, 287)
        assert await claimable(one) == []


async def test_a_sale_without_a_member_waits_and_is_claimed_once(tmp_path: Path) -> None:
    async with shop(tmp_path) as one:
        await one.till.post("/v1/sales", sale())
        await one.till.post("/v1/sales", sale())
        assert [row["receipt"] for row in await claimable(one)] == ["R-1"]
        first = await one.till.post("/v1/sales/R-1/claim", {"member": {"uuid": MEI}})
        again = await one.till.post("/v1/sales/R-1/claim", {"member": {"identifier": MEI_CODE}})
        other = await one.till.post("/v1/sales/R-1/claim", {"member": {"identifier": "KK-RAJ-002"}})
        assert (first.status, again.status, other.status) == (201, 200, 409)
        await balance(one, 287)
        assert await claimable(one) == []


async def test_a_sale_and_an_earn_of_the_same_receipt_are_one_intent(tmp_path: Path) -> None:
    async with shop(tmp_path) as one:
        earned = await one.till.post("/v1/loyalty/earn", {"member": {"uuid": MEI}, "amount": "12.50", "receipt": "R-1"})
        await one.till.post("/v1/sales", sale(member={"uuid": MEI}))
        await one.till.ended(earned.body["id"])
        await balance(one, 287)


async def test_another_amount_for_the_same_sale_is_refused(tmp_path: Path) -> None:
    async with shop(tmp_path) as one:
        await one.till.post("/v1/sales", sale())
        refused = await one.till.post("/v1/sales", sale(amount="13.00"))
        assert (refused.status, refused.reason) == (409, "receipt_already_used")


async def test_a_sale_taken_back_before_it_was_sent_never_happens(tmp_path: Path) -> None:
    async with shop(tmp_path) as one:
        await one.offline()
        await one.till.post("/v1/sales", sale(member={"uuid": MEI}))
        await one.till.post("/v1/sales", sale(void=True))
        await one.practice.control.restore()
        await one.online()
        assert (await one.till.get("/v1/status"))["outbox"]["pending"] == 0
        assert await one.practice.control.balance(MEI) == 275


async def test_a_sale_taken_back_after_it_was_confirmed_is_compensated_once(tmp_path: Path) -> None:
    async with shop(tmp_path) as one:
        await one.till.post("/v1/sales", sale(member={"uuid": MEI}))
        await balance(one, 287)
        for _ in range(2):
            await one.till.post("/v1/sales", sale(void=True))
        await balance(one, 275)
        entries = (await one.till.get("/v1/outbox?limit=500"))["entries"]
        assert [entry["kind"] for entry in entries] == ["earn", "burn"]


async def test_a_sale_taken_back_while_its_points_are_on_the_way_is_compensated_later(tmp_path: Path) -> None:
    async with shop(tmp_path) as one:
        await one.practice.control.fault("delay", "/api/v1/loyalty/earn-points", delay_s=1.0, times=1)
        await one.till.post("/v1/sales", sale(member={"uuid": MEI}))

        async def sending() -> bool:
            return any(entry["state"] == "sending" for entry in (await one.till.get("/v1/outbox"))["entries"])

        await eventually(sending)
        await one.till.post("/v1/sales", sale(void=True))

        async def compensated() -> bool:
            entries = (await one.till.get("/v1/outbox"))["entries"]
            return [entry["outcome"] for entry in entries] == ["confirmed", "confirmed"]

        await eventually(compensated)
        await balance(one, 275)


async def test_sale_files_are_taken_in_and_bad_ones_set_aside_with_the_reason(tmp_path: Path) -> None:
    pos = tmp_path / "pos"
    config = f'[[devices]]\nname = "pos"\ndriver = "pos-drop-folder"\nfolder = "{pos}"\npoll_s = 0.05\n'
    pos.mkdir()
    async with shop(tmp_path, config) as one:
        (pos / "sales").mkdir(parents=True, exist_ok=True)
        (pos / "sales" / "bad.json").write_text("{not json")
        (pos / "sales" / "good.json").write_text(json.dumps({"receipt": "R-7", "amount": "8.00", "member": MEI_CODE}))
        await balance(one, 283)

        async def aside() -> bool:
            return bool(list((pos / "sales" / "failed").glob("*.err.txt")))

        await eventually(aside)
        (reason,) = (pos / "sales" / "failed").glob("*.err.txt")
        assert reason.read_text().strip()
        assert (pos / "sales" / "failed" / "bad.json").exists()
