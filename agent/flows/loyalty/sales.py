"""Sales that the POS made: they earn at once when the member is known, else stay claimable for a while."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from agent.core.card_number import looks_like_card_number
from agent.core.clock import Clock, business_day
from agent.core.entry import Entry, EntryKind, EntryState, Outcome
from agent.core.errors import CataBridgeError, Conflict, InvalidInput, Refused
from agent.core.events import SalesChanged
from agent.core.member import MemberRef
from agent.core.sale import Sale, SaleSeen, SaleState
from agent.db.outbox import Recorded
from agent.db.sales import Sales
from agent.flows.bus import Bus
from agent.flows.loyalty.counter import TOLD_AGAIN_WITHIN, Loyalty
from agent.flows.loyalty.intents import EarnRequest

log = logging.getLogger(__name__)


class SalesDesk:
    """Joins the POS's sales with the members who come late, or never."""

    def __init__(self, sales: Sales, loyalty: Loyalty, bus: Bus, *, clock: Clock, claimable_for: timedelta) -> None:
        self._sales = sales
        self._loyalty = loyalty
        self._bus = bus
        self._clock = clock
        self._claimable_for = claimable_for

    async def record(self, seen: SaleSeen) -> Sale:
        """Make a sale durable; the same sale again changes nothing.

        Raises Conflict `receipt_already_used` when the receipt stands for another amount, Refused `sale_unknown`
        when a sale is taken back that was never seen, InvalidInput `card_number` when a POS gives a card for a receipt.
        """
        if looks_like_card_number(seen.receipt):
            sentence = "The receipt of this sale looks like a payment card number, which is never kept here."
            raise InvalidInput("card_number", sentence, field="receipt")
        if seen.void:
            return await self._void(seen)
        occurred_at = seen.occurred_at or await self._first_told(seen) or self._clock.now()
        recorded = await self._sales.record(
            seen,
            business_day=self._day(occurred_at),
            occurred_at=occurred_at,
            claimable_until=max(occurred_at, self._clock.now()) + self._claimable_for,
        )
        self._bus.publish(SalesChanged())
        if seen.member is not None and recorded.sale.state is SaleState.CLAIMABLE:
            await self._claim(recorded.sale, seen.member)
            return await self._sales.get(seen.receipt) or recorded.sale
        return recorded.sale

    async def claimable(self) -> list[Sale]:
        """Sales that still wait for their member, newest first."""
        return await self._sales.claimable(self._clock.now())

    async def claim(self, receipt: str, member: MemberRef) -> Recorded:
        """Let a member have a sale's points: once per receipt, the same member again is the same entry."""
        sale = await self._sales.get(receipt)
        if sale is None:
            raise Refused("sale_unknown", "The POS has not reported a sale with this receipt.", status=404)
        if sale.state is SaleState.VOIDED:
            raise Conflict("sale_voided", "This sale was taken back at the POS.", status=409)
        if sale.state is SaleState.EXPIRED or (sale.state is SaleState.CLAIMABLE and sale.claimable_until < self._clock.now()):
            raise Conflict(
                "claim_too_late", "This sale can no longer be claimed. A manager can add the points by hand.", status=409
            )
        return await self._claim(sale, member)

    async def settled(self, entry: Entry) -> None:
        """A sale that was taken back while its points were on the way gives them back once they are confirmed."""
        if entry.kind is EntryKind.EARN and entry.outcome is Outcome.CONFIRMED and entry.receipt:
            sale = await self._sales.get(entry.receipt)
            if sale is not None and sale.state is SaleState.VOIDED and sale.entry_id == entry.id:
                await self._take_back(entry.id)

    async def sweep(self) -> None:
        """After a restart: give back what was confirmed for sales that were taken back meanwhile."""
        for entry_id in await self._sales.voided_entries():
            await self._take_back(entry_id)

    async def expire(self) -> None:
        """Let go of sales that nobody claimed in time."""
        if await self._sales.expire(self._clock.now()):
            self._bus.publish(SalesChanged())

    async def _claim(self, sale: Sale, member: MemberRef) -> Recorded:
        request = EarnRequest(member=member, amount=sale.amount, receipt=sale.receipt, occurred_at=sale.occurred_at)
        draft = await self._loyalty.earn_draft(request)
        try:
            recorded = await self._sales.claim(sale.receipt, draft, sale.business_day)
        except Conflict as conflict:
            if conflict.reason != "receipt_already_used":
                raise
            # The database compares names; the flow knows that a phone and a uuid may be the same member.
            recorded = await self._loyalty.record(draft, asked_for=member)
            await self._sales.claimed(sale.receipt, sale.business_day, recorded.entry.id)
        if recorded.is_new:
            self._loyalty.announce(recorded.entry)
        self._bus.publish(SalesChanged())
        return recorded

    async def _first_told(self, seen: SaleSeen) -> datetime | None:
        """When the same sale was told a short while ago, maybe on the business day that has just ended."""
        sale = await self._sales.get(seen.receipt)
        is_same = sale is not None and sale.amount == seen.amount
        return sale.occurred_at if sale and is_same and self._clock.now() - sale.occurred_at <= TOLD_AGAIN_WITHIN else None

    async def _void(self, seen: SaleSeen) -> Sale:
        sale = await self._sales.void(seen.receipt, self._day(seen.occurred_at) if seen.occurred_at else None)
        if sale is None:
            raise Refused("sale_unknown", "The POS takes back a sale that it has not reported.", status=404)
        self._bus.publish(SalesChanged())
        if sale.entry_id is not None:
            await self._take_back(sale.entry_id)
        return sale

    async def _take_back(self, entry_id: str) -> None:
        try:
            entry = await self._loyalty.reverse(entry_id, "sale taken back")
        except Conflict as error:
            if error.reason == "not_reversible":
                log.warning("points of a sale that was taken back stay, a person has to correct them entry=%s", entry_id)
                return
            log.info("points go back once they are confirmed entry=%s reason=%s", entry_id, error.reason)
        except CataBridgeError as error:
            log.warning("points not given back entry=%s reason=%s", entry_id, error.reason)
        else:
            state = "cancelled" if entry.state is EntryState.DISCARDED else "compensated"
            log.info("sale taken back entry=%s %s", entry_id, state)

    def _day(self, moment: datetime) -> str:
        terms = self._loyalty.terms
        return business_day(moment, terms.zone, terms.business_day_ends).isoformat()
