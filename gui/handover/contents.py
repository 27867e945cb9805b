"""What stands on the handover sheet: nothing that went well, everything that somebody still has to think of; pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from agent.core.clouds import Ability
from gui import formats
from gui.outbox import words as entry_words
from gui.outbox.next import what_next
from gui.sheets.sheet import Line, Section, Sheet
from gui.state import State
from gui.strings import shown_name, told, tr
from gui.tickets.words import named
from gui.wire.entries import EntrySeen
from gui.wire.menu import MenuItemSeen
from gui.wire.orders import OrderSeen

SHIFT = timedelta(hours=12)
"""Orders that came earlier belong to a sheet before this one."""
GRACE = timedelta(minutes=1)
BUSY_AT_ONCE = 6
"""So many orders at once are a cause of lateness by themselves."""


def handover(state: State, orders: Sequence[OrderSeen], now: datetime, made: str) -> Sheet:
    """The sheet of now; `orders` are the shift's, finished ones included."""
    status = state.status
    place = f"{status.outlet}, {status.till}" if status else tr("app.name")
    sections = [
        Section(tr("handover.parked"), tuple(_entry(each, state, now) for each in state.parked()), tr("handover.nobody")),
        Section(tr("handover.pending"), tuple(_entry(each, state, now) for each in state.waiting()), tr("handover.all_sent")),
        Section(tr("handover.receipts"), tuple(_receipts(state)), tr("handover.no_receipts")),
    ]
    if state.can(Ability.ORDERS):
        sections.append(Section(tr("handover.late"), tuple(_late(orders, now)), tr("handover.none_late")))
    if state.can(Ability.MENU):
        sections.append(Section(tr("handover.sold_out"), tuple(_sold_out(state, now)), tr("handover.all_there")))
    sections.append(Section(tr("handover.devices"), tuple(_devices(state)), tr("handover.all_work")))
    return Sheet(title=tr("handover.title"), place=place, made=made, sections=tuple(sections), signature=tr("handover.sign"))


def _entry(entry: EntrySeen, state: State, now: datetime) -> Line:
    mark = entry_words.mark(entry)
    age = tr("handover.since", span=formats.span((now - entry.created_at).total_seconds()))
    words = (entry_words.why(entry), what_next(entry, state, now), age)
    return Line(entry_words.title(entry, state), formats.sentences(words), mark.word, mark.tone)


def _receipts(state: State) -> list[Line]:
    where = formats.zone(state.status.timezone if state.status else "Asia/Singapore")
    return [
        Line(f"{sale.receipt}, {formats.price(sale.amount)}", tr("handover.paid_at", time=formats.clock(sale.occurred_at, where)))
        for sale in state.sales
    ]


def _late(orders: Sequence[OrderSeen], now: datetime) -> list[Line]:
    found = []
    for order in orders:
        late = lateness(order, now)
        if late > GRACE and now - order.received_at <= SHIFT:
            minutes = tr("handover.late_by", minutes=int(late.total_seconds() // 60))
            found.append(Line(order.ref_no, cause(order, orders), minutes, "late"))
    return found


def lateness(order: OrderSeen, now: datetime) -> timedelta:
    """By how much an order was, or is by now, behind its promise; nothing without a promise."""
    if order.promised_at is None or order.status in {"REJECTED", "CANCELLED"}:
        return timedelta()
    is_done = order.status in {"READY", "COMPLETED", "DRIVER_PICKED_UP"}
    end = order.status_at if is_done and order.status_at is not None else now
    return max(timedelta(), end - order.promised_at)


def cause(order: OrderSeen, orders: Sequence[OrderSeen]) -> str:
    """The likeliest reason, from what is known: its own problems, nobody's answer, or many orders at once."""
    if order.problems:
        return formats.sentences(named(problem) for problem in order.problems)
    if order.status == "PAID":
        return tr("handover.cause.unanswered")
    at_once = sum(1 for other in orders if other.id != order.id and _overlap(order, other))
    if at_once >= BUSY_AT_ONCE:
        return tr("handover.cause.busy", count=at_once)
    return tr("handover.cause.kitchen")


def _overlap(order: OrderSeen, other: OrderSeen) -> bool:
    """Whether both were being made at some time."""
    end, other_end = order.status_at or order.promised_at, other.status_at or other.promised_at
    if end is None or other_end is None:
        return False
    return order.received_at <= other_end and other.received_at <= end


def _sold_out(state: State, now: datetime) -> list[Line]:
    where = formats.zone(state.status.timezone if state.status else "Asia/Singapore")

    def until(item: MenuItemSeen) -> str:
        end = item.sold_out_until
        if end is None or end - now > timedelta(days=2):
            return tr("menu.is_sold_out")
        return tr("menu.sold_out_until", time=formats.clock(end, where))

    gone = [item for item in state.menu.items if not item.available or (item.sold_out_until and item.sold_out_until > now)]
    return [Line(item.name, item.category, until(item), "attention") for item in gone]


def _devices(state: State) -> list[Line]:
    broken = [device for device in state.devices if device.state in {"missing", "attention", "misconfigured"}]
    return [Line(shown_name(device.name), told(device.sentence), tr(f"device.{device.state}"), "late") for device in broken]
