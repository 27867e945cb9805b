"""What callers send; every field is checked here and named when it does not fit."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, JsonValue, model_validator

from agent.api.schema.shape import Amount, Body, Identifier, Line, Name, Time
from agent.core.member import MemberRef
from agent.core.order_status import OrderStatus

LONGEST_WAIT_S = 30.0
MOST_POINTS = 10_000_000

Pin = Annotated[str, Field(min_length=4, max_length=32)]
Points = Annotated[int, Field(ge=1, le=MOST_POINTS)]
PunchCount = Annotated[int, Field(ge=1, le=100)]
Wait = Annotated[float, Field(ge=0, le=LONGEST_WAIT_S, description="Seconds to wait for the cloud's word before answering.")]


def _status(value: object) -> object:
    return OrderStatus(value) if isinstance(value, str) and value in set(OrderStatus) else value


class EmptyBody(Body):
    """Nothing to say; an absent body is the same."""


class MemberBody(Body):
    """Whom it is for: the uuid, or what was scanned or typed."""

    uuid: Identifier | None = None
    identifier: Identifier | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.uuid is None) == (self.identifier is None):
            raise ValueError("give either uuid or identifier")
        return self

    def ref(self) -> MemberRef:
        """The core value."""
        return MemberRef(uuid=self.uuid, identifier=self.identifier)


class PairingBody(Body):
    """The one-time code that the till showed, and who is asking."""

    code: str = Field(pattern=r"^[0-9]{8}$")
    name: Name


class ProofBody(Body):
    """The name of the caller's token, and something never asked before."""

    name: Name
    nonce: str = Field(pattern=r"^[A-Za-z0-9_-]{16,128}$", description="Random, and new for every question.")


class ScanBody(Body):
    """A code that a caller's own scanner read."""

    code: str = Field(min_length=1, max_length=4096, description="Codes longer than 128 characters are refused as scans.")
    source: Name = "till-api"


class LookupBody(Body):
    """A code, phone number or e-mail address of a member."""

    identifier: Identifier


class EarnBody(Body):
    """Points to credit, or the amount that was paid; with Cockato the amount, punches or both."""

    member: MemberBody
    points: Points | None = None
    amount: Amount | None = None
    punches: PunchCount | dict[Name, PunchCount] | None = Field(
        default=None, description="How many on the only punch card, or by the card's id; for clouds that have `punches`."
    )
    receipt: Identifier | None = None
    note: Line = ""
    wait_s: Wait = 0.0
    pin: Annotated[Pin | None, Field(description="The manager's, where points without a receipt need it.")] = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if self.points is not None and self.amount is not None:
            raise ValueError("give either points or amount")
        if self.points is None and self.amount is None and not self.punches:
            raise ValueError("give points, amount or punches")
        return self


class BurnBody(Body):
    """Points to spend; or, for clouds that have `rewards`, a reward or the welcome offer to redeem: one of the three."""

    member: MemberBody
    points: Points | None = None
    reward: Name | None = Field(default=None, description="Id of the punch card whose reward is redeemed.")
    welcome_offer: bool = False
    receipt: Identifier | None = None
    wait_s: Wait = 4.5
    scan_id: Annotated[Name | None, Field(description="The scan of the member; counts while the cloud cannot be asked.")] = None
    pin: Annotated[Pin | None, Field(description="The manager's PIN, for what may not be granted without it.")] = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if sum((self.points is not None, self.reward is not None, self.welcome_offer)) != 1:
            raise ValueError("give either points, reward or welcome_offer")
        return self


class ReverseBody(Body):
    """Why an entry is taken back."""

    reason: Line


class SaleBody(Body):
    """A sale that the POS made, or took back."""

    receipt: Identifier
    amount: Amount | None = None
    occurred_at: Time | None = None
    lines: list[dict[str, JsonValue]] = Field(default=[], max_length=500, description="Accepted and not kept.")
    member: MemberBody | None = None
    void: bool = False

    @model_validator(mode="after")
    def _has_amount(self) -> Self:
        if self.amount is None and not self.void:
            raise ValueError("a sale needs its amount")
        return self


class ClaimBody(Body):
    """Who claims a sale."""

    member: MemberBody


class DiscardBody(Body):
    """Why an entry is given up; the manager's PIN where one is set."""

    reason: Annotated[Line, Field(min_length=1)]
    pin: Pin | None = None


class OrderStatusBody(Body):
    """What became of an order."""

    status: Annotated[OrderStatus, BeforeValidator(_status)]
    reason: Line = ""
    prep_minutes: Annotated[int, Field(ge=1, le=180)] | None = None


class SyncBody(Body):
    """Whether a person says that a much smaller menu is right."""

    confirm: bool = False


class SnoozeBody(Body):
    """Until when an item is sold out; null means it is back."""

    until: Time | None


class BusyBody(Body):
    """For how long the kitchen is busy; 0 means no longer."""

    minutes: Annotated[int, Field(ge=0, le=480)]


OrderScope = Literal["open", "all"]
"""Which orders to list."""
