"""Scans and what they turned out to be, as the till API tells them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from gui.link.fields import Json, moment, text
from gui.wire.members import MemberSeen, read_member


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanSeen:
    """A scan and what it turned out to be."""

    id: str
    device: str
    kind: str
    at: datetime
    code: str = field(default="", repr=False)
    reason: str = ""
    message: str = ""
    member: MemberSeen | None = None

    @property
    def is_open_question(self) -> bool:
        """A member's code that Cata could not be asked about."""
        return self.kind == "member" and self.member is None and bool(self.code)


def read_scan(source: Json, now: datetime) -> ScanSeen:
    """A scan; `now` stands in when the event carries no time."""
    return ScanSeen(
        id=text(source, "scan_id"),
        device=text(source, "device"),
        kind=text(source, "kind"),
        at=moment(source, "at") or now,
        code=text(source, "code"),
        reason=text(source, "reason"),
        message=text(source, "message"),
        member=read_member(source.get("member")),
    )
