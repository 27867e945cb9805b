"""An order as printable lines: pure, so that paper and screen read the same."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from agent.core.order import Method, Order, OrderLine

METHOD_WORDS = {
    Method.PICKUP: "PICKUP",
    Method.DELIVERY: "DELIVERY",
    Method.DINE_IN: "EAT IN",
    Method.TAKEAWAY: "TAKEAWAY",
}


class Emphasis(StrEnum):
    """How large a line is printed."""

    BODY = "body"
    STRONG = "strong"
    HUGE = "huge"


@dataclass(frozen=True, slots=True)
class TicketLine:
    """One line of text without control characters; the printer wraps it."""

    text: str
    emphasis: Emphasis = Emphasis.BODY


@dataclass(frozen=True, slots=True)
class Ticket:
    """What is printed for the kitchen."""

    order_id: str
    lines: tuple[TicketLine, ...]


def render(order: Order, *, zone: ZoneInfo, copy: int = 1, possible_duplicate: bool = False) -> Ticket:
    """The ticket of an order; `copy` from 2 and a possible duplicate say so at the top."""
    paid = order.paid
    lines: list[TicketLine] = []
    if possible_duplicate:
        lines.append(TicketLine("POSSIBLE DUPLICATE", Emphasis.STRONG))
    if copy > 1:
        lines.append(TicketLine(f"COPY {copy}", Emphasis.STRONG))
    lines.append(TicketLine(clean(paid.ref_no), Emphasis.HUGE))
    lines.append(TicketLine(_how(order), Emphasis.STRONG))
    lines.append(TicketLine(_when("Promised", paid.promised_at, zone) or "As soon as possible"))
    if placed := _when("Placed", paid.placed_at, zone):
        lines.append(TicketLine(placed))
    if paid.notes:
        lines.append(TicketLine(f'"{clean(paid.notes)}"', Emphasis.STRONG))
    for line in paid.lines:
        lines.extend(_line(line))
    if paid.total is not None:
        lines.append(TicketLine(f"Total {paid.total.currency} {paid.total}"))
    lines.extend(TicketLine(f"! {clean(problem)}") for problem in order.problems)
    return Ticket(order.id, tuple(lines))


def clean(text: str) -> str:
    """Text without control and format characters, line breaks as spaces: nothing in an order may steer a printer."""
    spaced = "".join(" " if char in "\r\n\t" else char for char in text)
    return "".join(char for char in spaced if unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Co"}).strip()


def _how(order: Order) -> str:
    paid = order.paid
    parts = [METHOD_WORDS[paid.method]]
    if paid.table:
        parts.append(f"table {clean(paid.table)}")
    if paid.customer.name:
        parts.append(clean(paid.customer.name))
    return ", ".join(parts)


def _when(word: str, moment: datetime | None, zone: ZoneInfo) -> str:
    return f"{word} {moment.astimezone(zone):%H:%M}" if moment else ""


def _line(line: OrderLine) -> list[TicketLine]:
    lines = [TicketLine(f"{line.quantity} x {clean(line.name)}", Emphasis.STRONG)]
    for modifier in line.modifiers:
        count = f"{modifier.quantity} x " if modifier.quantity > 1 else ""
        lines.append(TicketLine(f"    {count}{clean(modifier.name)}"))
    if line.notes:
        lines.append(TicketLine(f'    "{clean(line.notes)}"'))
    return lines
