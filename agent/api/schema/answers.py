"""What callers are answered, except for orders and the status."""

from __future__ import annotations

from pydantic import Field

from agent.api.schema.shape import Answer, Time, Told
from agent.core.device import DeviceState, Role
from agent.core.entry import EntryKind, EntryState, Outcome
from agent.core.sale import SaleState
from agent.core.scan import ScanKind


def _absent(value: object) -> bool:
    return value is None


class Money(Answer):
    """An exact amount."""

    minor: int = Field(description="Amount in the currency's smallest unit.")
    currency: str = Field(description="ISO 4217 code.")


class Customer(Answer):
    """Who ordered, as far as the kitchen and the courier need it."""

    name: str
    phone: str
    address: str


class Health(Answer):
    """The process answers."""

    status: str = "ok"


class MemberName(Answer):
    """Whom an entry is for: one of the two."""

    uuid: str | None = Field(default=None, exclude_if=_absent)
    identifier: str | None = Field(default=None, exclude_if=_absent)


class PunchCard(Answer):
    """One punch card of a member."""

    id: str
    name: str
    punches: int = Field(description="Punches on it now.")
    needed: int = Field(description="Punches that fill it; 0 when the cloud does not say.")
    rewards: int = Field(description="Rewards that are ready.")


class Perks(Answer):
    """What a member has besides points."""

    cards: list[PunchCard]
    welcome_offer: str = Field(description="What the unused welcome offer gives; empty when there is none.")


class Member(Answer):
    """A member with balance, as the counter shows one."""

    uuid: str
    display: str = Field(description="Masked name, fit for a screen a queue can read.")
    balance: int
    expiring: int
    expires_at: Time | None
    as_of: Time = Field(description="When the cloud said so.")
    fresh: bool = Field(description="False when this comes from memory because the cloud could not be asked.")
    pending_earn: int
    pending_burn: int
    phone_tail: str = Field(default="", description="Last four digits of the phone number the cloud gave; empty without one.")
    perks: Perks | None = Field(default=None, exclude_if=_absent, description="Where the cloud has punch cards and offers.")


class EntryError(Answer):
    """Why an entry is not confirmed."""

    reason: str
    message: str


class Grant(Answer):
    """A discount that may be given although the cloud could not be asked."""

    id: str
    points: int
    value: Money = Field(description="What the discount is worth.")
    slip: str = Field(description="A short code for the slip, the same on the screen and in reports.")


class Entry(Answer):
    """One durable thing to tell the cloud."""

    id: str
    kind: EntryKind
    state: EntryState
    outcome: Outcome = Field(
        description="The one word to act on; give a discount on `confirmed`, or where `grant` is there, and never else."
    )
    ref_code: str
    member: MemberName | None
    points: int | None
    receipt: str | None
    created_at: Time
    settled_at: Time | None
    attempts: int
    not_before: Time | None
    error: EntryError | None
    order_id: str | None = None
    order_status: str | None = Field(default=None, description="The status that an `order_status` entry tells the cloud.")
    reverses: str | None = None
    amount: Money | None = Field(
        default=None, exclude_if=_absent, description="Where the cloud counts points from it; `points` are then what is expected."
    )
    punches: int | dict[str, int] | None = Field(default=None, exclude_if=_absent)
    reward: str | None = Field(default=None, exclude_if=_absent, description="The reward that a burn redeems instead of points.")
    welcome_offer: bool | None = Field(default=None, exclude_if=_absent, description="A burn redeems the welcome offer.")
    grant: Grant | None = Field(
        default=None,
        description="Not null: the discount may be given, under the outlet's bounded mode of redeeming without a connection.",
    )


class Entries(Answer):
    """One page of the outbox."""

    entries: list[Entry]
    next: str | None = Field(description="Pass as `after` for the next page; null at the end.")


class Scan(Answer):
    """One routed scan."""

    scan_id: str
    device: str
    code: str
    symbology: str
    kind: ScanKind
    reason: str | None = Field(default=None, exclude_if=_absent)
    message: str | None = Field(default=None, exclude_if=_absent)
    member: Member | None
    at: Time


class Sale(Answer):
    """A sale that the POS made."""

    receipt: str
    amount: Money
    occurred_at: Time
    claimable_until: Time
    state: SaleState
    entry_id: str | None = None


class Sales(Answer):
    """Sales, newest first."""

    sales: list[Sale]


class Device(Answer):
    """State of one configured device."""

    name: str
    driver: str
    state: DeviceState
    sentence: str
    role: Role
    reason: str = ""
    """Stable word of the sentence, for a screen that says it in its own language; empty or unknown: show the sentence."""
    values: dict[str, str | int] = Field(default_factory=dict)
    """What the sentence names, such as a port or seconds; `device` is whom it is about."""


class Devices(Answer):
    """All configured devices."""

    devices: list[Device]


class DeviceTest(Answer):
    """What trying out a device found."""

    name: str
    ok: bool
    sentence: str
    reason: str = ""
    """Stable word of the sentence, for a screen that says it in its own language; empty or unknown: show the sentence."""
    values: dict[str, str | int] = Field(default_factory=dict)
    """What the sentence names, such as a port or seconds; `device` is whom it is about."""


class Probe(Answer):
    """One link of the chain to the cloud, tried out."""

    name: str
    ok: bool
    sentence: str
    who: str = Field(default="", description="Who can fix it.")
    who_reason: str = Field(default="", description="Stable word of who can fix it.")
    reason: str = ""
    """Stable word of the sentence, for a screen that says it in its own language; empty or unknown: show the sentence."""
    values: dict[str, str | int] = Field(default_factory=dict)
    """What the sentence names, such as a port or seconds; `device` is whom it is about."""


class Doctor(Answer):
    """Probes in the order of the chain; the first that is not ok is the broken link."""

    probes: list[Probe]


class MenuItem(Answer):
    """One thing that can be sold."""

    code: str
    name: str
    price: Money
    category: str = ""
    available: bool = True
    snoozed_until: Time | None = None


class Menu(Answer):
    """The menu as last read from the POS."""

    items: list[MenuItem]
    as_of: Time | None
    next_at: Time | None = None
    trouble: str = Field(default="", description="Why the last look at the POS failed; empty when it did not.")
    trouble_told: Told = Field(default_factory=Told)


class MenuSync(Answer):
    """What a comparison with the POS changed."""

    sentences: list[str]
    sentences_told: list[Told] = Field(default_factory=list)
    """What each of the sentences says, in their order."""
    entry: Entry | None


class PreflightFinding(Answer):
    """One thing that would break an order."""

    code: str
    name: str
    reason: str
    """`item_missing`, `item_sold_out`, `price_differs`, `choice_impossible` or `code_twice`."""
    sentence: str


class Preflight(Answer):
    """The menu that customers see, held against the POS."""

    findings: list[PreflightFinding]
    checked_at: Time


class Copy(Answer):
    """The number of the printed copy."""

    copy_number: int = Field(alias="copy", serialization_alias="copy")


class Paired(Answer):
    """A token, shown this once."""

    token: str
    scopes: list[str]
