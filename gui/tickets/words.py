"""What a ticket says: age, allergies, method, totals to make: pure, so that it can be tested without a window."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from agent.core.sentence import reason_of, values_of
from gui.formats import clock, countdown, minutes_between, number, zone
from gui.strings import cloud_name, known, shown_name, told, tr
from gui.tickets.news import Change
from gui.wire.orders import OrderSeen
from gui.wire.status import BoardSeen, DeviceSeen, Limits

DUE_SOON = timedelta(minutes=5)
"""Before a promised time."""
COUNTER = BoardSeen().counter
TOTAL = frozenset({"total_mismatch", "total_missing"})
DEVICE = re.compile(r"[a-z0-9_-]+")
PREPARING = frozenset({"ACCEPTED", "IN_PROGRESS"})
ALLERGY = re.compile(r"allerg|过敏|ஒவ்வாமை|alahan", re.IGNORECASE)
SENTENCE_ENDS = re.compile(r"(?<=[.;!\n。；])\s*")


class Pace(StrEnum):
    """How urgent a ticket is."""

    CALM = "calm"
    DUE = "due"
    LATE = "late"
    READY = "ready"
    NEW = "new"


@dataclass(frozen=True, slots=True)
class Age:
    """The word at the right of a ticket's head."""

    pace: Pace
    text: str
    glyph: str = ""


def column_of(order: OrderSeen) -> str:
    """`new`, `preparing`, `ready` or `done`."""
    if order.status == "PAID":
        return "new"
    if order.status in PREPARING:
        return "preparing"
    return "ready" if order.status == "READY" else "done"


def age_key(order: OrderSeen) -> tuple[datetime, str]:
    """What tickets are sorted by: the answer that is due, the promise, or how long it waits."""
    if order.status == "PAID":
        return order.accept_by or order.received_at, order.ref_no
    if order.status == "READY":
        return order.status_at or order.received_at, order.ref_no
    return order.promised_at or order.received_at, order.ref_no


def age(order: OrderSeen, now: datetime, limits: Limits = COUNTER) -> Age:
    """Countdown, time left, lateness, or how long it waits."""
    match column_of(order):
        case "new":
            return Age(Pace.NEW, countdown(order.accept_by, now) if order.accept_by else _waited(order.received_at, now))
        case "ready":
            return Age(Pace.READY, tr("age.waits", minutes=_since(order.status_at or order.received_at, now)), "ready")
    return _promised(order.promised_at, now) if order.promised_at else _counted_up(order.received_at, now, limits)


def cancelled() -> Age:
    """Instead of an age: nobody has to hurry any more."""
    return Age(Pace.LATE, tr("age.cancelled"), "attention")


def _since(moment: datetime, now: datetime) -> int:
    return max(0, minutes_between(now, moment))


def _waited(moment: datetime, now: datetime) -> str:
    return tr("age.minutes", minutes=_since(moment, now))


