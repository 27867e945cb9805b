"""The settings as frozen models: every key of config.toml, its default and its limits; secrets are never among them."""

from __future__ import annotations

import re
from datetime import time
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

from agent.cloud.cockato_quirks import CockatoQuirks
from agent.cloud.quirks import Quirks
from agent.core.errors import InvalidInput
from agent.core.money import Money
from agent.core.ticket_words import TicketLanguage

NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
Name = Annotated[str, StringConstraints(pattern=NAME)]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_-]{1,64}$")]
Url = Annotated[str, AfterValidator(lambda value: _address(value))]
Listen = Annotated[str, StringConstraints(pattern=r"^((\[[0-9A-Fa-f:.]+\]|[^\s:\[\]]+):\d{1,5})?$")]
Seconds = Annotated[float, Field(gt=0, le=86_400)]
Percent = Annotated[int, Field(ge=0, le=100)]


class Section(BaseModel):
    """One table of config.toml."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True, populate_by_name=True)


class Hours(Section):
    """When the outlet is open on one weekday; closing at or before opening means after midnight."""

    day: int = Field(ge=1, le=7)
    """1 is Monday."""
    opens: time
    closes: time


class OutletSettings(Section):
    """The shop and this till."""

    id: str = ""
    name: str = ""
    till: Name = "till-1"
    timezone: str = "Asia/Singapore"
    currency: str = Field("SGD", pattern=r"^[A-Z]{3}$")
    country: str = Field("SG", pattern=r"^[A-Z]{2}$")
    business_day_ends: time = time(4)
    register_at_cloud: bool = Field(False, alias="register")
    external_id: str = ""
    """The POS's own id of this shop, told to the cloud; empty means the outlet's id."""
    street: str = ""
    city: str = ""
    postal_code: str = ""
    phone: str = ""
    hours: tuple[Hours, ...] = ()

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError):
            raise ValueError("is no time zone such as Asia/Singapore") from None
        return value

    @property
    def zone(self) -> ZoneInfo:
        """The outlet's time zone."""
        return ZoneInfo(self.timezone)


class CloudSettings(Section):
    """The ordering and loyalty cloud."""

    provider: Literal["cata", "cockato"] = "cata"
    base_url: Url = ""
    timeout_s: Seconds = 10.0
    requests_per_s: float = Field(10.0, ge=0, le=1000)
    ca_file: str = ""
    """Certificates trusted besides the system's own."""
    quirks: Quirks = Quirks()
    cockato: CockatoQuirks = CockatoQuirks()
    """What Cockato has not published, and how its programme counts."""


class OfflineSettings(Section):
    """The limits of redeeming without a connection; amounts are in the outlet's currency."""

    point_value: Decimal = Field(Decimal(0), ge=0, le=1_000_000)
    """Minor units that one point is worth, such as cents; has to be said where the mode is bounded."""
    redemption_points: int = Field(500, ge=1, le=1_000_000)
    redemption_cap: Decimal = Field(Decimal(5), gt=0, le=100_000)
    balance_percent: Percent = 50
    device_cap: Decimal = Field(Decimal(50), gt=0, le=1_000_000)
    devices: int = Field(10, ge=1, le=1000)
    """Tills of the outlet that can be cut off at the same time, this one among them."""
    outage_min: int = Field(120, ge=1, le=1440)
    balance_age_min: int = Field(15, ge=1, le=1440)
    session_age_h: int = Field(24, ge=1, le=168)
    member_grants_a_day: int = Field(1, ge=1, le=100)
    pin_above: Decimal = Field(Decimal(2), ge=0, le=100_000)


class LoyaltySettings(Section):
    """Points, and what a till may do with them on its own."""

    points_per_unit: Decimal = Field(Decimal(1), ge=0, le=100_000)
    offline_burn: Literal["deny", "bounded"] = "deny"
    offline: OfflineSettings = OfflineSettings()
    undo_s: float = Field(10.0, ge=0, le=600)
    by_hand_needs_pin: bool = False
    """Points without a receipt need a reason and, where one is set, the manager's PIN."""
    by_hand_entries_per_day: int = Field(0, ge=0, le=100_000)
    """How often points may be given without a receipt, on this till, in one business day; 0 is no limit."""
    by_hand_points_per_day: int = Field(0, ge=0, le=100_000_000)


