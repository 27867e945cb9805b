"""What the practice Cockato starts with: one organisation, its programme and its customers."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SeedPunchCard(_Part):
    """A punch rule."""

    id: str = Field(min_length=1)
    name: str = ""
    punches_required: int = Field(10, ge=1)
    reward: str = ""
    carry_forward: bool = True


class SeedCustomer(_Part):
    """A customer; an empty id gets a new one."""

    id: str = ""
    name: str = ""
    barcode_id: str = ""
    email: str = Field("", repr=False)
    phone: str = Field("", repr=False)
    points: int = Field(0, ge=0)
    punches: dict[str, int] = {}
    welcome_offer: str = ""
    """What an unused offer gives; empty for none."""


class Modes(_Part):
    """The programme's switches, and how it behaves where nothing is published; each gap has its assumption as default."""

    currency_per_point: Decimal = Field(Decimal(1), gt=0)
    points_per_currency: int = Field(1, ge=1)
    minimum_points: int = Field(100, ge=0)
    points_enabled: bool = True
    active: bool = True
    """False answers everything with 403 `inactive_organization`."""
    keys_revoked: bool = False
    """True answers everything with 401."""
    honours_idempotency: bool = False
    """The same `external_transaction_id` again does nothing more."""
    duplicate_answer: Literal["200", "409"] = "200"
    """How it says so."""
    auth: Literal["either", "x-api-key", "bearer", "both"] = "either"
    """Which header has to carry the key."""
    error_style: Literal["string", "object"] = "string"
    balance_field: Literal["new_balance", "points_balance", "balance", "customer.points_balance"] = "new_balance"
    webhook_url: str = ""
    """Where events are sent; empty sends none."""


class SeedCockato(_Part):
    """The organisation; without a key nobody gets in."""

    keys: tuple[str, ...] = Field((), repr=False)
    calling_code: str = "61"
    """Of the organisation's country, for phones written with the national 0."""
    outlets: tuple[str, ...] = ()
    punch_cards: tuple[SeedPunchCard, ...] = ()
    customers: tuple[SeedCustomer, ...] = ()
    modes: Modes = Modes()
