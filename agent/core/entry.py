"""An entry of the outbox: one durable thing to tell the cloud."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from agent.core.grant import Grant
from agent.core.member import MemberRef
from agent.core.money import Points
from agent.core.ref_code import RefCode


class EntryKind(StrEnum):
    """What an entry asks of the cloud."""

    EARN = "earn"
    BURN = "burn"
    ORDER_STATUS = "order_status"
    SNOOZE = "snooze"
    OUTLET = "outlet"
    MENU_PUSH = "menu_push"


class EntryState(StrEnum):
    """Where an entry is on its way."""

    PENDING = "pending"
    SENDING = "sending"
    SETTLED = "settled"
    PARKED = "parked"
    DISCARDED = "discarded"


class Outcome(StrEnum):
    """The one word a POS acts on."""

    QUEUED = "queued"
    """Safe on disk, will be sent."""
    CONFIRMED = "confirmed"
    """The cloud did it."""
    DECLINED = "declined"
    """It will not happen; the error says why."""
    UNKNOWN = "unknown"
    """Sent, no answer yet: give no discount, ask again with the same receipt."""


CHANNEL_LANE = "channel:"
"""How lanes begin whose entries are for another channel and not for the cloud; the order id follows."""
LOYALTY_KINDS = frozenset({EntryKind.EARN, EntryKind.BURN})
OPEN_STATES = frozenset({EntryState.PENDING, EntryState.SENDING})


@dataclass(frozen=True, slots=True)
class EntryError:
    """Why an entry is not confirmed."""

    reason: str
    """Stable machine word."""
    message: str
    """One sentence for staff."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An entry about to be recorded; the database gives it its place in the order of sending."""

    id: str
    """Our id of the entry."""
    kind: EntryKind
    lane: str
    """Entries of one lane are sent strictly in order; lanes never wait for each other."""
    ref_code: RefCode
    """Idempotency key, fixed for the life of the entry."""
    payload: Mapping[str, object]
    """What is sent, but for the member; JSON values only; immutable and hashed."""
    created_at: datetime
    member: MemberRef | None = None
    points: Points | None = None
    receipt: str | None = None
    order_id: str | None = None
    reverses: str | None = None
    """Id of the entry that this one compensates."""
    urgent: bool = False
    """Somebody stands at the till and waits for the answer."""
    declined: EntryError | None = None
    """Set when the intent was refused here before anything was sent: recorded as settled and declined at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A recorded entry."""

    seq: int
    """Order of acceptance, strictly growing."""
    id: str
    kind: EntryKind
    lane: str
    state: EntryState
    outcome: Outcome
    ref_code: RefCode
    payload: Mapping[str, object] = field(repr=False)
    payload_hash: str
    created_at: datetime
    attempts: int
    """How often bytes may have reached the cloud; 0 means it certainly knows nothing of this."""
    member: MemberRef | None = field(default=None, repr=False)
    points: Points | None = None
    receipt: str | None = None
    order_id: str | None = None
    reverses: str | None = None
    urgent: bool = False
    settled_at: datetime | None = None
    not_before: datetime | None = None
    """Earliest next try, for people; waiting itself runs on monotonic time."""
    error: EntryError | None = None

    @property
    def grant(self) -> Grant | None:
        """The discount that may be given for this burn although the cloud has not been asked."""
        return Grant.of(self.payload) if self.kind is EntryKind.BURN else None

    @property
    def is_open(self) -> bool:
        """Still on its way to the cloud."""
        return self.state in OPEN_STATES