class SenderSettings(Section):
    """How the outbox is emptied."""

    backoff_base_s: Seconds = 1.0
    backoff_cap_s: Seconds = 300.0
    breaker_after: int = Field(5, ge=1, le=1000)
    breaker_probe_s: Seconds = 30.0
    probe_unauthorized_s: Seconds = 60.0
    probe_unconfigured_s: Seconds = 300.0
    in_flight: int = Field(2, ge=1, le=16)
    conflict_tries: int = Field(3, ge=1, le=100)
    unknown_age_h: float = Field(24.0, gt=0)
    """[gap] How long the cloud remembers a key; an unknown end older than this is for a person."""


class WebhookSettings(Section):
    """The receiver for signed deliveries."""

    listen: Listen = "127.0.0.1:8724"
    signature: Literal["body", "ts.body", "auto"] = "auto"
    tolerance_s: int = Field(300, ge=0, le=86_400)
    callback_url: Url = ""
    """What is registered at the cloud as the address of this receiver; empty registers nothing."""


class OrderSettings(Section):
    """Paid orders."""

    provider_slug: Slug = "cata"
    auto_accept: bool = False
    auto_accept_after_s: int = Field(0, ge=0, le=3600)
    """How long staff can still say no before an order is accepted by itself; 0 accepts on arrival."""
    auto_reject: bool = False
    """Tell the cloud REJECTED when nobody has answered at the deadline."""
    accept_deadline_s: int = Field(300, ge=10, le=86_400)
    print_to: tuple[str, ...] | None = None
    """Names of printers; not set means all."""
    inject_into: tuple[str, ...] | None = None
    """Names of POS devices; not set means all."""
    keep_days: int = Field(30, ge=1, le=3650)


class TicketSettings(Section):
    """What is printed for the kitchen."""

    language: TicketLanguage = TicketLanguage.ENGLISH
    """Of the fixed words on the paper; dishes and notes stay as they were ordered."""


class BoardSettings(Section):
    """When a ticket without a promised time turns due, and when late, counted from its arrival."""

    counter_due_min: int = Field(5, ge=1, le=240)
    counter_late_min: int = Field(8, ge=1, le=240)
    kitchen_due_min: int = Field(12, ge=1, le=240)
    kitchen_late_min: int = Field(18, ge=1, le=240)


class RelaySettings(Section):
    """The way in for outlets that cannot be reached."""

    url: Url = ""
    nats_url: str = Field("", pattern=r"^((tls|wss)://\S+|(nats|ws)://(127\.0\.0\.1|localhost|\[::1\])(:\d+)?\S*)?$")


class TillApiSettings(Section):
    """Where the POS, the screen and the command line call."""

    listen: Listen = "127.0.0.1:8723"
    allowed_origins: tuple[Annotated[str, StringConstraints(pattern=r"^https?://[^\s/*]+$")], ...] = ()


class MenuSettings(Section):
    """The catalogue that is pushed."""

    source: str = ""
    interval_s: float = Field(900.0, ge=10)
    style: Literal["v2", "v1"] = "v2"
    max_drop_percent: Percent = 20


class SalesSettings(Section):
    """Sales that wait for their member."""

    claimable_min: int = Field(60, ge=1, le=10_080)


class ScanSettings(Section):
    """What a scanned code can be."""

    member_pattern: str = "^[A-Z0-9-]{6,32}$"
    voucher_pattern: str = ""
    """Codes that are vouchers; empty means none."""
    card_pattern: str = ""
    """Codes that are members' cards although they look like goods, such as EAN-13 from 29; empty means none."""
    url_hosts: tuple[str, ...] = ()
    """Hosts whose links are read for a member code; empty means any."""

    @field_validator("member_pattern", "voucher_pattern", "card_pattern")
    @classmethod
    def _is_pattern(cls, value: str) -> str:
        return _pattern(value)


