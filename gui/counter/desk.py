"""The counter as a value: whom it serves, what is typed, what was answered, what can be taken back."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from gui.formats import step
from gui.wire.entries import EntrySeen
from gui.wire.members import MemberSeen, ReadySeen
from gui.wire.sales import SaleSeen

MOST_DIGITS = 9
"""9,999,999.99 is above every sale at a till."""


class Mode(StrEnum):
    """What the keypad types."""

    AMOUNT = "amount"
    POINTS = "points"
    REDEEM = "redeem"


class Verdict(StrEnum):
    """What the answer panel tells."""

    ASKING = "asking"
    CONFIRMED = "confirmed"
    DECLINED = "declined"
    UNKNOWN = "unknown"
    QUEUED = "queued"
    GRANTED = "granted"
    """Not asked yet, and the discount may be given all the same."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a redemption, in the keypad's place."""

    verdict: Verdict
    points: int
    message: str = ""
    reason: str = ""
    entry_id: str = ""
    slip: str = ""


@dataclass(frozen=True, slots=True)
class Undo:
    """What can be taken back, and until when."""

    entry_id: str
    points: int
    display: str = field(repr=False)
    until: datetime


@dataclass(frozen=True, slots=True)
class Desk:
    """One customer at the counter; every change makes a new one."""

    member: MemberSeen | None = None
    found_by: str = field(default="", repr=False)
    """How the member was found, masked, in words."""
    identifier: str = field(default="", repr=False)
    """What was scanned or typed, to ask for the balance again."""
    scan_id: str = ""
    """The scan by which the member was found; empty when somebody typed."""
    mode: Mode = Mode.AMOUNT
    digits: int = 0
    """Typed from the right: minor units of money, or whole points."""
    receipt: str = ""
    sale: SaleSeen | None = None
    """The claimable sale that the next earn claims."""
    ready: ReadySeen | None = None
    """The reward that is redeemed instead of points."""
    answer: Answer | None = None
    undo: Undo | None = None
    sending: bool = False
    key: str = ""
    """Idempotency key of the intent on its way; kept until it is answered, so asking again is the same intent."""


def serving(desk: Desk, member: MemberSeen, found_by: str = "", identifier: str = "", scan_id: str = "") -> Desk:
    """A member stands at the counter; the same one again keeps what is typed, a sale waiting for a member keeps too."""
    if is_same(desk, member, identifier):
        return replace(
            desk,
            member=member,
            found_by=found_by or desk.found_by,
            identifier=identifier or desk.identifier,
            scan_id=scan_id or desk.scan_id,
        )
    fresh = Desk(member=member, found_by=found_by, identifier=identifier, scan_id=scan_id, undo=desk.undo)
    return with_sale(fresh, desk.sale) if desk.sale is not None and desk.member is None else fresh


def is_same(desk: Desk, member: MemberSeen, identifier: str) -> bool:
    """Whether this member stands here already, known by now or still only by the code."""
    if desk.member is None:
        return False
    if desk.member.is_looked_up and member.is_looked_up:
        return desk.member.uuid == member.uuid
    return bool(identifier) and identifier == desk.identifier


def concerns(desk: Desk, entry: EntrySeen) -> bool:
    """Whether an entry is about whoever stands here."""
    if desk.member is None:
        return False
    known = desk.member.is_looked_up and entry.member_uuid == desk.member.uuid
    return known or bool(desk.identifier and entry.identifier == desk.identifier)


def with_sale(desk: Desk, sale: SaleSeen) -> Desk:
    """The next earn claims this sale."""
    return replace(
        desk,
        sale=sale,
        receipt=sale.receipt,
        digits=sale.amount.minor // step(sale.amount.currency),
        mode=Mode.AMOUNT,
        answer=None,
    )


def typed(desk: Desk, text: str) -> Desk:
    """Digits from the keypad; a claimed sale's amount is the POS's and is let go of when somebody types."""
    if desk.sending or desk.answer is not None:
        return desk
    digits = 0 if desk.sale is not None else desk.digits
    for digit in text:
        if len(str(digits)) < MOST_DIGITS:
            digits = digits * 10 + int(digit)
    return _without_sale(replace(desk, digits=digits))


def erased(desk: Desk) -> Desk:
    """The last digit goes."""
    if desk.sending or desk.answer is not None:
        return desk
    return _without_sale(replace(desk, digits=desk.digits // 10))


def _without_sale(desk: Desk) -> Desk:
    return replace(desk, sale=None, receipt="", key="") if desk.sale is not None else replace(desk, key="")


def switched(desk: Desk, mode: Mode) -> Desk:
    """Another meaning of the keypad; what was typed is gone, because money is not points."""
    if desk.mode is mode or desk.sending:
        return desk
    return replace(_without_sale(desk), mode=mode, digits=0, answer=None)


def answered(desk: Desk, entry: EntrySeen) -> Desk:
    """What Cata said to a redemption."""
    verdict = Verdict(entry.outcome) if entry.outcome in set(Verdict) else Verdict.UNKNOWN
    if entry.slip and verdict is not Verdict.CONFIRMED:
        verdict = Verdict.GRANTED
    reason, message = (entry.error.reason, entry.error.message) if entry.error else ("", "")
    answer = Answer(verdict, abs(entry.points), message, reason, entry.id, entry.slip)
    return replace(desk, answer=answer, sending=False)


def settled(desk: Desk) -> Desk:
    """The intent on its way got an answer: the keypad is empty again."""
    return replace(desk, digits=0, receipt="", sale=None, sending=False, key="", mode=Mode.AMOUNT, ready=None, answer=None)


def moved(desk: Desk, entry: EntrySeen) -> Desk:
    """A later word about the redemption on the answer panel."""
    if desk.answer is None or desk.answer.entry_id != entry.id or not entry.id:
        return desk
    return answered(desk, entry)
