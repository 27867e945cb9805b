"""What can be set for Lightspeed L-Series, and what its contract leaves open, which is much."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from drivers.pos.keys import BaseUrl
from drivers.spec import DriverSettings

ROOT = "/PosServer/rest"
PAGE = 50
"""[gap] Rows asked for at once: what a list says of itself when nothing is asked."""
LIST_NAMES = ("results", "data")
"""Where a list keeps its rows when it is no bare list."""
PAID = frozenset({"PAID"})
TAKEN_BACK = frozenset({"VOID", "VOIDED", "CANCELLED"})
"""[gap] Statuses of a receipt that was taken back; only PAID was seen."""
OPEN_YEARS = 1971
"""A closing date before it means: not closed."""


class LightspeedLSettings(DriverSettings):
    """Settings of `lightspeed-l`; the secret is the API token."""

    base_url: Annotated[BaseUrl, Field(description="Address of the region's server, without /PosServer.")]
    company_id: Annotated[int, Field(ge=1, description="Number of the company (the shop).")]
    customer_id: Annotated[
        int, Field(ge=0, description="Number of the customer that online orders are put in for. 0: none are.")
    ] = 0
    price_field: Annotated[
        Literal["price", "takeawayPrice", "deliveryPrice"], Field(description="Which of a product's prices the menu shows.")
    ] = "price"
    vat_percent: Annotated[float, Field(ge=0, le=100, description="Tax that is inside the prices, for orders.")] = 0.0
    payment_type_id: Annotated[int, Field(ge=0, description="Payment type that means: paid online. 0: left unpaid.")] = 0
    payment_type_type_id: Annotated[int, Field(ge=0, description="Kind of that payment type, as the server numbers them.")] = 0
    timeout_s: Annotated[float, Field(gt=0, le=120, description="How long one request may take in all.")] = 15.0
    poll_s: Annotated[float, Field(ge=1, le=3600, description="How often sales are asked for.")] = 60.0