def _promised(promised: datetime, now: datetime) -> Age:
    if now >= promised + timedelta(minutes=1):
        return Age(Pace.LATE, tr("age.late", minutes=_since(promised, now)), "attention")
    left = max(0, -(-int((promised - now).total_seconds()) // 60))
    if promised - now <= DUE_SOON:
        return Age(Pace.DUE, tr("age.left", minutes=left), "diamond")
    return Age(Pace.CALM, tr("age.left", minutes=left))


def _counted_up(received: datetime, now: datetime, limits: Limits) -> Age:
    if now - received >= timedelta(minutes=limits.late):
        return Age(Pace.LATE, tr("age.late_open", minutes=_since(received, now)), "attention")
    if now - received >= timedelta(minutes=limits.due):
        return Age(Pace.DUE, _waited(received, now), "diamond")
    return Age(Pace.CALM, _waited(received, now))


def how(order: OrderSeen) -> str:
    """`Delivery, Ravi K.` or `Eat in, table 12`."""
    key = f"method.{order.method}"
    parts = [tr(key) if known(key) else order.method.replace("_", " ").capitalize()]
    if order.table:
        parts.append(tr("ticket.table", table=order.table))
    return ", ".join(part for part in [*parts, order.customer] if part)


def came_by(order: OrderSeen) -> str:
    """The channel in one word: the device that brought it, else the cloud itself."""
    return shown_name(order.source) if order.source else cloud_name()


def allergies(order: OrderSeen) -> tuple[str, ...]:
    """Every sentence anywhere in an order that speaks of an allergy, once."""
    places = [order.notes, *(line.notes for line in order.lines), *(m for line in order.lines for m in line.modifiers)]
    found = [piece.strip(" .;\n") for place in places for piece in SENTENCE_ENDS.split(place) if ALLERGY.search(piece)]
    return tuple(dict.fromkeys(found))


def notes(order: OrderSeen) -> str:
    """The order's note without what the allergy strip already says."""
    kept = [piece.strip() for piece in SENTENCE_ENDS.split(order.notes) if piece.strip() and not ALLERGY.search(piece)]
    return " ".join(kept)


def details(modifiers: Iterable[str], line_notes: str) -> str:
    """Modifiers and the note of a line, on one line."""
    extra = line_notes if not ALLERGY.search(line_notes) else ""
    return ", ".join(part for part in [*modifiers, extra] if part)


def dishes(order: OrderSeen) -> str:
    """`Kopi C, 2 Kaya Toast`."""
    return ", ".join(line.name if line.quantity == 1 else f"{line.quantity} {line.name}" for line in order.lines)


def item_count(order: OrderSeen) -> int:
    """How many things are to be made."""
    return sum(line.quantity for line in order.lines)


def to_make(orders: Iterable[OrderSeen]) -> list[tuple[int, str]]:
    """Totals of what is accepted and not ready, most first."""
    totals: Counter[str] = Counter()
    for order in orders:
        if column_of(order) == "preparing":
            for line in order.lines:
                totals[line.name] += line.quantity
    return sorted(((count, name) for name, count in totals.items()), key=lambda total: (-total[0], total[1]))


def change_words(change: Change, where: str) -> str:
    """One difference as a sentence."""
    match change.kind:
        case "count":
            return tr("change.count", name=change.what, before=change.before, after=change.after)
        case "time":
            return tr("change.time", time=clock(datetime.fromisoformat(change.what), zone(where)))
        case "table":
            return tr("change.table", table=change.what)
        case "notes":
            return tr("change.notes")
    return tr(f"change.{change.kind}", what=change.what)


def named(problem: str) -> str:
    """A problem with its device's name as people read it."""
    words = told(problem)
    name, colon, rest = words.partition(":")
    return f"{shown_name(name)}:{rest}" if colon and DEVICE.fullmatch(name) else words


def what_to_do(problem: str, order: OrderSeen, devices: Iterable[DeviceSeen]) -> str:
    """The way out of a problem, told by the device that it names."""
    name = values_of(problem).get("device") or problem.partition(":")[0]
    role = next((device.role for device in devices if device.name == name), "")
    if role in {"printer", "pos"}:
        return tr(f"problem.do.{role}")
    if order.status == "PAID" and order.unacknowledged:
        return tr("problem.do.answer")
    return tr("problem.do.total" if reason_of(problem) in TOTAL else "problem.do.other")


def spoken(order: OrderSeen, aged: str) -> str:
    """The whole ticket in one breath, for a screen reader."""
    parts = [
        tr("ticket.spoken", ref=order.ref_no),
        aged,
        *allergies(order),
        *map(named, order.problems),
        how(order),
        came_by(order),
    ]
    parts += [f"{number(line.quantity)} {line.name} {details(line.modifiers, line.notes)}".strip() for line in order.lines]
    return ". ".join(part for part in parts if part)
