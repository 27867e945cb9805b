"""What passes between the agent and a POS besides menus, orders and sales: outlets, statuses and the POS's own calls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from agent.core.order import PaidOrder
from agent.core.order_status import OrderStatus
from agent.core.sale import SaleSeen


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteOutlet:
    """A shop as the POS knows it; its id goes into the device's settings."""

    id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PosStatus:
    """Where an order stands in the POS, in the words of the cloud."""

    status: OrderStatus
    """PAID means that the POS has it and nobody there has answered it."""
    at: datetime | None = None
    """When it came to stand there; None when the POS does not say."""
    reason: str = ""
    """Why, when it is not made."""
    promised_at: datetime | None = None
    """When it is going to be ready, where staff have said so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderMove:
    """A status that the POS reports by itself, under either id of the order."""

    status: PosStatus
    order_id: str = ""
    """Our id of the order, which is the cloud's; empty when the POS did not send it."""
    pos_order_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookCall:
    """A call of the POS as it came: nothing is parsed before the driver has checked its signature."""

    method: str
    """`GET` or `POST`."""
    path: str
    """What follows the device's name in the address: empty, or `/` and more; still percent-encoded."""
    query: str = field(default="", repr=False)
    """What follows the question mark, as it came."""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Names in lower case; a header that came twice has its values joined by a comma."""
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookReply:
    """What the POS is answered, once everything that the call carried is durable."""

    status: int = 200
    body: bytes = field(default=b"", repr=False)
    content_type: str = "application/json"
    moves: tuple[OrderMove, ...] = ()
    """Orders that moved; those that are none of ours are left alone."""
    sales: tuple[SaleSeen, ...] = ()
    """Sales that were made or taken back; one seen before is the same sale."""
    orders: tuple[PaidOrder, ...] = ()
    """Orders of other channels that are this shop's to make; one seen before is the same order."""
    catalogue_changed: bool = False
    """The menu has to be fetched again."""
    wants_catalogue: bool = False
    """The POS asks for the shop's menu."""
