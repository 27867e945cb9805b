"""What a customer display says: points only, never who the customer is; pure.

*Saved* is what lies on this till's disk, *Confirmed* is what the cloud did: they are never the same word.
"""

from __future__ import annotations

from agent.core.entry import Entry, EntryKind, Outcome
from agent.core.member import Member
from agent.core.scan import Scan, ScanKind

Lines = tuple[str, str]
"""Upper and lower line; letters of any code page only, since such displays have no others."""
NOTHING: Lines = ("", "")


def of_scan(scan: Scan) -> Lines | None:
    """What a scan means to the customer; None when it is none of their business."""
    if scan.kind is not ScanKind.MEMBER:
        return None
    return ("Welcome", balance(scan.member) if scan.member else "Points can be saved")


def balance(member: Member) -> str:
    """The points that can be spent; a balance that was not asked for just now is said to be an older one."""
    return points(member.balance) if member.fresh else f"about {points(member.balance)}"


def of_entry(entry: Entry) -> Lines | None:
    """What an entry means to the customer; None when it is none of their business."""
    if entry.points is None or entry.reverses is not None:
        return None
    if entry.kind is EntryKind.EARN:
        return {
            Outcome.QUEUED: ("Saved", f"+{points(entry.points)} to come"),
            Outcome.CONFIRMED: ("Confirmed", f"+{points(entry.points)}"),
        }.get(entry.outcome)
    if entry.kind is EntryKind.BURN:
        return {
            Outcome.QUEUED: ("One moment", f"{points(entry.points)} asked for"),
            Outcome.UNKNOWN: ("One moment", "Still asking"),
            Outcome.CONFIRMED: ("Confirmed", f"-{points(entry.points)}"),
            Outcome.DECLINED: ("Not redeemed", "Your points are safe"),
        }[entry.outcome]
    return None


def points(count: int) -> str:
    """Points as they are read."""
    return f"{count:,} point{'' if count == 1 else 's'}"
