"""Redeeming without the cloud, end to end below the till API: granted, counted, settled first, and ended by itself."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from agent.core.entry import Entry, EntryError, EntryKind, EntryState, Outcome
from agent.core.errors import CataBridgeError, Conflict, Refused
from agent.core.member import MemberRef
from agent.core.money import Money, Points
from agent.core.offline_burn import OfflineTerms
from agent.db.database import Transaction
from agent.flows.loyalty.intents import BurnRequest, EarnRequest
from tests.support.clock import CountingIds, FakeClock
from tests.support.desk import Desk, open_desk
from tests.support.ledger_cloud import MEI, MEI_CODE, RAJ, RAJ_CODE, LedgerCloud, Trouble, lost_answer
from tests.support.offline import TERMS
from tests.support.shop import eventually

WORST = TERMS.worst_case
MORE = replace(TERMS, balance_percent=100)


@asynccontextmanager
async def at_a_desk(folder: Path, terms: OfflineTerms = TERMS, **more: object) -> AsyncIterator[Desk]:
    """Mei and Raj were looked up a moment ago, the mode is on, and the line is gone."""
    async with open_desk(folder, offline=terms, **more) as desk:  # type: ignore[arg-type]
        await desk.loyalty.lookup(MEI_CODE)
        await desk.loyalty.lookup(RAJ_CODE)
        desk.scanned |= {"scan-mei": MEI, "scan-raj": RAJ}
        await desk.offline_burn.switch_on(terms.worst_case, by="Ann")
        cut(desk)
        yield desk


def cut(desk: Desk) -> None:
    for _ in range(5):
        desk.line.failed("connect_failed")


def asked(points: int = 100, receipt: str | None = None, who: str = "mei", **more: object) -> BurnRequest:
    member = MemberRef(uuid=MEI if who == "mei" else RAJ)
    fields = {"member": member, "points": Points(points), "receipt": receipt, "scan_id": f"scan-{who}"}
    return BurnRequest(**(fields | more))  # type: ignore[arg-type]


async def burn(desk: Desk, *given: object, **more: object) -> Entry:
    return (await desk.loyalty.burn(asked(*given, **more))).entry  # type: ignore[arg-type]


def why(entry: Entry) -> str:
    assert (entry.grant, entry.state, entry.outcome) == (None, EntryState.SETTLED, Outcome.DECLINED)
    assert entry.error is not None
    return entry.error.reason


async def back(desk: Desk, *entries: Entry) -> list[Entry]:
    desk.line.succeeded(latency_s=0.01)
    desk.sender.nudge()
    ended = await desk.until_ended(*entries)
    await eventually(lambda: {entry.id for entry in entries} <= {entry.id for entry in desk.ended})
    return ended


async def test_a_grant_is_on_its_way_at_once_and_taken_when_the_line_is_back(tmp_path: Path) -> None:
    async with at_a_desk(tmp_path) as desk:
        entry = await burn(desk)
        assert entry.grant is not None
        assert (entry.outcome, entry.grant.value, entry.grant.points) == (Outcome.QUEUED, Money(100, "SGD"), 100)
        view = desk.offline_burn.view()
        assert (view.on, view.worst_case, view.granted, view.unsettled) == (True, WORST, Money(100, "SGD"), 1)
        (ended,) = await back(desk, entry)
        assert (ended.outcome, ended.grant) == (Outcome.CONFIRMED, entry.grant)
        assert (desk.cloud.points[MEI], desk.offline_burn.view().granted) == (175, Money(0, "SGD"))


async def test_the_same_receipt_is_the_same_grant_and_another_amount_is_refused(tmp_path: Path) -> None:
    async with at_a_desk(tmp_path) as desk:
        first, again = await burn(desk, receipt="R-1"), await burn(desk, receipt="R-1")
        assert (first.id, first.grant) == (again.id, again.grant)
        with pytest.raises(Conflict, match="receipt_already_used"):
            await burn(desk, 99, receipt="R-1")


async def test_what_is_refused_leaves_its_receipt_free(tmp_path: Path) -> None:
    async with at_a_desk(tmp_path) as desk:
        assert why(await burn(desk, receipt="R-1", scan_id=None)) == "offline_not_scanned"
        assert (await burn(desk, receipt="R-1")).grant is not None


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        (asked(scan_id=None), "offline_not_scanned"),
        (asked(scan_id="scan-raj"), "offline_not_scanned"),
        (asked(scan_id="scan-old"), "offline_not_scanned"),
        (asked(138), "offline_too_few"),
        (asked(501), "offline_too_much"),
        (asked(member=MemberRef(uuid="u-nobody"), scan_id="scan-mei"), "offline_not_scanned"),
    ],
)
async def test_what_the_customer_brings_has_to_fit(tmp_path: Path, request_: BurnRequest, reason: str) -> None:
    async with at_a_desk(tmp_path) as desk:
        assert why((await desk.loyalty.burn(request_)).entry) == reason


async def test_above_the_floor_a_manager_is_asked(tmp_path: Path) -> None:
    async with at_a_desk(tmp_path, MORE) as desk:
        assert why(await burn(desk, 201)) == "offline_pin"
        assert (await burn(desk, 201, is_approved=True)).grant is not None


async def test_a_balance_grows_old_and_no_clock_makes_it_young(tmp_path: Path) -> None:
    async with at_a_desk(tmp_path) as desk:
        desk.clock.move(14 * 60)
        assert (await burn(desk, who="raj", points=20)).grant is not None
        desk.clock.move(61)
        assert why(await burn(desk)) == "offline_old_balance"
        desk.clock.jump(-600)
        assert why(await burn(desk)) == "offline_clock"


async def test_a_clock_that_is_set_stops_the_mode(tmp_path: Path) -> None:
    async with at_a_desk(tmp_path) as desk:
        desk.clock.jump(-3600)
        assert why(await burn(desk)) == "offline_clock"
    async with at_a_desk(tmp_path / "b") as desk:
        desk.clock.jump(86_400)
        assert why(await burn(desk)) == "offline_clock"


async def test_an_outage_may_last_two_hours_and_flapping_does_not_start_it_again(tmp_path: Path) -> None:
    long = replace(TERMS, balance_age=timedelta(hours=24))
    async with at_a_desk(tmp_path, long) as desk:
        desk.cloud.trouble("burn", *[Trouble(lost_answer().error)] * 9)
        assert (await burn(desk)).grant is not None
        desk.clock.move(7_000)
        desk.line.succeeded(latency_s=0.01)
        cut(desk)
        assert (await burn(desk, 20, who="raj")).grant is not None
        desk.clock.move(201)
        assert why(await burn(desk)) == "offline_too_long"


async def test_flapping_frees_no_cap_until_all_grants_are_settled(tmp_path: Path) -> None:
    tight = replace(TERMS, device_cap=Money(120, "SGD"))
    async with at_a_desk(tmp_path, tight) as desk:
        mei = await burn(desk)
        desk.cloud.trouble("burn", Trouble(lost_answer().error))
        raj = await burn(desk, 20, who="raj")
        await desk.shop.outbox.claim_one(raj.id)  # its answer is late
        await back(desk, mei)
        cut(desk)
        assert (desk.offline_burn.view().granted, desk.offline_burn.view().unsettled) == (Money(120, "SGD"), 1)
        await desk.shop.outbox.settle(raj.id, Outcome.CONFIRMED)
        await desk.offline_burn.settled(await desk.now(raj))
        assert desk.offline_burn.view().granted == Money(0, "SGD")


async def test_one_grant_a_member_also_on_the_next_day_of_the_same_outage(tmp_path: Path) -> None:
    async with at_a_desk(tmp_path, MORE) as desk:
        assert (await burn(desk, 20)).grant is not None
        assert why(await burn(desk, 20)) == "offline_member_limit"
        assert (await burn(desk, 20, who="raj")).grant is not None


async def test_one_grant_a_member_a_day_also_after_it_was_settled(tmp_path: Path) -> None:
    async with at_a_desk(tmp_path) as desk:
        await back(desk, await burn(desk, 20))
        await desk.loyalty.lookup(MEI_CODE)
        cut(desk)
        assert why(await burn(desk, 20)) == "offline_member_limit"


async def test_burns_on_their_way_lower_what_can_be_granted_and_earns_do_not_raise_it(tmp_path: Path) -> None:
    async with at_a_desk(tmp_path, MORE) as desk:
        await desk.loyalty.earn(EarnRequest(member=MemberRef(uuid=MEI), points=Points(100)))
        await desk.put(kind=EntryKind.BURN, points=Points(100))
        assert why(await burn(desk, 176)) == "offline_too_few"
        assert (await burn(desk, 175)).grant is not None


async def test_after_a_restart_nothing_can_be_proven_until_the_cloud_has_answered(tmp_path: Path) -> None:
    clock, ids, cloud = FakeClock(), CountingIds(), LedgerCloud()
    async with at_a_desk(tmp_path, clock=clock, ids=ids, cloud=cloud) as desk:
        entry = await burn(desk)
    async with open_desk(tmp_path, offline=TERMS, clock=clock, ids=ids, cloud=cloud, start=False) as desk:
        desk.scanned |= {"scan-mei": MEI, "scan-raj": RAJ}
        assert desk.offline_burn.view().on
        cut(desk)
        desk.line._last_ok = desk.line.last_ok_at = None
        assert why(await burn(desk, 20, who="raj")) == "offline_no_session"
        desk.line.succeeded(latency_s=0.01)
        await desk.loyalty.lookup(RAJ_CODE)
        cut(desk)
        assert why(await burn(desk, 20, who="raj")) == "offline_too_long"
        assert (await desk.now(entry)).state is EntryState.PENDING


async def test_granted_burns_go_first_and_each_member_keeps_their_order(tmp_path: Path) -> None:
    async with at_a_desk(tmp_path) as desk:
        other = await desk.put(lane="member:u-other", member=MemberRef(uuid="u-other"))
        before = await desk.loyalty.earn(EarnRequest(member=MemberRef(uuid=MEI), points=Points(5)))
        entry = await burn(desk)
        later = await desk.put(lane="member:u-late", member=MemberRef(uuid="u-late"), urgent=True)
        await back(desk, other, entry, before.entry, later)
        sent = desk.cloud.sent("earn", "burn")
        assert sent.index(before.entry.ref_code) < sent.index(entry.ref_code)
        assert sent[0] == before.entry.ref_code


async def short(desk: Desk, who: str, points: int = 20) -> Entry:
    """A grant whose points somebody has spent elsewhere."""
    uuid = MEI if who == "mei" else RAJ
    entry = await burn(desk, points, who=who)
    assert entry.grant is not None
    left, desk.cloud.points[uuid] = desk.cloud.points[uuid], 0
    (ended,) = await back(desk, entry)
    desk.cloud.points[uuid] = left
    return ended


async def test_too_few_points_are_a_shortfall_that_ends_and_is_told(tmp_path: Path) -> None:
    async with at_a_desk(tmp_path) as desk:
        ended = await short(desk, "mei")
        assert (ended.state, ended.outcome, ended.attempts) == (EntryState.SETTLED, Outcome.DECLINED, 1)
        assert ended.error is not None
        assert (ended.error.reason, "SGD 0.20" in ended.error.message) == ("shortfall", True)
        view = desk.offline_burn.view()
        assert (view.on, view.losses, view.lost, view.unseen) == (True, 1, Money(20, "SGD"), 1)
        assert desk.offline_burn.complaint().endswith("OFB-02")
        await desk.offline_burn.acknowledge(by="Ann")
        assert (desk.offline_burn.complaint(), desk.offline_burn.view().losses) == ("", 1)
        with pytest.raises(Refused, match="nothing_to_see"):
            await desk.offline_burn.acknowledge(by="Ann")


async def test_a_granted_burn_refused_for_another_reason_waits_for_a_person(tmp_path: Path) -> None:
    async with at_a_desk(tmp_path) as desk:
        entry = await burn(desk)
        desk.cloud.trouble("burn", Trouble(Refused("bad_request", "No.", status=400)))
        (parked,) = await back(desk, entry)
        assert (parked.state, parked.outcome, desk.offline_burn.view().unsettled) == (EntryState.PARKED, Outcome.DECLINED, 1)


async def test_too_few_points_after_a_try_without_an_answer_are_no_shortfall(tmp_path: Path) -> None:
    async with at_a_desk(tmp_path) as desk:
        entry = await burn(desk)
        desk.cloud.trouble("burn", lost_answer(), Trouble(Refused("insufficient_points", "Too few.", status=400)))
        (parked,) = await back(desk, entry)
        assert (parked.state, parked.outcome) == (EntryState.PARKED, Outcome.UNKNOWN)


async def test_three_shortfalls_in_thirty_days_switch_the_mode_off_and_a_manager_on_again(tmp_path: Path) -> None:
    daily = replace(TERMS, member_grants_a_day=3)
    async with at_a_desk(tmp_path, daily) as desk:
        for _ in range(3):
            assert desk.offline_burn.view().on
            await short(desk, "mei")
            await desk.loyalty.lookup(MEI_CODE)
            cut(desk)
        view = desk.offline_burn.view()
        assert (view.on, view.why, view.losses) == (False, "shortfalls", 3)
        assert why(await burn(desk, 20, who="raj")) == "offline"
        await desk.offline_burn.acknowledge(by="Ann")
        assert desk.offline_burn.complaint().endswith("OFB-01")
        lines = await desk.shop.audit.latest()
        assert [(line.who, line.what, line.reason) for line in lines][1] == ("Cata Bridge", "offline_burn_off", "shortfalls")
        await desk.offline_burn.switch_on(WORST, by="Ann")
        assert (await burn(desk, 20, who="raj")).grant is not None
        assert desk.offline_burn.view().on


async def test_the_cap_that_is_hit_switches_the_mode_off(tmp_path: Path) -> None:
    tight = replace(TERMS, device_cap=Money(110, "SGD"))
    async with at_a_desk(tmp_path, tight) as desk:
        assert (await burn(desk)).grant is not None
        assert why(await burn(desk, 20, who="raj")) == "offline_device_cap"
        assert (desk.offline_burn.view().on, desk.offline_burn.view().why) == (False, "cap_hit")
        assert (await desk.shop.audit.latest(1))[0].reason == "cap_hit"


async def test_a_granted_burn_is_not_taken_back_before_the_cloud_has_it(tmp_path: Path) -> None:
    async with at_a_desk(tmp_path) as desk:
        entry = await burn(desk)
        with pytest.raises(Conflict, match="not_confirmed"):
            await desk.loyalty.reverse(entry.id, "changed their mind")
        await back(desk, entry)
        assert (await desk.loyalty.reverse(entry.id, "changed their mind")).kind is EntryKind.EARN


async def test_a_granted_burn_that_is_given_up_is_a_loss_and_ends_the_mode(tmp_path: Path) -> None:
    async with at_a_desk(tmp_path) as desk:
        entry = await burn(desk)
        await desk.offline_burn.settled(await desk.shop.outbox.discard(entry.id, reason="no", by="Ann"))
        view = desk.offline_burn.view()
        assert (view.on, view.why, view.lost, view.granted) == (False, "given_up", Money(100, "SGD"), Money(100, "SGD"))
        await desk.offline_burn.switch_on(WORST, by="Ann")
        assert desk.offline_burn.view().granted == Money(0, "SGD")


async def test_a_refused_key_or_trouble_of_the_clouds_own_is_no_outage(tmp_path: Path) -> None:
    async with at_a_desk(tmp_path) as desk:
        desk.line.miss_loyalty()
        assert why(await burn(desk)) == "offline_line_unsure"
        desk.line.has_loyalty()
        desk.line.refuse_key()
        assert why(await burn(desk)) == "key_refused"


async def test_one_failure_is_no_outage_yet(tmp_path: Path) -> None:
    async with at_a_desk(tmp_path) as desk:
        desk.line.succeeded(latency_s=0.01)
        desk.line.failed("timeout")
        assert why(await burn(desk)) == "offline_line_unsure"


async def test_only_the_worst_case_as_it_is_switches_on_and_new_limits_need_a_new_word(tmp_path: Path) -> None:
    clock, ids = FakeClock(), CountingIds()
    async with open_desk(tmp_path, offline=TERMS, clock=clock, ids=ids) as desk:
        assert desk.offline_burn.view().why == "never_on"
        with pytest.raises(Conflict, match=r"SGD 500\.00"):
            await desk.offline_burn.switch_on(Money(5_000, "SGD"), by="Ann")
        await desk.offline_burn.switch_on(WORST, by="Ann")
        assert (await desk.shop.audit.latest(1))[0].reason == "worst case SGD 500.00"
    async with open_desk(tmp_path, offline=MORE, clock=clock, ids=ids) as desk:
        assert (desk.offline_burn.view().on, desk.offline_burn.view().why) == (False, "terms_changed")
        desk.scanned["scan-mei"] = MEI
        await desk.loyalty.lookup(MEI_CODE)
        cut(desk)
        assert why(await burn(desk)) == "offline_terms_changed"
        await desk.offline_burn.switch_off(by="Ann")
        assert desk.offline_burn.view().why == "by_hand"
        await desk.offline_burn.switch_off(by="Ann")


async def test_where_it_is_denied_nothing_switches_it_on(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        assert (desk.offline_burn.view().allowed, desk.offline_burn.view().why) == (False, "denied")
        with pytest.raises(Conflict, match="offline_burn_denied"):
            await desk.offline_burn.switch_on(WORST, by="Ann")
        await desk.loyalty.lookup(MEI_CODE)
        cut(desk)
        assert why(await burn(desk)) == "offline"


COPIED = """
INSERT INTO grants (id, entry_id, origin, points, minor, currency, granted_at, process, ticks, business_day, cap_minor, day_limit)
SELECT 'g2', id, 'granted', 1, {minor}, 'SGD', 0, 'p', 0, 'd', {cap}, 1 FROM outbox WHERE member_uuid = '{who}' LIMIT 1
"""


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        (COPIED.format(minor=50, cap=149, who=RAJ), "granted all it may"),
        (COPIED.format(minor=1, cap=999, who=MEI), "granted enough"),
        (COPIED.format(minor=1, cap=999, who="u-done"), "burn on its way"),
        ("UPDATE grants SET minor = 1", "never changes"),
        ("UPDATE grants SET closed = 1", "CHECK"),
        ("DELETE FROM grants", "only added to"),
        ("UPDATE offline_switch SET state = 'on'", "only added to"),
        ("DELETE FROM offline_switch", "only added to"),
    ],
)
async def test_the_rows_themselves_keep_the_limits_whatever_a_fault_of_ours_decides(
    tmp_path: Path, statement: str, said: str
) -> None:
    """I12."""
    async with at_a_desk(tmp_path) as desk:
        await burn(desk)
        await desk.put(kind=EntryKind.BURN, member=MemberRef(uuid=RAJ), lane="member:u-raj")
        await desk.put(kind=EntryKind.BURN, member=MemberRef(uuid="u-done"), lane="d", declined=EntryError("no", "No."))

        def work(tx: Transaction) -> None:
            tx.conn.execute(statement)

        with pytest.raises(CataBridgeError) as refused:
            await desk.shop.database.write(work)
        assert said in refused.value.details


async def test_nothing_is_granted_while_nobody_allows_it(tmp_path: Path) -> None:
    async with at_a_desk(tmp_path) as desk:
        await desk.put(kind=EntryKind.BURN, member=MemberRef(uuid=RAJ), lane="member:u-raj")
        await desk.offline_burn.switch_off(by="Ann")

        def work(tx: Transaction) -> None:
            tx.conn.execute(COPIED.format(minor=1, cap=999, who=RAJ))

        with pytest.raises(CataBridgeError) as refused:
            await desk.shop.database.write(work)
        assert "nobody allows" in refused.value.details
