"""A visit that may have been told is never told again blind."""

from __future__ import annotations

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
from agent.db.facts import TRACE, note_untraced
from agent.flows.visits import Visits
from tests.support.shop import Shop, open_shop

LOST = Unreachable("timeout", "No answer.", maybe_applied=True)


class Counting:
    """A cloud that counts, and loses an answer or a request when told to."""

    def __init__(self) -> None:
        self.points = 100
        self.told: list[Visit] = []
        self.fails: list[tuple[Exception, bool]] = []
        """Errors to come, and whether the cloud acts before."""

    async def lookup(self, identifier: str) -> Profile:
        return Profile(uuid="u-mei")

    async def balance(self, uuid: str) -> Balance:
        return Balance(points=Points(self.points), expiring=Points(0), expires_at=None)

    async def visit(self, visit: Visit) -> Standing | None:
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
    return Visits(cloud, shop.cache, shop.facts, clock=shop.clock, idempotent=False, doubt_wait=timedelta(seconds=30))


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

    async def full(*_: object) -> None:
        raise NotSaved("disk_full", "The disk is full.")

    monkeypatch.setattr(shop.facts, "set", full)
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
    settled, discarded = await entry(shop), await entry(shop)
    for each in (settled, discarded):
        await visits(shop, Counting()).tell(each)
    await shop.outbox.settle(settled.id, Outcome.CONFIRMED)
    await shop.outbox.park(discarded.id, EntryError("outcome_unknown", "Nobody knows."), outcome=Outcome.UNKNOWN)
    assert await shop.facts.get(TRACE.format(settled.id)) is None
    assert await shop.facts.get(TRACE.format(discarded.id)) is not None
    await shop.outbox.discard(discarded.id, reason="done by hand", by="Ann")
    assert await shop.facts.get(TRACE.format(discarded.id)) is None


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
