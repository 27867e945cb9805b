"""What can be set for Square, and what its contract leaves open."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from drivers.pos.keys import BaseUrl
from drivers.spec import DriverSettings

LONGEST_REFERENCE = 40
"""Characters of an order's `reference_id`."""
LONGEST_KEY = 45
"""Characters of an idempotency key that every call takes; payments take no more."""
LONGEST_NOTE = 500
SELLABLE = frozenset({"", "REGULAR", "FOOD_AND_BEV"})
"""[gap] Product types that a customer can order; appointments, gift cards and donations are not."""
KEY_REUSED = "IDEMPOTENCY_KEY_REUSED"
"""What a key is answered with that was used for another body."""
SEARCH_PAGE = 500
"""Orders on one page of a search; Square gives no more."""
MOST_PAGES = 1_000
"""No list is followed for ever."""


def _public_url(url: str) -> str:
    if url and not url.startswith("https://"):
        raise ValueError("it has to start with https://.")
    return url


class SquareSettings(DriverSettings):
    """Settings of `square`; the secret is an access token, or the application's where `client_id` is set.

    The signature key of the webhook subscription goes to `device/NAME/webhook`, a refresh token to `device/NAME/refresh-token`.
    """

    location: Annotated[str, Field(min_length=1, max_length=64, description="Id of the Square location that is this outlet.")]
    base_url: Annotated[BaseUrl, Field(description="Square's API host; the sandbox is https://connect.squareupsandbox.com.")] = (
        "https://connect.squareup.com"
    )
    version: Annotated[
        str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$", description="Version of the API that is spoken, such as 2026-08-19.")
    ] = "2026-08-19"
    client_id: Annotated[
        str, Field(max_length=200, description="Application id, when signed in with OAuth. Empty: the secret is an access token.")
    ] = ""
    webhook_url: Annotated[
        str,
        AfterValidator(_public_url),
        Field(description="Address of the webhook subscription, letter for letter; it is signed."),
    ] = ""
    source: Annotated[
        str, Field(min_length=1, max_length=30, description="What our orders are marked with in Square; not theirs to earn on.")
    ] = "Cata"
    payment_type: Annotated[
        str, Field(pattern=r"^[A-Z_]{3,40}$", description="Kind of outside payment that orders are paid with.")
    ] = "OTHER"
    earn_for_customers: Annotated[
        bool, Field(description="Sales of a Square customer with a phone number earn at once; needs CUSTOMERS_READ.")
    ] = False
    look_back_h: Annotated[float, Field(gt=0, le=168, description="How far back an order of ours is looked for.")] = 72.0
    timeout_s: Annotated[float, Field(gt=0, le=120, description="How long one request may take in all.")] = 15.0
    poll_s: Annotated[float, Field(ge=1, le=3600, description="How often statuses and sales are asked for.")] = 20.0
