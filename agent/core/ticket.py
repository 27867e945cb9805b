"""An order as printable lines: pure, so that paper and screen read the same."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from agent.core.order import Order, OrderLine
from agent.core.ticket_words import WORDS, TicketLanguage, TicketWords


class Emphasis(StrEnum):
    """What a line is to the cook; the printer decides how that looks."""

    BODY = "body"
    STRONG = "strong"
    LARGE = "large"
    """What to make: read at arm's length."""
    HUGE = "huge"
    """What the order is called: read across the pass."""
    NOTE = "note"
    """What a customer asked for: white on black, so that nobody overlooks it."""
    BANNER = "banner"
    """What is wrong with this paper: white on black from edge to edge."""
    RULE = "rule"
    """A line across the paper; its text is empty."""


@dataclass(frozen=True, slots=True)
class TicketLine:
    """One line of text without control characters; the printer wraps it."""

    text: str
    emphasis: Emphasis = Emphasis.BODY
    hang: int = 0
    """Columns by which the lines it wraps into are indented after the first."""


RULE = TicketLine("", Emphasis.RULE)


@dataclass(frozen=True, slots=True)
class Ticket:
    """What is printed for the kitchen."""

    order_id: str
    lines: tuple[TicketLine, ...]


def render(
    order: Order,
    *,
    zone: ZoneInfo,
    language: TicketLanguage = TicketLanguage.ENGLISH,
    copy: int = 1,
    possible_duplicate: bool = False,
    instead_of: str = "",
) -> Ticket:
    """The ticket of an order; `copy` from 2, a possible duplicate and the printer it stands in for are said at the top."""
    paid, words = order.paid, WORDS[language]
    lines = _banners(words, copy, possible_duplicate, instead_of)
    lines.append(TicketLine(clean(paid.ref_no), Emphasis.HUGE))
    lines.append(TicketLine(_how(order, words), Emphasis.LARGE))
    lines.append(TicketLine(_when(words.promised, paid.promised_at, zone) or words.soon, Emphasis.LARGE))
    if placed := _when(words.placed, paid.placed_at, zone):
        lines.append(TicketLine(placed))
    if paid.source:
        lines.append(TicketLine(words.came_by.format(device=clean(paid.source))))
    if paid.notes:
        lines.append(TicketLine(clean(paid.notes), Emphasis.NOTE))
    lines.append(RULE)
    for line in paid.lines:
        lines.extend(_line(line))
    lines.append(RULE)
    if paid.total is not None:
        lines.append(TicketLine(words.total.format(amount=f"{paid.total.currency} {paid.total}")))
    lines.extend(TicketLine(f"! {clean(words.problem(problem))}", Emphasis.STRONG, hang=2) for problem in order.problems)
    return Ticket(order.id, tuple(lines))


def _banners(words: TicketWords, copy: int, possible_duplicate: bool, instead_of: str) -> list[TicketLine]:
    said = {
        words.duplicate: possible_duplicate,
        words.copy.format(copy=copy): copy > 1,
        words.instead_of.format(printer=clean(instead_of).upper()): bool(instead_of),
    }
    return [TicketLine(text, Emphasis.BANNER) for text, is_so in said.items() if is_so]


def clean(text: str) -> str:
    """Text without control and format characters, line breaks as spaces: nothing in an order may steer a printer."""
    if text.isprintable():
        return text.strip()
    spaced = "".join(" " if char in "\r\n\t" else char for char in text)
    return "".join(char for char in spaced if unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Co"}).strip()


def _how(order: Order, words: TicketWords) -> str:
    paid = order.paid
    parts = [words.methods[paid.method]]
    if paid.table:
        parts.append(words.table.format(table=clean(paid.table)))
    if paid.customer.name:
        parts.append(clean(paid.customer.name))
    return ", ".join(parts)


def _when(words: str, moment: datetime | None, zone: ZoneInfo) -> str:
    return words.format(time=f"{moment.astimezone(zone):%H:%M}") if moment else ""


def _line(line: OrderLine) -> list[TicketLine]:
    count = f"{line.quantity} x "
    lines = [TicketLine(f"{count}{clean(line.name)}", Emphasis.LARGE, hang=len(count))]
    for modifier in line.modifiers:
        times = f"{modifier.quantity} x " if modifier.quantity > 1 else ""
        lines.append(TicketLine(f"    + {times}{clean(modifier.name)}", Emphasis.STRONG, hang=2))
    if line.notes:
        lines.append(TicketLine(f"    {clean(line.notes)}", Emphasis.NOTE))
    return lines
