"""Earn, burn and reverse: durable first, once per intent, and honest about what the cloud has not said."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from agent.core.entry import Entry, EntryKind, EntryState, Outcome
from agent.core.errors import Conflict, InvalidInput, NotSaved, Refused
from agent.core.member import MemberRef
from agent.core.money import Money, Points
from agent.flows.loyalty.intents import BurnRequest, EarnRequest
from tests.support.desk import Desk, open_desk
from tests.support.ledger_cloud import MEI, MEI_CODE, MEI_PHONE, RAJ_CODE, key_refused, lost_answer, lost_request, never_left

WHO = MemberRef(uuid=MEI)


def earn(receipt: str | None = "R-1", points: int = 10, **more: object) -> EarnRequest:
    return EarnRequest(**({"member": WHO, "points": Points(points), "receipt": receipt} | more))  # type: ignore[arg-type]


def burn(receipt: str | None = "R-1", points: int = 50, **more: object) -> BurnRequest:
    return BurnRequest(**({"member": WHO, "points": Points(points), "receipt": receipt} | more))  # type: ignore[arg-type]


async def confirmed(desk: Desk, request: EarnRequest | None = None) -> Entry:
    entry = (await desk.loyalty.earn(request or earn())).entry
    (ended,) = await desk.until_ended(entry)
    assert ended.outcome is Outcome.CONFIRMED
    return ended


async def test_the_same_intent_is_the_same_entry_by_uuid_phone_or_code(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        first = await desk.loyalty.earn(earn())
        for member in (MemberRef(identifier=MEI_CODE), MemberRef(identifier="+65 9123 0001"), WHO):
            again = await desk.loyalty.earn(earn(member=member))
            assert (again.is_new, again.entry.id) == (False, first.entry.id)
        await desk.until_ended(first.entry)
        assert desk.cloud.effects == {first.entry.ref_code: 1}


async def test_an_intent_recorded_under_a_code_without_a_line_is_recognised_under_the_same_code(tmp_path: Path) -> None:
    async with open_desk(tmp_path, start=False) as desk:
        desk.line.failed("no_route")
        first = await desk.loyalty.earn(earn(member=MemberRef(identifier=MEI_PHONE)))
        assert first.entry.member == MemberRef(identifier=MEI_PHONE)
        desk.line.succeeded(latency_s=0.01)
        again = await desk.loyalty.earn(earn(member=MemberRef(identifier="+65 9123 0001")))
        by_uuid = await desk.loyalty.earn(earn())
        assert {again.entry.id, by_uuid.entry.id} == {first.entry.id}
        with pytest.raises(Conflict, match="receipt_already_used"):
            await desk.loyalty.earn(earn(member=MemberRef(identifier=RAJ_CODE)))


async def test_one_receipt_never_stands_for_two_amounts_or_members(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        await desk.loyalty.earn(earn())
        for other in (earn(points=11), earn(member=MemberRef(identifier=RAJ_CODE))):
            with pytest.raises(Conflict, match="receipt_already_used"):
                await desk.loyalty.earn(other)


async def test_without_receipt_or_key_every_call_is_a_new_intent(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        entries = [(await desk.loyalty.earn(earn(None, note="by hand"))).entry for _ in range(2)]
        assert len({entry.ref_code for entry in entries}) == 2
        keyed = [(await desk.loyalty.earn(earn(None, key="k-1"))).entry.id for _ in range(2)]
        assert len(set(keyed)) == 1


async def test_a_caller_may_wait_for_the_answer_of_the_cloud(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        assert (await desk.loyalty.earn(earn(wait_s=10))).entry.outcome is Outcome.CONFIRMED
        assert (await desk.loyalty.earn(earn(wait_s=10))).entry.outcome is Outcome.CONFIRMED


async def test_an_amount_earns_whole_points_of_its_currency(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        made = await desk.loyalty.earn(EarnRequest(member=WHO, amount=Money(2_499, "SGD")))
        assert made.entry.points == 24


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        (EarnRequest(member=WHO), "invalid"),
        (EarnRequest(member=WHO, points=Points(1), amount=Money(100, "SGD")), "invalid"),
        (EarnRequest(member=WHO, amount=Money(99, "SGD")), "nothing_to_earn"),
        (earn(points=0), "invalid_points"),
        (earn(points=1_000_001), "invalid_points"),
        (earn(member=MemberRef(identifier="4111 1111 1111 1111")), "card_number"),
    ],
)
async def test_what_cannot_be_earned_is_refused_and_nothing_is_kept(tmp_path: Path, request_: EarnRequest, reason: str) -> None:
    async with open_desk(tmp_path) as desk:
        with pytest.raises(InvalidInput, match=reason):
            await desk.loyalty.earn(request_)
        assert await desk.shop.entries() == []


async def test_an_unknown_member_is_refused_while_the_cloud_can_be_asked(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        with pytest.raises(Refused, match="member_unknown"):
            await desk.loyalty.earn(earn(member=MemberRef(identifier="KK-NOBODY")))
        assert await desk.shop.entries() == []


async def test_an_earn_that_cannot_be_resolved_now_is_resolved_by_the_sender(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        desk.cloud.trouble("lookup", lost_request())
        ended = await confirmed(desk, earn(member=MemberRef(identifier=MEI_CODE)))
        assert ended.member == MemberRef(identifier=MEI_CODE)
        assert desk.cloud.points == {MEI: 285, "u-raj": 40}


async def test_what_could_not_be_saved_is_said_and_never_sent(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        await desk.shop.database.close()
        with pytest.raises(NotSaved):
            await desk.loyalty.earn(earn())
        assert desk.cloud.sent("earn") == []


async def test_a_burn_waits_for_its_answer_and_lowers_the_balance_shown(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        assert (await desk.loyalty.lookup(MEI_CODE)).balance == 275
        made = await desk.loyalty.burn(burn())
        assert made.entry.outcome is Outcome.CONFIRMED
        await desk.rest()
        member = await desk.members.cached(MEI)
        assert member is not None
        assert (member.balance, member.pending_burn) == (225, 0)


async def test_a_burn_whose_answer_is_lost_is_unknown_and_never_a_yes(tmp_path: Path) -> None:
    """I3."""
    async with open_desk(tmp_path) as desk:
        desk.cloud.trouble("burn", lost_answer())
        made = await desk.loyalty.burn(burn(wait_s=0.05))
        assert made.entry.outcome is Outcome.UNKNOWN
        (ended,) = await desk.until_ended(made.entry)
        assert (ended.outcome, desk.cloud.points[MEI]) == (Outcome.CONFIRMED, 225)


async def test_a_burn_that_never_left_in_time_is_declined_and_its_receipt_is_free(tmp_path: Path) -> None:
    async with open_desk(tmp_path, start=False) as desk:
        made = await desk.loyalty.burn(burn(wait_s=0.01))
        assert (made.entry.outcome, made.entry.attempts) == (Outcome.DECLINED, 0)
        assert made.entry.error is not None
        assert made.entry.error.reason == "offline"
        again = await desk.loyalty.burn(burn(wait_s=0.01))
        assert again.is_new


@pytest.mark.parametrize("trouble", ["offline", "key_refused", "loyalty_not_configured"])
async def test_a_burn_that_cannot_go_now_is_declined_at_once_with_its_reason(tmp_path: Path, trouble: str) -> None:
    """I12: where nothing is granted without a line."""
    async with open_desk(tmp_path) as desk:
        {"offline": lambda: desk.line.failed("no_route"), "key_refused": desk.line.refuse_key}.get(
            trouble, desk.line.miss_loyalty
        )()
        made = await desk.loyalty.burn(burn(member=MemberRef(identifier=MEI_CODE)))
        assert (made.entry.state, made.entry.outcome) == (EntryState.SETTLED, Outcome.DECLINED)
        assert made.entry.error is not None
        assert made.entry.error.reason == trouble
        assert desk.cloud.sent("burn") == []


async def test_only_so_many_points_can_be_burned_in_one_go(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        with pytest.raises(InvalidInput, match="invalid_points"):
            await desk.loyalty.burn(burn(points=1_000_001))


async def test_a_balance_that_cannot_be_read_again_costs_only_freshness(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        await desk.loyalty.lookup(MEI_CODE)
        desk.cloud.trouble("balance", never_left(), key_refused())
        await confirmed(desk)
        await desk.rest()
        member = await desk.members.cached(MEI)
        assert member is not None
        assert (member.balance, member.fresh) == (275, False)


async def test_entries_of_other_kinds_move_no_balance(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        (ended,) = await desk.until_ended(await desk.put(kind=EntryKind.ORDER_STATUS, lane="order:o-1"))
        await desk.members.settled(ended)
        assert desk.cloud.sent("balance") == []


async def test_two_tills_of_one_receipt_at_once_make_one_entry(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        made = await asyncio.gather(*[desk.loyalty.earn(earn()) for _ in range(10)])
        assert sum(one.is_new for one in made) == 1
        assert len({one.entry.id for one in made}) == 1
