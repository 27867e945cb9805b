"""The one right thing that a person can do about an entry: pure."""

from __future__ import annotations

from enum import StrEnum

from gui.wire.entries import EntrySeen


class Step(StrEnum):
    """The one right thing to do."""

    CHOOSE_MEMBER = "choose_member"
    MARK_CANCELLED = "mark_cancelled"
    SEND_AGAIN = "send_again"
    ASK_AGAIN = "ask_again"
    SEND_NOW = "send_now"
    SEEN = "seen"


PARKED_STEPS = {
    "member_unknown": Step.CHOOSE_MEMBER,
    "order_cancelled": Step.MARK_CANCELLED,
    "order_terminal": Step.MARK_CANCELLED,
}


def step_for(entry: EntrySeen, *, gives_points: bool = True) -> Step:
    """Which button an entry gets; without a cloud that `gives_points` by number nobody can give them to another member here."""
    if entry.is_shortfall:
        return Step.SEEN
    if entry.state == "parked":
        step = PARKED_STEPS.get(entry.error.reason if entry.error else "", Step.SEND_AGAIN)
        possible = {Step.CHOOSE_MEMBER: gives_points and entry.kind == "earn", Step.MARK_CANCELLED: bool(entry.order_id)}
        return step if possible.get(step, True) else Step.SEND_AGAIN
    return Step.ASK_AGAIN if entry.outcome == "unknown" else Step.SEND_NOW
