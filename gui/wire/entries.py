"""Entries of the outbox as the till API tells them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from agent.core.entry import EntryError
from gui.link.fields import EPOCH, Json, moment, section, text, whole


@dataclass(frozen=True, slots=True, kw_only=True)
class EntrySeen:
    """An entry of the outbox."""

    id: str
    kind: str
    state: str
    outcome: str
    created_at: datetime
    member_uuid: str = ""
    identifier: str = field(default="", repr=False)
    display: str = field(default="", repr=False)
    points: int = 0
    receipt: str = ""
    settled_at: datetime | None = None
    attempts: int = 0
    not_before: datetime | None = None
    error: EntryError | None = None
    order_id: str = ""
    reverses: str = ""
    order_status: str = ""
    slip: str = ""
    """Code of a discount that was granted without a connection; empty for any other entry."""

    @property
    def is_shortfall(self) -> bool:
        """A granted discount that no points were there for."""
        return bool(self.slip) and self.error is not None and self.error.reason == "shortfall"

    @property
    def needs_person(self) -> bool:
        """It does not go on by itself, or somebody has to hear of it."""
        return self.state == "parked" or self.is_shortfall

    @property
    def is_open(self) -> bool:
        """On its way."""
        return self.state in {"pending", "sending"}

    @property
    def is_loyalty(self) -> bool:
        """Points, not orders or menus."""
        return self.kind in {"earn", "burn"}


def read_entry(source: Json) -> EntrySeen:
    """An entry."""
    member, error = section(source, "member"), section(source, "error")
    return EntrySeen(
        id=text(source, "id"),
        kind=text(source, "kind"),
        state=text(source, "state"),
        outcome=text(source, "outcome"),
        created_at=moment(source, "created_at") or EPOCH,
        member_uuid=text(member, "uuid"),
        identifier=text(member, "identifier"),
        display=text(member, "display") or text(source, "display"),
        points=whole(source, "points"),
        receipt=text(source, "receipt"),
        settled_at=moment(source, "settled_at"),
        attempts=whole(source, "attempts"),
        not_before=moment(source, "not_before"),
        error=EntryError(text(error, "reason"), text(error, "message")) if error else None,
        order_id=text(source, "order_id"),
        reverses=text(source, "reverses"),
        order_status=text(source, "order_status") or text(section(source, "payload"), "status"),
        slip=text(section(source, "grant"), "slip"),
    )
