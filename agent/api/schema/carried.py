"""Entries on their way between two homes: whole, with what is sent; only in an evacuation file and on loopback."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import AfterValidator, BeforeValidator, Field, JsonValue, model_validator

from agent.api.schema.bodies import Pin
from agent.api.schema.shape import Answer, Body, Name, Time
from agent.core import entry
from agent.core.entry import EntryKind, EntryState, Outcome
from agent.core.member import MemberRef
from agent.core.money import Points
from agent.core.ref_code import RefCode, payload_hash

MOST_AT_ONCE = 200


def _unended(state: EntryState) -> EntryState:
    if state in {EntryState.PENDING, EntryState.SENDING, EntryState.PARKED}:
        return state
    raise ValueError("only what has not ended moves")


class CarriedMember(Body):
    """Whom an entry is for: one of the two."""

    uuid: Name | None = None
    identifier: Name | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.uuid is None) == (self.identifier is None):
            raise ValueError("give either uuid or identifier")
        return self


class CarriedError(Body):
    """Why an entry is not confirmed."""

    reason: str
    message: str


class CarriedEntry(Body):
    """One entry with everything that its next home needs."""

    id: Name
    kind: Annotated[EntryKind, BeforeValidator(EntryKind)]
    lane: Name
    state: Annotated[EntryState, BeforeValidator(EntryState), AfterValidator(_unended)]
    outcome: Annotated[Outcome, BeforeValidator(Outcome)]
    ref_code: Name
    payload: dict[str, JsonValue]
    created_at: Time
    attempts: Annotated[int, Field(ge=0, lt=1 << 31)]
    member: CarriedMember | None
    points: Annotated[int, Field(ge=0, lt=1 << 63)] | None
    receipt: str | None
    order_id: str | None
    reverses: str | None
    urgent: bool
    error: CarriedError | None

    @classmethod
    def of(cls, found: entry.Entry) -> Self:
        """A core entry as it travels."""
        member, error = found.member, found.error
        return cls(
            id=found.id,
            kind=found.kind,
            lane=found.lane,
            state=found.state,
            outcome=found.outcome,
            ref_code=found.ref_code,
            payload=dict(found.payload),  # type: ignore[arg-type]  # JSON values, as Draft says
            created_at=found.created_at,
            attempts=found.attempts,
            member=CarriedMember(uuid=member.uuid, identifier=member.identifier) if member else None,
            points=found.points,
            receipt=found.receipt,
            order_id=found.order_id,
            reverses=found.reverses,
            urgent=found.urgent,
            error=CarriedError(reason=error.reason, message=error.message) if error else None,
        )

    def entry(self) -> entry.Entry:
        """The core entry; its place in the order of acceptance is for the next home to give."""
        return entry.Entry(
            seq=0,
            id=self.id,
            kind=self.kind,
            lane=self.lane,
            state=self.state,
            outcome=self.outcome,
            ref_code=RefCode(self.ref_code),
            payload=self.payload,
            payload_hash=payload_hash(self.payload),
            created_at=self.created_at,
            attempts=self.attempts,
            member=MemberRef(uuid=self.member.uuid, identifier=self.member.identifier) if self.member else None,
            points=None if self.points is None else Points(self.points),
            receipt=self.receipt,
            order_id=self.order_id,
            reverses=self.reverses,
            urgent=self.urgent,
            error=entry.EntryError(self.error.reason, self.error.message) if self.error else None,
        )


class ExportBody(Body):
    """Which page of what has not ended; the manager's PIN where one is set."""

    after: Annotated[int, Field(ge=0, lt=1 << 63)] = 0
    pin: Pin | None = None


class Exported(Answer):
    """One page of what has not ended; nothing was removed."""

    outlet_id: str
    entries: list[CarriedEntry]
    next: int | None = Field(description="Pass as `after` for the next page; null at the end.")


class ImportBody(Body):
    """Entries from another home of the same outlet; the manager's PIN where one is set."""

    outlet_id: Name
    written_at: Time
    final: bool = Field(default=False, description="The home that they come from was given up and sends nothing any more.")
    entries: Annotated[list[CarriedEntry], Field(max_length=MOST_AT_ONCE)]
    pin: Pin | None = None


class Imported(Answer):
    """What became of them."""

    recorded: int
    known: int = Field(description="Here already and left alone.")
    overtaken: int = Field(description="Menus and opening states that this home has told newer ones of.")
    different: list[str] = Field(description="Ids of entries whose key stands for something else here; nothing was changed.")
