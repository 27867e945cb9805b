"""Setting the till up: what is asked, what is tried, and what is shown of it; a secret is taken and never shown."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, JsonValue, SecretStr, StringConstraints

from agent.api.schema.bodies import Pin
from agent.api.schema.shape import Answer, Body, Name, Time

Key = Annotated[str, StringConstraints(min_length=1, max_length=128, pattern=r"^[a-z0-9_]+(\.[a-z0-9_]+){0,3}$")]
Secret = Annotated[SecretStr, Field(max_length=4096)]
Address = Annotated[str, StringConstraints(max_length=512, strip_whitespace=True)]


class SettingField(Answer):
    """One thing that can be set."""

    key: str
    kind: Literal["text", "whole", "number", "flag", "choice", "list", "table"]
    value: JsonValue = None
    default: JsonValue = None
    choices: list[str | int] = Field(default_factory=list)
    """What may be chosen, for kind `choice`."""
    required: bool = False
    description: str = ""
    locked: Literal["", "policy", "environment"] = ""
    """What decides it, where it cannot be changed here."""


class DeviceSetting(Answer):
    """One device of the settings."""

    name: str
    driver: str
    options: dict[str, JsonValue]


class SetUp(Answer):
    """What is set, without any secret."""

    run: str
    """Changes with every agent that is built: another one means that changes are in force."""
    missing: str
    """What is still to be done before the till works, in one sentence; empty when nothing."""
    complaint: str
    """Why the till goes on with earlier settings than those written, in one sentence; empty when it does not."""
    fields: list[SettingField]
    devices: list[DeviceSetting]
    devices_locked: Literal["", "policy", "environment"]
    secrets: list[str]
    """Names of those that are there."""
    weak_store: bool
    """The secrets lie in a file, because this computer has no better place."""
    warnings: list[str]
    pin_set: bool
    """Changes need the manager's PIN."""


class Driver(Answer):
    """One kind of device."""

    kind: str
    role: Literal["scanner", "printer", "pos", "display"]
    summary: str
    why_unavailable: str
    """Why it cannot be used on this computer, in one sentence; empty when it can."""
    outlet_field: str
    """Its setting that names the shop, where the POS can say which shops there are; else empty."""
    fields: list[SettingField]


class Drivers(Answer):
    """All kinds of devices."""

    drivers: list[Driver]


class CloudBody(Body):
    """A cloud to try; without a key the stored one is tried, at its own address only."""

    base_url: Address
    key: Secret | None = None
    provider: Literal["cata", "cockato"] = "cata"


class CloudTried(Answer):
    """Who the cloud says that we are."""

    name: str
    """Empty where the cloud accepts the key and says no more."""
    expires_at: Time | None


class DeviceBody(Body):
    """A device as it would stand in the settings."""

    name: Name
    driver: Name
    options: dict[str, JsonValue] = Field(default_factory=dict)


class RemoteOutletsBody(Body):
    """A POS to ask for its shops; without a secret the stored one is used, for which a manager is needed."""

    device: DeviceBody
    secret: Secret | None = None
    pin: Pin | None = None


class RemoteOutlet(Answer):
    """A shop as the POS knows it."""

    id: str
    name: str


class RemoteOutlets(Answer):
    """The shops of a POS."""

    outlets: list[RemoteOutlet]


class SetUpBody(Body):
    """What is to be different; all of it or nothing."""

    settings: Annotated[dict[Key, JsonValue], Field(max_length=200)] = Field(default_factory=dict)
    """Dotted keys; null goes back to the default."""
    devices: Annotated[list[DeviceBody], Field(max_length=64)] | None = None
    """All devices from now on; left out, they stay."""
    secrets: Annotated[dict[Name, Secret], Field(max_length=64)] = Field(default_factory=dict)
    """By name; an empty one is forgotten."""
    pin: Pin | None = None


class TrialPrintBody(Body):
    """Which printer."""

    name: Name


class TrialOrder(Answer):
    """An order of the agent's own."""

    id: str


class ScanDay(Answer):
    """One scanner on one day of the outlet."""

    day: date
    scans: int
    misreads: int


class ScanQuality(Answer):
    """How well a scanner reads."""

    days: list[ScanDay]
    """Oldest first."""
    usual: float
    """Misreads in 100, before it got worse."""
    times: float
    """So many times as often as usual since `since`."""
    since: date | None
    """First day of the worse time; null while all is well or too little is known."""
    suggest: dict[str, str] = Field(default_factory=dict)
    """Settings that would suit it better, such as its layout, learnt from test codes that came out wrong."""


class SetUpDone(Answer):
    """What was written; it is in force a moment later."""

    changed: list[str]
