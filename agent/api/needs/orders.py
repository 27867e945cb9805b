"""Orders and what other systems tell of them."""

# ruff: noqa: D102 - the names are the contract; a sentence is there where they do not say enough

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from agent.core.order import Order
from agent.core.order_status import OrderStatus
from agent.core.pos import WebhookCall, WebhookReply


class Tickets(Protocol):
    """Orders for staff."""

    async def open(self) -> Sequence[Order]: ...
    async def all(self) -> Sequence[Order]: ...
    async def get(self, order_id: str) -> Order | None: ...
    async def move(
        self, order_id: str, status: OrderStatus, *, reason: str, by: str, prep_minutes: int | None = None
    ) -> Order: ...
    async def print_copy(self, order_id: str) -> int: ...


class Intake(Protocol):
    """Takes signed deliveries in."""

    async def receive(self, outlet_id: str, headers: Mapping[str, str], body: bytes) -> str:
        """Commit a delivery and return our id of it; Refused carries the HTTP status to answer."""
        ...


class CloudEvents(Protocol):
    """Takes events of a loyalty cloud in."""

    async def receive(self, headers: Mapping[str, str], body: bytes) -> None:
        """Take one; Refused carries the HTTP status to answer."""
        ...


class PosCalls(Protocol):
    """Takes the calls of POS systems in."""

    async def receive(self, device: str, call: WebhookCall) -> WebhookReply:
        """Commit what a call carries and return what to answer; Refused carries the HTTP status."""
        ...
