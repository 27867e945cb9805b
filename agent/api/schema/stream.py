"""What the event stream carries besides single answers."""

from __future__ import annotations

from pydantic import Field

from agent.api.schema.answers import Device, Entry, Sale, Scan
from agent.api.schema.orders import Order
from agent.api.schema.shape import Answer, Told
from agent.api.schema.status import Status


class Snapshot(Answer):
    """Everything a screen shows, at one moment; a `board` token gets status, orders and devices only."""

    status: Status
    orders: list[Order]
    """Open orders."""
    entries: list[Entry]
    """Entries that are pending, being sent or parked, then the last 50 earns and burns of the day that have ended."""
    devices: list[Device]
    sales: list[Sale]
    """Claimable sales."""
    scans: list[Scan]
    """The last scans, oldest first."""


class MenuNews(Answer):
    """The menu was compared with the POS."""

    sentences: list[str]
    sentences_told: list[Told] = Field(default_factory=list)
    """What each of the sentences says, in their order."""


class SalesNews(Answer):
    """The claimable sales, whenever they change."""

    sales: list[Sale]
