"""What an entry, a scan and a parked reason are called on the screen: pure."""

from __future__ import annotations

from gui.formats import number, signed
from gui.state import State
from gui.strings import known, said, tr
from gui.widgets.marks import Mark
from gui.wire.entries import EntrySeen
from gui.wire.orders import OrderSeen

OUTCOME_MARKS = {"confirmed": ("ready", "ok"), "declined": ("attention", "late"), "unknown": ("checking", "attention")}
GIVEN_UP = frozenset({"interrupted", "taken_back"})


def who(entry: EntrySeen, state: State) -> str:
    """Whom an entry is for, masked."""
    if entry.display:
        return entry.display
    member = state.members.get(entry.member_uuid)
    if member is not None:
        return f"{member.display} •••• {member.phone_tail}" if member.phone_tail else member.display
    if entry.identifier:
        return masked(entry.identifier)
    return tr("member.unnamed", tail=entry.member_uuid[-4:]) if entry.member_uuid else ""


def masked(identifier: str) -> str:
    """A typed or scanned identifier with all but its tail hidden."""
    if "@" in identifier:
        return tr("member.email", first=identifier[0])
    if identifier.startswith("+"):
        return tr("member.phone", tail=identifier[-4:])
    return tr("member.code", tail=identifier[-4:].lstrip("-"))


def title(entry: EntrySeen, state: State) -> str:
    """One line that names an entry."""
    if entry.is_loyalty:
        parts = [tr(f"entry.{entry.kind}", points=number(abs(entry.points))), entry.receipt, who(entry, state)]
        return ", ".join(part for part in parts if part)
    if entry.kind == "order_status":
        return _order_title(entry, state.orders.get(entry.order_id))
    key = f"entry.{entry.kind}"
    return tr(key) if known(key) else tr("entry.other")


def _order_title(entry: EntrySeen, order: OrderSeen | None) -> str:
    ref = order.ref_no if order else ""
    status = entry.order_status or (order.status if order else "")
    key = f"entry.status.{status}"
    step = tr(key) if known(key) else tr("entry.status.other")
    return tr("entry.order", ref=ref, step=step) if ref else tr("entry.order_unnamed", step=step)


def why(entry: EntrySeen) -> str:
    """One sentence about where an entry stands."""
    if entry.error is not None and entry.error.message and entry.state == "parked":
        return said(entry.error.reason, entry.error.message)
    if entry.is_shortfall and entry.error is not None:
        return said(entry.error.reason, entry.error.message)
    if entry.slip and entry.is_open:
        return tr("entry.why.granted", slip=entry.slip)
    if entry.outcome == "unknown":
        return tr("entry.why.unknown" if entry.kind == "burn" else "entry.why.asking")
    return tr("entry.why.offline") if entry.attempts or entry.error else tr("entry.why.saved")


def points_text(entry: EntrySeen) -> str:
    """`+12` or `−100`."""
    return signed(-abs(entry.points) if entry.kind == "burn" else abs(entry.points))


def mark(entry: EntrySeen, *, long: bool = False) -> Mark:
    """The badge of an entry."""
    if entry.state == "parked":
        return parked_mark(entry)
    if entry.is_shortfall:
        return Mark(tr("badge.shortfall"), "attention", "late")
    if entry.slip and entry.is_open:
        return Mark(tr("badge.granted"), "clock", "attention")
    if entry.state == "discarded":
        return Mark(tr("badge.discarded"))
    if entry.outcome == "declined" and entry.error and entry.error.reason in GIVEN_UP:
        return Mark(tr("badge.taken_back"))
    if entry.outcome in OUTCOME_MARKS:
        glyph, tone = OUTCOME_MARKS[entry.outcome]
        return Mark(tr(f"badge.{entry.outcome}"), glyph, tone)
    return Mark(tr("badge.saved_long" if long else "badge.saved"), "clock", "offline")


def parked_mark(entry: EntrySeen) -> Mark:
    """The reason of a parked entry in two words."""
    key = f"parked.{entry.error.reason if entry.error else ''}"
    return Mark(tr(key) if known(key) else tr("parked.other"), "attention", "late")
