"""Orders and tickets to try printers and POS drivers with."""

from __future__ import annotations

from datetime import UTC, datetime

from agent.core.money import Money
from agent.core.order import Customer, Method, Modifier, Order, OrderLine, PaidOrder
from agent.core.order_status import OrderStatus
from agent.core.ticket import Emphasis, Ticket, TicketLine

AT = datetime(2026, 11, 22, 4, 30, tzinfo=UTC)


def an_order(order_id: str = "ord-1", name: str = "Chicken rice") -> Order:
    line = OrderLine(
        plu="CR1", name=name, quantity=2, notes="no chilli", price=Money(450, "SGD"), modifiers=(Modifier(plu="EGG", name="Egg"),)
    )
    paid = PaidOrder(
        id=order_id,
        ref_no="A-17",
        outlet_id="outlet-1",
        method=Method.TAKEAWAY,
        placed_at=AT,
        promised_at=None,
        lines=(line,),
        total=Money(900, "SGD"),
        customer=Customer(name="Mei", phone="+6591234567"),
        notes="ring twice",
    )
    return Order(
        paid=paid, status=OrderStatus.PAID, received_at=AT, deliveries=1, printed=0, pos_order_id=None, unacknowledged=True
    )


def a_ticket(*lines: str, order_id: str = "ord-1") -> Ticket:
    return Ticket(order_id, (TicketLine("A-17", Emphasis.HUGE), *(TicketLine(line) for line in lines)))
