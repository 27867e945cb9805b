"""What can be set for Atlas Kitchen, and what its contract leaves open."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from agent.core.order_status import OrderStatus
from drivers.pos.keys import BaseUrl
from drivers.spec import DriverSettings

FIND_PATH = "/orders/identifier/{order_id}"
"""[gap] Assumed to find an order by the `external_order_id` it was created with."""
SLOT_S = 1800
"""[gap] Length of the time slot that an order asks for."""
WITHOUT_LIMIT = -1
"""A stock of this many is never sold out."""
STATES = {
    "unpaid": OrderStatus.PAID,
    "confirmed": OrderStatus.ACCEPTED,
    "preparing": OrderStatus.IN_PROGRESS,
    "ready": OrderStatus.READY,
    "completed": OrderStatus.COMPLETED,
    "cancelled": OrderStatus.CANCELLED,
}
"""[gap] Only the first two are documented."""


class AtlasSettings(DriverSettings):
    """Settings of `atlas-kitchen`; the secret is the API key, the last part of the webhook's address is `device/NAME/webhook`."""

    base_url: Annotated[BaseUrl, Field(description="Where Atlas is reached.")] = "https://api.atlas.kitchen/admin/v1"
    merchant: Annotated[str, Field(min_length=1, max_length=40, description="The merchant's number in Atlas.")]
    outlet: Annotated[int, Field(ge=1, description="Number of the outlet in Atlas.")]
    channel: Annotated[int, Field(ge=1, description="Number of the channel that orders come from.")]
    menu: Annotated[int, Field(ge=0, description="Number of the menu that is sold. 0: every published one.")] = 0
    capture_type: Annotated[
        str, Field(min_length=1, max_length=40, description="What Atlas calls a payment that was taken elsewhere.")
    ] = "external"
    timeout_s: Annotated[float, Field(gt=0, le=120, description="How long one request may take in all.")] = 15.0
    poll_s: Annotated[float, Field(ge=1, le=3600, description="How often statuses are asked for.")] = 20.0
