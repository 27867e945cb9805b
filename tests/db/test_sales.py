"""A sale stands for one amount and has one claim."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from agent.core.entry import EntryKind, Outcome
from agent.core.errors import Conflict, InvalidInput, Refused
from agent.core.member import MemberRef
from agent.core.money import Money
from agent.core.sale import SaleSeen, SaleState
from agent.db.database import Database
from agent.db.outbox import Outbox
from agent.db.sales import SaleRecorded, Sales
from tests.db.drafts import a_draft
from tests.support.clock import START, FakeClock

DAY = "2026-11-22"
UNTIL = START + timedelta(hours=1)


async def seen(sales: Sales, receipt: str = "R1", minor: int = 1250, *, day: str = DAY, until: datetime = UNTIL) -> SaleRecorded:
    sale = SaleSeen(receipt=receipt, amount=Money(minor, "SGD"))
    return await sales.record(sale, business_day=day, occurred_at=START, claimable_until=until)


async def test_the_same_receipt_is_the_same_sale_with_one_amount(sales: Sales) -> None:
    first, again = await seen(sales), await seen(sales)
    assert (first.is_new, again.is_new, again.sale) == (True, False, first.sale)
    assert (first.sale.amount, first.sale.state, first.sale.occurred_at) == (Money(1250, "SGD"), SaleState.CLAIMABLE, START)
    with pytest.raises(Conflict, match="receipt_already_used"):
        await seen(sales, minor=1251)


async def test_another_day_is_another_sale_and_the_newest_is_meant(sales: Sales) -> None:
    await seen(sales)
    assert (await seen(sales, minor=99, day="2026-11-23")).is_new
    newest, older = await sales.get("R1"), await sales.get("R1", DAY)
    assert newest is not None
    assert older is not None
    assert (newest.amount.minor, older.amount.minor) == (99, 1250)
    assert await sales.get("nobody") is None


async def test_claim_and_entry_are_one(sales: Sales, outbox: Outbox) -> None:
    await seen(sales)
    recorded = await sales.claim("R1", a_draft(ref_code="k"))
    again = await sales.claim("R1", a_draft(ref_code="k"))
    assert (recorded.is_new, again.is_new, again.entry) == (True, False, recorded.entry)
    sale = await sales.get("R1")
    assert sale is not None
    assert (sale.state, sale.entry_id) == (SaleState.CLAIMED, recorded.entry.id)
    for other in (a_draft(ref_code="k", member=MemberRef(uuid="u2")), a_draft(ref_code="k", points=6)):
        with pytest.raises(Conflict, match="receipt_already_used"):
            await sales.claim("R1", other)
    with pytest.raises(Conflict, match="sale_already_claimed"):
        await sales.claim("R1", a_draft())
    assert (await outbox.counts()).pending == 1


async def test_a_claim_whose_entry_ended_unsent_is_none(sales: Sales, outbox: Outbox) -> None:
    await seen(sales)
    recorded = await sales.claim("R1", a_draft(ref_code="k"))
    await outbox.discard(recorded.entry.id, reason="wrong member", by="Ann")
    second = await sales.claim("R1", a_draft(ref_code="k", member=MemberRef(uuid="u2")))
    assert second.is_new


async def test_a_sale_is_joined_with_an_entry_that_was_there(sales: Sales, outbox: Outbox) -> None:
    await seen(sales)
    entry = (await outbox.record(a_draft())).entry
    assert (await sales.claimed("R1", DAY, entry.id)).entry_id == entry.id
    assert (await sales.claimed("R1", DAY, entry.id)).state is SaleState.CLAIMED


async def test_what_cannot_be_claimed_says_why(sales: Sales, clock: FakeClock) -> None:
    with pytest.raises(Refused, match="sale_unknown"):
        await sales.claim("nobody", a_draft())
    await seen(sales)
    await sales.void("R1")
    with pytest.raises(Conflict, match="sale_voided"):
        await sales.claim("R1", a_draft())
    await seen(sales, "R2")
    clock.move(3600)
    with pytest.raises(Conflict, match="claim_too_late"):
        await sales.claim("R2", a_draft())
    assert await sales.expire(clock.now()) == 1
    with pytest.raises(Conflict, match="claim_too_late"):
        await sales.claim("R2", a_draft())


async def test_a_void_names_what_was_earned_and_stays(sales: Sales, database: Database) -> None:
    await seen(sales)
    entry = (await sales.claim("R1", a_draft())).entry
    voided = await sales.void("R1", DAY)
    assert voided is not None
    assert (voided.state, voided.entry_id) == (SaleState.VOIDED, entry.id)
    assert await sales.void("R1") == voided
    assert await sales.void("nobody") is None
    assert (await seen(sales)).sale == voided
    for change in ("state = 'claimable'", "minor = 1"):
        with pytest.raises(InvalidInput, match="change_refused"):
            await database.write(lambda tx, change=change: tx.conn.execute(f"UPDATE sales SET {change}").rowcount)  # type: ignore[misc]


async def test_voided_sales_are_listed_until_their_points_are_back(sales: Sales, outbox: Outbox) -> None:
    await seen(sales)
    entry = (await sales.claim("R1", a_draft())).entry
    await sales.void("R1")
    assert await sales.voided_entries() == []
    await outbox.claim_one(entry.id)
    await outbox.settle(entry.id, Outcome.CONFIRMED)
    assert await sales.voided_entries() == [entry.id]
    await outbox.record(a_draft(kind=EntryKind.BURN, reverses=entry.id))
    assert await sales.voided_entries() == []


async def test_claimable_ones_newest_first(sales: Sales, clock: FakeClock) -> None:
    for receipt, minutes in (("R1", 60), ("R2", 10), ("R3", 60)):
        await seen(sales, receipt, until=START + timedelta(minutes=minutes))
    assert [sale.receipt for sale in await sales.claimable(START)] == ["R3", "R2", "R1"]
    clock.move(600)
    assert [sale.receipt for sale in await sales.claimable(clock.now())] == ["R3", "R1"]
    assert await sales.expire(clock.now()) == 1
    expired = await sales.get("R2")
    assert expired is not None
    assert expired.state is SaleState.EXPIRED
