"""Points for a purchase: once, whatever happens to the line."""

from __future__ import annotations

from pathlib import Path

from tests.support.outlet import Shop, eventually, shop
from tests.support.sandbox import MEI, MEI_CODE

BALANCE = 275
PHONE = "+65 9123 0001"


def earn(receipt: str = "R-1", amount: str = "24.50", **more: object) -> dict[str, object]:
    return {"member": {"uuid": MEI}, "amount": amount, "receipt": receipt, **more}


async def balance(one: Shop) -> int:
    return await one.practice.control.balance(MEI)


async def test_an_earn_online_is_saved_then_confirmed(tmp_path: Path) -> None:
    async with shop(tmp_path) as one:
        answer = await one.till.post("/v1/loyalty/earn", earn())
        assert answer.status == 201
        assert answer.body["points"] == 24
        assert (await one.till.ended(answer.body["id"]))["outcome"] == "confirmed"
        assert await balance(one) == BALANCE + 24


async def test_an_earn_that_waits_answers_confirmed(tmp_path: Path) -> None:
    async with shop(tmp_path) as one:
        answer = await one.till.post("/v1/loyalty/earn", earn(wait_s=10))
        assert (answer.status, answer.body["outcome"]) == (201, "confirmed")


async def test_earns_without_a_line_are_kept_and_drain_in_order(tmp_path: Path) -> None:
    async with shop(tmp_path) as one:
        await one.offline()
        answers = [await one.till.post("/v1/loyalty/earn", earn(f"R-{number}", "10.00")) for number in range(20)]
        assert {answer.status for answer in answers} == {201}
        assert {answer.body["outcome"] for answer in answers} == {"queued"}
        assert await balance(one) == BALANCE
        await one.practice.control.restore()
        for answer in answers:
            assert (await one.till.ended(answer.body["id"]))["outcome"] == "confirmed"
        assert await balance(one) == BALANCE + 200
        ledger = [row.ref_code for row in await one.practice.control.ledger() if row.ref_code.startswith("cb1-")]
        assert ledger == [answer.body["ref_code"] for answer in answers]


async def test_earns_without_a_line_survive_a_restart(tmp_path: Path) -> None:
    async with shop(tmp_path) as one:
        await one.offline()
        entry = (await one.till.post("/v1/loyalty/earn", earn())).body
        await one.stop()
        await one.start()
        assert (await one.till.entry(entry["id"]))["ref_code"] == entry["ref_code"]
        await one.practice.control.restore()
        assert (await one.till.ended(entry["id"]))["outcome"] == "confirmed"
        assert await balance(one) == BALANCE + 24


async def test_the_same_receipt_twice_is_one_entry(tmp_path: Path) -> None:
    async with shop(tmp_path) as one:
        first = await one.till.post("/v1/loyalty/earn", earn())
        again = await one.till.post("/v1/loyalty/earn", earn())
        assert (first.status, again.status) == (201, 200)
        assert first.body["id"] == again.body["id"]
        await one.till.ended(first.body["id"])
        assert await balance(one) == BALANCE + 24


async def test_the_same_receipt_for_phone_and_uuid_of_one_member_is_one_entry(tmp_path: Path) -> None:
    async with shop(tmp_path) as one:
        first = await one.till.post("/v1/loyalty/earn", earn(member={"identifier": PHONE}))
        again = await one.till.post("/v1/loyalty/earn", earn())
        assert (first.status, again.status) == (201, 200)
        assert first.body["id"] == again.body["id"]


async def test_another_amount_or_member_on_the_same_receipt_is_refused(tmp_path: Path) -> None:
    async with shop(tmp_path) as one:
        await one.till.post("/v1/loyalty/earn", earn())
        other_amount = await one.till.post("/v1/loyalty/earn", earn(amount="99.00"))
        other_member = await one.till.post("/v1/loyalty/earn", earn(member={"identifier": "KK-RAJ-002"}))
        for refused in (other_amount, other_member):
            assert (refused.status, refused.reason) == (409, "receipt_already_used")


async def test_an_idempotency_key_takes_the_place_of_a_receipt(tmp_path: Path) -> None:
    async with shop(tmp_path) as one:
        body = {"member": {"uuid": MEI}, "points": 5}
        first = await one.till.post("/v1/loyalty/earn", body, Idempotency_Key="pos-77")
        again = await one.till.post("/v1/loyalty/earn", body, Idempotency_Key="pos-77")
        other = await one.till.post("/v1/loyalty/earn", body)
        assert first.body["id"] == again.body["id"] != other.body["id"]


async def test_a_code_scanned_without_a_line_is_resolved_when_it_is_back(tmp_path: Path) -> None:
    async with shop(tmp_path) as one:
        await one.offline()
        entry = (await one.till.post("/v1/loyalty/earn", earn(member={"identifier": MEI_CODE}))).body
        assert entry["outcome"] == "queued"
        await one.practice.control.restore()
        assert (await one.till.ended(entry["id"]))["outcome"] == "confirmed"
        assert await balance(one) == BALANCE + 24


