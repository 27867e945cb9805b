"""Points for a purchase: once, whatever happens to the line."""

from __future__ import annotations

from pathlib import Path

from tests.support.outlet import shop
from tests.support.sandbox import MEI, MEI_CODE


async def test_an_earn_online_is_saved_then_confirmed(tmp_path: Path) -> None:
    async with shop(tmp_path) as one:
        answer = await one.till.post("/v1/loyalty/earn", {"member": {"uuid": MEI}, "amount": "24.50", "receipt": "R-1"})
        assert answer.status == 201
        assert answer.body["outcome"] == "queued"
        assert (await one.till.ended(answer.body["id"]))["outcome"] == "confirmed"
        assert await one.practice.control.balance(MEI) == 275 + 24