class StorageSettings(Section):
    """How long what has ended is kept."""

    keep_entries_days: int = Field(400, ge=30, le=3650)


class LogSettings(Section):
    """The logs."""

    level: Literal["debug", "info", "warning"] = "info"


class DeviceSettings(Section):
    """One thing plugged in; what its driver asks for is in `options`, unchecked here."""

    name: Name
    driver: Name
    options: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _gather(cls, raw: object) -> object:
        if not isinstance(raw, dict) or "options" in raw:
            return raw
        options = {key: _plain(value) for key, value in raw.items() if key not in {"name", "driver"}}
        return {**{key: raw[key] for key in ("name", "driver") if key in raw}, "options": options}


class Settings(Section):
    """All of config.toml."""

    outlet: OutletSettings = OutletSettings()
    cloud: CloudSettings = CloudSettings()
    loyalty: LoyaltySettings = LoyaltySettings()
    sender: SenderSettings = SenderSettings()
    webhook: WebhookSettings = WebhookSettings()
    orders: OrderSettings = OrderSettings()
    tickets: TicketSettings = TicketSettings()
    board: BoardSettings = BoardSettings()
    relay: RelaySettings = RelaySettings()
    till_api: TillApiSettings = TillApiSettings()
    menu: MenuSettings = MenuSettings()
    sales: SalesSettings = SalesSettings()
    scan: ScanSettings = ScanSettings()
    storage: StorageSettings = StorageSettings()
    logs: LogSettings = LogSettings()
    devices: tuple[DeviceSettings, ...] = ()

    @model_validator(mode="after")
    def _fits_together(self) -> Settings:
        names = [device.name for device in self.devices]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"devices: the name {twice[0]!r} is used twice")
        if self.loyalty.offline_burn == "bounded":
            _check_offline(self.loyalty.offline, self.outlet.currency)
        asked = [("menu.source", self.menu.source)] if self.menu.source else []
        asked += [("orders.print_to", name) for name in self.orders.print_to or ()]
        asked += [("orders.inject_into", name) for name in self.orders.inject_into or ()]
        asked += [(f"devices.{one.name}.backup", str(one.options["backup"])) for one in self.devices if one.options.get("backup")]
        for key, name in asked:
            if name not in names:
                raise ValueError(f"{key}: there is no device named {name!r}")
        return self

    def warnings(self) -> tuple[str, ...]:
        """What looks odd but may be right, one sentence each."""
        if self.outlet.id and not _is_uuid(self.outlet.id):
            name = self.cloud.provider.title()
            return (f"outlet.id does not look like one of {name}'s outlet ids, which are UUIDs.",)
        return ()


def _check_offline(limits: OfflineSettings, currency: str) -> None:
    """Limits in money mean nothing unless it is known what a point is worth, and money has no fractions of a cent."""
    if not limits.point_value:
        raise ValueError("loyalty.offline.point_value: must say what one point is worth where offline_burn is bounded")
    for name in ("redemption_cap", "device_cap", "pin_above"):
        try:
            Money.parse(getattr(limits, name), currency)
        except InvalidInput as error:
            raise ValueError(f"loyalty.offline.{name}: {error.message}") from None


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _address(value: str) -> str:
    """Empty, or https; plain http only on this computer, since keys go this way."""
    if value and not re.fullmatch(r"(https://[^\s/?#]+|http://(127\.0\.0\.1|localhost|\[::1\])(:\d+)?)(/[^\s?#]*)?", value):
        raise ValueError("must be an https address without ? and #; plain http only on this computer")
    return value


def _pattern(value: str) -> str:
    try:
        re.compile(value)
    except re.error:
        raise ValueError("is no regular expression") from None
    return value


def _plain(value: object) -> object:
    """Options as drivers expect them: the file's decimals as plain numbers, at any depth."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, list) else value