async def test_an_unknown_member_is_told_at_once_online_and_parked_when_found_out_later(tmp_path: Path) -> None:
    async with shop(tmp_path) as one:
        body = earn(member={"identifier": "KK-NOBODY-9"})
        refused = await one.till.post("/v1/loyalty/earn", body)
        assert (refused.status, refused.reason) == (404, "member_unknown")
        await one.offline()
        entry = (await one.till.post("/v1/loyalty/earn", body)).body
        good = (await one.till.post("/v1/loyalty/earn", earn("R-2"))).body
        await one.practice.control.restore()
        parked = await one.till.ended(entry["id"])
        assert (parked["state"], parked["error"]["reason"], parked["attempts"]) == ("parked", "member_unknown", 0)
        assert (await one.till.ended(good["id"]))["outcome"] == "confirmed"
        await one.till.post(f"/v1/outbox/{entry['id']}/discard", {"reason": "wrong code"})
        corrected = await one.till.post("/v1/loyalty/earn", earn())
        assert corrected.status == 201, "a slip of the finger has not used up the receipt"


async def test_a_lost_answer_is_asked_again_with_the_same_key_and_counts_once(tmp_path: Path) -> None:
    async with shop(tmp_path) as one:
        await one.practice.control.fault("drop", "/api/v1/loyalty/earn-points", when="after", times=2)
        entry = (await one.till.post("/v1/loyalty/earn", earn())).body
        ended = await one.till.ended(entry["id"])
        assert ended["outcome"] == "confirmed"
        assert ended["attempts"] == 3
        assert await balance(one) == BALANCE + 24


async def test_server_trouble_is_waited_out(tmp_path: Path) -> None:
    async with shop(tmp_path) as one:
        for status in (500, 502, 504):
            await one.practice.control.fault("status", "/api/v1/loyalty/earn-points", status=status)
        await one.practice.control.fault("status", "/api/v1/loyalty/earn-points", status=429, retry_after_s=0)
        entry = (await one.till.post("/v1/loyalty/earn", earn())).body
        assert (await one.till.ended(entry["id"]))["outcome"] == "confirmed"
        assert await balance(one) == BALANCE + 24


async def test_a_refused_earn_is_parked_and_holds_up_nobody(tmp_path: Path) -> None:
    async with shop(tmp_path) as one:
        await one.practice.control.fault("status", "/api/v1/loyalty/earn-points", status=400, times=1)
        refused = (await one.till.post("/v1/loyalty/earn", earn("R-1"))).body
        assert (await one.till.ended(refused["id"]))["state"] == "parked"
        good = (await one.till.post("/v1/loyalty/earn", earn("R-2"))).body
        assert (await one.till.ended(good["id"]))["outcome"] == "confirmed"
        assert (await one.till.get("/v1/status"))["state"] == "attention"
        again = await one.till.post(f"/v1/outbox/{refused['id']}/retry")
        assert again.status == 200
        assert (await one.till.ended(refused["id"]))["outcome"] == "confirmed"


async def test_a_confirmed_earn_is_taken_back_once(tmp_path: Path) -> None:
    async with shop(tmp_path) as one:
        entry = (await one.till.post("/v1/loyalty/earn", earn(wait_s=10))).body
        first = await one.till.post(f"/v1/loyalty/{entry['id']}/reverse", {"reason": "wrong member"})
        again = await one.till.post(f"/v1/loyalty/{entry['id']}/reverse", {"reason": "wrong member"})
        assert first.body["id"] == again.body["id"]
        assert (await one.till.ended(first.body["id"]))["outcome"] == "confirmed"
        assert await balance(one) == BALANCE


async def test_an_unsent_earn_is_cancelled_and_its_receipt_is_free_again(tmp_path: Path) -> None:
    async with shop(tmp_path) as one:
        await one.offline()
        wrong = (await one.till.post("/v1/loyalty/earn", earn(amount="245.00"))).body
        cancelled = await one.till.post(f"/v1/loyalty/{wrong['id']}/reverse", {"reason": "wrong amount"})
        assert cancelled.body["state"] == "discarded"
        right = await one.till.post("/v1/loyalty/earn", earn())
        assert right.status == 201
        await one.practice.control.restore()
        assert (await one.till.ended(right.body["id"]))["outcome"] == "confirmed"
        assert await balance(one) == BALANCE + 24


async def test_balance_and_pending_are_told_apart(tmp_path: Path) -> None:
    async with shop(tmp_path) as one:
        found = await one.till.post("/v1/members/lookup", {"identifier": PHONE})
        assert (found.body["balance"], found.body["fresh"]) == (BALANCE, True)
        await one.offline()
        await one.till.post("/v1/loyalty/earn", earn())
        cached = await one.till.post("/v1/members/lookup", {"identifier": PHONE})
        assert (cached.body["balance"], cached.body["pending_earn"], cached.body["fresh"]) == (BALANCE, 24, False)
        stranger = await one.till.post("/v1/members/lookup", {"identifier": "+6591239999"})
        assert (stranger.status, stranger.reason) == (503, "offline")


async def test_the_balance_is_read_again_after_points_have_moved(tmp_path: Path) -> None:
    async with shop(tmp_path) as one:
        await one.till.post("/v1/members/lookup", {"identifier": PHONE})
        await one.till.post("/v1/loyalty/earn", earn(wait_s=10))

        async def read_again() -> bool:
            requests = await one.practice.control.requests()
            return sum(count for route, count in requests.items() if route.endswith("/loyalty/balance")) >= 2

        await eventually(read_again)
        await one.offline()

        async def look() -> bool:
            cached = await one.till.post("/v1/members/lookup", {"identifier": PHONE})
            return bool(cached.body["balance"] == BALANCE + 24)

        await eventually(look)
