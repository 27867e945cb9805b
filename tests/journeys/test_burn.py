"""Points spent: a discount is given on one word only, and an unknown outcome is never a yes."""

from __future__ import annotations

from pathlib import Path

from tests.support.outlet import eventually, shop
from tests.support.sandbox import MEI

USE = "/api/v1/loyalty/use-points"


def burn(points: int = 50, receipt: str = "R-1", **more: object) -> dict[str, object]:
    return {"member": {"uuid": MEI}, "points": points, "receipt": receipt, **more}


async def test_a_burn_that_cata_takes_is_confirmed_in_the_answer(tmp_path: Path) -> None:
    async with shop(tmp_path) as one:
        answer = await one.till.post("/v1/loyalty/burn", burn())
        assert (answer.status, answer.body["outcome"]) == (201, "confirmed")
        again = await one.till.post("/v1/loyalty/burn", burn())
        assert (again.status, again.body["id"]) == (200, answer.body["id"])
        assert await one.practice.control.balance(MEI) == 225


async def test_too_few_points_are_declined_with_a_reason(tmp_path: Path) -> None:
    async with shop(tmp_path) as one:
        for mode in ("400", "200"):
            await one.practice.control.modes(insufficient_points=mode)
            answer = await one.till.post("/v1/loyalty/burn", burn(9999, f"R-{mode}"))
            assert answer.body["outcome"] == "declined"
            assert answer.body["error"]["reason"] == "insufficient_points"
        assert await one.practice.control.balance(MEI) == 275


async def test_without_a_line_a_burn_is_declined_at_once_and_nothing_is_owed(tmp_path: Path) -> None:
    async with shop(tmp_path) as one:
        await one.offline()
        answer = await one.till.post("/v1/loyalty/burn", burn())
        assert (answer.status, answer.body["outcome"], answer.body["attempts"]) == (201, "declined", 0)
        assert answer.body["error"]["reason"] == "offline"
        await one.practice.control.restore()
        await one.online()
        later = await one.till.post("/v1/loyalty/burn", burn())
        assert (later.status, later.body["outcome"]) == (201, "confirmed")
        assert await one.practice.control.balance(MEI) == 225


async def test_a_line_that_breaks_while_connecting_declines_the_burn(tmp_path: Path) -> None:
    async with shop(tmp_path) as one:
        await one.practice.control.cut()
        answer = await one.till.post("/v1/loyalty/burn", burn())
        assert answer.body["outcome"] == "declined"
        await one.practice.control.restore()
        await one.online()
        assert await one.practice.control.balance(MEI) == 275


async def test_a_lost_answer_is_unknown_then_resolved_with_the_same_key(tmp_path: Path) -> None:
    """I3."""
    async with shop(tmp_path) as one:
        await one.practice.control.fault("drop", USE, when="after", times=1)
        await one.practice.control.fault("delay", USE, delay_s=1.0, times=1)
        answer = await one.till.post("/v1/loyalty/burn", burn(wait_s=0.5))
        assert answer.body["outcome"] == "unknown"
        assert (await one.till.ended(answer.body["id"]))["outcome"] == "confirmed"
        again = await one.till.post("/v1/loyalty/burn", burn())
        assert (again.status, again.body["outcome"]) == (200, "confirmed")
        assert await one.practice.control.balance(MEI) == 225


async def test_an_unknown_burn_survives_a_restart_and_is_asked_again(tmp_path: Path) -> None:
    async with shop(tmp_path) as one:
        await one.practice.control.fault("drop", USE, when="after", times=1)
        await one.practice.control.fault("delay", USE, delay_s=2.0, times=1)
        entry = (await one.till.post("/v1/loyalty/burn", burn(wait_s=0.2))).body
        await one.stop()
        assert entry["outcome"] == "unknown"
        await one.start()
        assert (await one.till.ended(entry["id"]))["outcome"] == "confirmed"
        assert await one.practice.control.balance(MEI) == 225


async def test_a_confirmed_burn_is_given_back_once(tmp_path: Path) -> None:
    async with shop(tmp_path) as one:
        entry = (await one.till.post("/v1/loyalty/burn", burn())).body
        back = await one.till.post(f"/v1/loyalty/{entry['id']}/reverse", {"reason": "sale cancelled"})
        assert back.body["kind"] == "earn"
        assert (await one.till.ended(back.body["id"]))["outcome"] == "confirmed"
        assert await one.practice.control.balance(MEI) == 275


async def test_a_burn_that_is_still_unknown_cannot_be_reversed(tmp_path: Path) -> None:
    async with shop(tmp_path) as one:
        await one.practice.control.fault("delay", USE, delay_s=1.0, times=1)
        entry = (await one.till.post("/v1/loyalty/burn", burn(wait_s=0.2))).body
        refused = await one.till.post(f"/v1/loyalty/{entry['id']}/reverse", {"reason": "no"})
        assert (refused.status, refused.reason) == (409, "not_confirmed")
        await one.till.ended(entry["id"])


async def test_a_reversal_waits_for_the_line_like_any_entry(tmp_path: Path) -> None:
    async with shop(tmp_path) as one:
        earned = (await one.till.post("/v1/loyalty/earn", {"member": {"uuid": MEI}, "points": 10, "wait_s": 10})).body
        await one.offline()
        back = (await one.till.post(f"/v1/loyalty/{earned['id']}/reverse", {"reason": "sale cancelled"})).body
        assert (back["kind"], back["outcome"]) == ("burn", "queued")
        await one.practice.control.restore()
        assert (await one.till.ended(back["id"]))["outcome"] == "confirmed"
        assert await one.practice.control.balance(MEI) == 275


async def test_points_on_their_way_out_are_shown_apart(tmp_path: Path) -> None:
    async with shop(tmp_path) as one:
        await one.practice.control.fault("delay", USE, delay_s=1.0, times=1)
        entry = (await one.till.post("/v1/loyalty/burn", burn(wait_s=0.1))).body
        found = (await one.till.post("/v1/members/lookup", {"identifier": "+6591230001"})).body
        assert (found["balance"], found["pending_burn"]) == (275, 50)
        await one.till.ended(entry["id"])

        async def look() -> bool:
            return bool((await one.till.post("/v1/members/lookup", {"identifier": "+6591230001"})).body["balance"] == 225)

        await eventually(look)
