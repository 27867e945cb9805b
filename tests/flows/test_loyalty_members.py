"""Members: asked for where the cloud can be asked, remembered where it cannot, and taken back once."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.core.entry import Entry, EntryKind, EntryState, Outcome
from agent.core.errors import Conflict, InvalidInput, Refused, Unreachable
from agent.core.member import MemberRef
from agent.core.money import Points
from agent.flows.loyalty.intents import EarnRequest
from tests.support.desk import Desk, open_desk
from tests.support.ledger_cloud import MEI, MEI_CODE, MEI_PHONE, RAJ_CODE, Trouble, key_refused, lost_answer, never_left, poison

NO_ROUTE = Trouble(Unreachable("no_route", "No network.", maybe_applied=False))


async def earned(desk: Desk, receipt: str = "R-1") -> Entry:
    request = EarnRequest(member=MemberRef(uuid=MEI), points=Points(10), receipt=receipt)
    return (await desk.loyalty.earn(request)).entry


async def test_a_member_is_shown_fresh_and_masked_with_what_is_pending_here(tmp_path: Path) -> None:
    async with open_desk(tmp_path, start=False) as desk:
        await earned(desk)
        member = await desk.loyalty.lookup(MEI_CODE)
        assert (member.uuid, member.display, member.balance, member.pending_earn, member.fresh) == (MEI, "Mei L.", 275, 10, True)


@pytest.mark.parametrize("trouble", [never_left(), key_refused(), NO_ROUTE])
async def test_a_member_who_was_here_lately_is_known_without_the_cloud(tmp_path: Path, trouble: Trouble) -> None:
    async with open_desk(tmp_path) as desk:
        await desk.loyalty.lookup(MEI_PHONE)
        desk.cloud.trouble("lookup", trouble)
        member = await desk.loyalty.lookup("+65 9123 0001")
        assert (member.uuid, member.fresh) == (MEI, False)


async def test_a_stranger_cannot_be_shown_without_the_cloud(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        desk.cloud.trouble("lookup", never_left())
        with pytest.raises(Unreachable, match="offline"):
            await desk.loyalty.lookup(RAJ_CODE)
        assert await desk.members.cached("u-nobody") is None


async def test_a_broken_line_is_not_asked_at_all(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        for _ in range(5):
            desk.line.failed("no_route")
        with pytest.raises(Unreachable, match="offline"):
            await desk.loyalty.lookup(MEI_CODE)
        assert desk.cloud.calls == []


async def test_a_wrong_code_is_refused_and_a_card_number_never_leaves(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        with pytest.raises(Refused, match="member_unknown"):
            await desk.loyalty.lookup("KK-NOBODY")
        with pytest.raises(InvalidInput, match="card_number"):
            await desk.loyalty.lookup("4111111111111111")
        assert desk.cloud.sent("lookup") == ["KK-NOBODY"]


async def test_a_member_is_shown_even_when_the_cache_keeps_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with open_desk(tmp_path) as desk:

        async def nothing(*given: object) -> None:
            return None

        monkeypatch.setattr(desk.shop.cache, "member", nothing)
        member = await desk.loyalty.lookup(MEI_CODE)
        assert (member.uuid, member.balance, member.fresh) == (MEI, 275, True)


async def test_what_never_left_is_cancelled_and_its_receipt_is_free(tmp_path: Path) -> None:
    async with open_desk(tmp_path, start=False) as desk:
        entry = await earned(desk)
        cancelled = await desk.loyalty.reverse(entry.id, "")
        assert (cancelled.state, cancelled.outcome) == (EntryState.DISCARDED, Outcome.DECLINED)
        assert (await desk.loyalty.reverse(entry.id, "again")).id == entry.id
        assert (await earned(desk)).id != entry.id
        assert desk.cloud.sent("earn") == []


async def test_a_confirmed_entry_is_taken_back_once(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        entry = await earned(desk)
        await desk.until_ended(entry)
        back = await desk.loyalty.reverse(entry.id, "wrong member")
        again = await desk.loyalty.reverse(entry.id, "double click")
        assert (back.id, back.kind, back.reverses) == (again.id, EntryKind.BURN, entry.id)
        await desk.until_ended(back)
        assert desk.cloud.points[MEI] == 275
        with pytest.raises(Conflict, match="not_reversible"):
            await desk.loyalty.reverse(back.id, "")


@pytest.mark.parametrize("reason", ["", "spilt"])
async def test_a_burn_is_taken_back_by_an_earn_that_says_so(tmp_path: Path, reason: str) -> None:
    async with open_desk(tmp_path) as desk:
        burn = await desk.put(kind=EntryKind.BURN)
        await desk.until_ended(burn)
        back = await desk.loyalty.reverse(burn.id, reason)
        assert (back.kind, back.payload["note"]) == (EntryKind.EARN, "Taken back: spilt" if reason else "Taken back")
        await desk.until_ended(back)
        assert desk.cloud.points[MEI] == 275


async def test_a_reversal_waits_out_a_bad_line_where_a_burn_at_the_till_would_be_declined(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        entry = await earned(desk)
        await desk.until_ended(entry)
        desk.cloud.trouble("burn", never_left(), never_left())
        (ended,) = await desk.until_ended(await desk.loyalty.reverse(entry.id, "void"))
        assert (ended.outcome, desk.cloud.points[MEI]) == (Outcome.CONFIRMED, 275)


async def test_what_is_not_confirmed_cannot_be_compensated(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        desk.cloud.trouble("earn", lost_answer())
        open_one = await earned(desk)
        await desk.until_all((open_one,), lambda one: one.outcome is Outcome.UNKNOWN and one.state != "sending", step_s=0)
        with pytest.raises(Conflict, match="not_confirmed"):
            await desk.loyalty.reverse(open_one.id, "")
        await desk.until_ended(open_one)
        desk.cloud.trouble("earn", poison())
        parked = await earned(desk, "R-2")
        await desk.until_ended(parked)
        with pytest.raises(Conflict, match="not_confirmed"):
            await desk.loyalty.reverse(parked.id, "")


async def test_only_points_can_be_taken_back(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        status = await desk.put(kind=EntryKind.ORDER_STATUS, lane="order:o-1")
        for entry_id in (status.id, "none"):
            with pytest.raises(Refused, match="entry_unknown"):
                await desk.loyalty.reverse(entry_id, "")
