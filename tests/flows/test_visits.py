"""A visit that may have been told is never told again blind."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from agent.core.entry import Draft, Entry, EntryError, EntryKind, Outcome
from agent.core.errors import Doubtful, NotSaved, Refused, Unreachable
from agent.core.member import Balance, MemberRef, Profile
from agent.core.money import Points
from agent.core.ref_code import RefCode
from agent.core.visit import Standing, Visit
from agent.db.traces import Traces, note_untraced
from agent.flows.loyalty.visits import Visits
from tests.support.shop import Shop, eventually, open_shop

LOST = Unreachable("timeout", "No answer.", maybe_applied=True)


class Counting:
    """A cloud that counts, and loses an answer or a request when told to."""

    def __init__(self) -> None:
        self.points = 100
        self.told: list[Visit] = []
        self.fails: list[tuple[Exception, bool]] = []
        """Errors to come, and whether the cloud acts before."""
        self.gate: asyncio.Event | None = None
        self.under_way = self.most_at_once = 0

    async def lookup(self, identifier: str) -> Profile:
        return Profile(uuid="u-mei")

    async def balance(self, uuid: str) -> Balance:
        return Balance(points=Points(self.points), expiring=Points(0), expires_at=None)

    async def visit(self, visit: Visit) -> Standing | None:
        self.under_way += 1
        self.most_at_once = max(self.most_at_once, self.under_way)
        if self.gate is not None:
            await self.gate.wait()
        self.under_way -= 1
        error, acts = self.fails.pop(0) if self.fails else (None, True)
        if acts:
            self.told.append(visit)
            self.points += 10 if visit.amount else -visit.points
        if error is not None:
            raise error
        return Standing(await self.lookup(""), await self.balance(""))


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    async with open_shop(tmp_path) as one:
        yield one


def visits(shop: Shop, cloud: Counting) -> Visits:
    traces = Traces(shop.database)
    return Visits(cloud, shop.cache, traces, clock=shop.clock, idempotent=False, doubt_wait=timedelta(seconds=30))


async def entry(shop: Shop, kind: EntryKind = EntryKind.EARN) -> Entry:
    amount = {"amount": {"minor": 1000, "currency": "SGD"}} if kind is EntryKind.EARN else {}
    entry_id = shop.ids.new()
    draft = Draft(
        id=entry_id,
        kind=kind,
        lane=f"member:{entry_id}",
        ref_code=RefCode(f"cb1-{shop.ids.new()}"),
        payload=amount,
        created_at=shop.clock.now(),
        member=MemberRef(identifier="CKT12345678"),
        points=Points(10),
    )
    await shop.outbox.record(draft)
    claimed = await shop.outbox.claim_one(draft.id)
    assert claimed is not None
    return claimed


async def full(*_: object) -> None:
    raise NotSaved("disk_full", "The disk is full.")


def again(sent: Entry) -> Entry:
    return replace(sent, attempts=sent.attempts + 1)


@pytest.mark.parametrize("acted", [True, False])
async def test_a_lost_earn_waits_and_is_told_again_only_if_the_count_has_not_moved(shop: Shop, acted: bool) -> None:
    cloud = Counting()
    telling, sent = visits(shop, cloud), await entry(shop)
    cloud.fails = [(LOST, acted)]
    with pytest.raises(Unreachable) as lost:
        await telling.tell(sent)
    assert lost.value.retry_after_s == 30
    shop.clock.move(29)
    with pytest.raises(Unreachable) as early:
        await telling.tell(again(sent))
    assert early.value.maybe_applied
    shop.clock.move(2)
    await telling.tell(again(sent))
    assert len(cloud.told) == 1


async def test_an_earn_that_certainly_never_left_is_just_told_later(shop: Shop) -> None:
    cloud = Counting()
    telling, sent = visits(shop, cloud), await entry(shop)
    cloud.fails = [(Unreachable("connect_failed", "No line.", maybe_applied=False), False)]
    with pytest.raises(Unreachable) as failed:
        await telling.tell(sent)
    assert failed.value.retry_after_s is None
    await telling.tell(sent)
    assert len(cloud.told) == 1


@pytest.mark.parametrize("kind", [EntryKind.EARN, EntryKind.BURN])
async def test_what_died_before_its_note_never_left_unless_it_has_lived_elsewhere(shop: Shop, kind: EntryKind) -> None:
    cloud = Counting()
    here, elsewhere = await entry(shop, kind), await entry(shop, kind)
    await visits(shop, cloud).tell(again(here))
    await shop.database.write(lambda tx: note_untraced(tx.conn))
    with pytest.raises(Doubtful):
        await visits(shop, cloud).tell(again(elsewhere))
    assert len(cloud.told) == 1


@pytest.mark.parametrize("acted", [True, False])
async def test_a_lost_redemption_is_doubtful_at_once_and_only_counted_afterwards(shop: Shop, acted: bool) -> None:
    cloud = Counting()
    telling, sent = visits(shop, cloud), await entry(shop, EntryKind.BURN)
    cloud.fails = [(LOST, acted)]
    with pytest.raises(Doubtful):
        await telling.tell(sent)
    shop.clock.move(31)
    if acted:
        await telling.tell(again(sent))
    else:
        with pytest.raises(Refused, match="not_redeemed"):
            await telling.tell(again(sent))
    assert len(cloud.told) == int(acted)


async def test_a_count_that_moved_otherwise_is_for_a_person(shop: Shop) -> None:
    cloud = Counting()
    telling, sent = visits(shop, cloud), await entry(shop)
    cloud.fails = [(LOST, False)]
    with pytest.raises(Unreachable):
        await telling.tell(sent)
    shop.clock.move(31)
    cloud.points += 3
    with pytest.raises(Doubtful):
        await telling.tell(again(sent))


async def test_nothing_leaves_before_the_note_is_kept(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    cloud = Counting()
    telling, sent = visits(shop, cloud), await entry(shop)

    monkeypatch.setattr(Traces, "leave", full)
    with pytest.raises(Unreachable) as refused:
        await telling.tell(sent)
    assert not refused.value.maybe_applied
    assert cloud.told == []


@pytest.mark.parametrize("kind", [EntryKind.EARN, EntryKind.BURN])
@pytest.mark.parametrize("lost", [True, False])
async def test_what_was_told_is_not_told_again_by_a_till_that_died_before_it_kept_the_end(
    shop: Shop, kind: EntryKind, lost: bool
) -> None:
    cloud = Counting()
    telling, sent = visits(shop, cloud), await entry(shop, kind)
    if lost:
        cloud.fails = [(LOST, True)]
        with pytest.raises((Unreachable, Doubtful)):
            await telling.tell(sent)
        shop.clock.move(31)
    await telling.tell(again(sent) if lost else sent)
    restarted = visits(shop, cloud)
    shop.clock.move(31)
    await restarted.tell(again(again(sent)))
    assert len(cloud.told) == 1


async def test_the_note_goes_with_the_end(shop: Shop) -> None:
    traces, telling = Traces(shop.database), visits(shop, Counting())
    settled, discarded = await entry(shop), await entry(shop)
    await telling.tell(settled)
    await shop.outbox.settle(settled.id, Outcome.CONFIRMED)
    await telling.tell(discarded)
    await shop.outbox.park(discarded.id, EntryError("outcome_unknown", "Nobody knows."), outcome=Outcome.UNKNOWN)
    assert await traces.get(settled.id) is None
    assert await traces.get(discarded.id) is not None
    await shop.outbox.discard(discarded.id, reason="done by hand", by="Ann")
    assert await traces.get(discarded.id) is None


async def test_what_is_of_one_member_goes_one_after_the_other_in_whatever_lane(shop: Shop) -> None:
    cloud = Counting()
    telling, first, second = visits(shop, cloud), await entry(shop), await entry(shop)
    assert first.lane != second.lane
    cloud.fails = [(LOST, False)]
    with pytest.raises(Unreachable):
        await telling.tell(first)
    with pytest.raises(Unreachable) as busy:
        await telling.tell(second)
    assert (busy.value.reason, busy.value.maybe_applied, cloud.told) == ("member_in_turn", False, [])
    shop.clock.move(31)
    await telling.tell(again(first))
    await shop.outbox.settle(first.id, Outcome.CONFIRMED)
    await telling.tell(second)
    assert [each.ref_code for each in cloud.told] == [first.ref_code, second.ref_code]


async def test_a_card_that_has_gone_to_another_member_waits_for_that_one(shop: Shop) -> None:
    cloud = Counting()
    telling, first, second = visits(shop, cloud), await entry(shop), await entry(shop)
    cloud.fails = [(LOST, False)]
    with pytest.raises(Unreachable):
        await telling.tell(first)
    await shop.cache.link("CKT12345678", "u-ann")
    with pytest.raises(Unreachable, match="member_in_turn"):
        await telling.tell(second)
    assert cloud.told == []


async def test_two_of_one_member_are_never_told_at_once(shop: Shop) -> None:
    cloud = Counting()
    cloud.gate = asyncio.Event()
    telling, first, second = visits(shop, cloud), await entry(shop), await entry(shop)
    await shop.cache.link("CKT12345678", "u-mei")
    one, other = (asyncio.create_task(telling.tell(each)) for each in (first, second))
    await eventually(lambda: cloud.under_way == 1)
    cloud.gate.set()
    await asyncio.wait({one, other})
    assert (len(cloud.told), cloud.most_at_once) == (1, 1)
    assert isinstance(other.exception(), Unreachable)


@pytest.mark.parametrize("acted", [True, False])
async def test_a_count_that_was_moved_by_this_till_itself_meanwhile_is_for_a_person(shop: Shop, acted: bool) -> None:
    cloud = Counting()
    telling, burn, earn = visits(shop, cloud), await entry(shop, EntryKind.BURN), await entry(shop)
    cloud.fails = [(LOST, acted)]
    with pytest.raises(Doubtful):
        await telling.tell(burn)
    await shop.outbox.park(burn.id, EntryError("outcome_unknown", "Nobody knows."), outcome=Outcome.UNKNOWN)
    cloud.fails = [(LOST, False)]
    with pytest.raises(Unreachable):
        await telling.tell(earn)
    shop.clock.move(31)
    for each in (burn, earn):
        with pytest.raises(Doubtful):
            await telling.tell(again(each))


async def test_what_was_refused_is_not_compared_when_it_is_asked_for_again(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    cloud = Counting()
    telling, sent = visits(shop, cloud), await entry(shop)
    with monkeypatch.context() as disk:
        disk.setattr(Traces, "forget", full)
        cloud.fails = [(Refused("bad_request", "No such outlet."), False)]
        with pytest.raises(Refused):
            await telling.tell(sent)
    cloud.fails = [(Refused("bad_request", "No such outlet."), False)]
    with pytest.raises(Refused):
        await telling.tell(sent)
    cloud.points += 10
    await telling.tell(again(sent))
    assert [each.ref_code for each in cloud.told] == [sent.ref_code]


async def test_what_was_refused_after_silence_is_still_compared(shop: Shop) -> None:
    cloud = Counting()
    telling, sent = visits(shop, cloud), await entry(shop)
    cloud.fails = [(LOST, False), (Refused("bad_request", "No such outlet."), False)]
    with pytest.raises(Unreachable):
        await telling.tell(sent)
    shop.clock.move(31)
    with pytest.raises(Refused):
        await telling.tell(again(sent))
    cloud.points += 10  # what was lost arrives after all
    await telling.tell(again(again(sent)))
    assert cloud.told == []


async def test_the_wait_is_counted_from_the_loss_or_the_start_whatever_the_wall_clock_says(shop: Shop) -> None:
    cloud = Counting()
    telling, sent = visits(shop, cloud), await entry(shop)
    cloud.fails = [(LOST, False)]
    shop.clock.move(100)  # an answer is waited for too
    with pytest.raises(Unreachable):
        await telling.tell(sent)
    for jump in (-86_400, 2 * 86_400):
        shop.clock.jump(jump)
        with pytest.raises(Unreachable) as early:
            await telling.tell(again(sent))
        assert early.value.retry_after_s == 30
    restarted = visits(shop, cloud)
    shop.clock.move(29)
    with pytest.raises(Unreachable) as early:
        await restarted.tell(again(sent))
    assert early.value.retry_after_s == 1
    shop.clock.move(2)
    await restarted.tell(again(sent))
    assert len(cloud.told) == 1
