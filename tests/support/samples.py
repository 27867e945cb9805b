"""One member, one entry, one order, for tests that need any."""

from __future__ import annotations

from datetime import UTC, datetime

from agent.core.entry import Entry, EntryKind, EntryState, Outcome
from agent.core.member import Member
from agent.core.money import Money, Points
from agent.core.order import Customer, Method, Modifier, Order, OrderLine, PaidOrder
from agent.core.order_status import OrderStatus
from agent.core.ref_code import RefCode

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
MEI = Member(uuid="u-mei", display="Mei L.", balance=Points(120), expiring=Points(20), expires_at=None, as_of=NOON, fresh=True)


def an_entry(seq: int, kind: EntryKind, key: str | None, at: datetime) -> Entry:
    return Entry(
        seq=seq,
        id=f"e-{seq}",
        kind=kind,
        lane="lane",
        state=EntryState.PENDING,
        outcome=Outcome.QUEUED,
        ref_code=RefCode(key or f"cb1-e-{seq}"),
        payload={},
        payload_hash="",
        created_at=at,
        attempts=0,
    )


def an_order(order_id: str) -> Order:
    lines = (
        OrderLine(name="Laksa", quantity=2, price=Money(650, "SGD"), modifiers=(Modifier(name="Extra cockles", quantity=1),)),
    )
    paid = PaidOrder(
        id=order_id,
        ref_no="A-17",
        outlet_id=None,
        method=Method.PICKUP,
        placed_at=NOON,
        promised_at=None,
        lines=lines,
        total=Money(1300, "SGD"),
        customer=Customer(name="Mei"),
    )
    return Order(
        paid=paid, status=OrderStatus.PAID, received_at=NOON, deliveries=1, printed=0, pos_order_id=None, unacknowledged=True
    )
