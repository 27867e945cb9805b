"""What can be set for Lightspeed K-Series, and what its contract leaves open."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from drivers.pos.keys import BaseUrl
from drivers.spec import DriverSettings

LONGEST_REFERENCE, LONGEST_SKU, LONGEST_NAME, LONGEST_COLLECTION_CODE = 48, 25, 128, 8
LONGEST_NOTE = 500
"""[gap] How long an order's note may be."""
MOST_SKUS = 50
"""SKUs that availability is asked for at once."""
SALES_PAGE = "100"
MODIFIER_PRICE, DEAL_PRICE = "productPrice", "extraPrice"
"""[gap] What a product modifier costs, and what a choice of a deal adds to its price."""
RECEIPT = "accountFiscId"
"""[gap] Which of a sale's two numbers staff find on paper; this one is also what a void names."""
ONLINE = "TASK:OO-"
"""How the reference of an order that came online begins, ours and those of other channels."""
INSTRUCTION = "i:"
"""Marks the code of an unpriced cooking instruction, which travels by its id, apart from choices that travel by SKU."""


class LightspeedKSettings(DriverSettings):
    """Settings of `lightspeed-k`; the secret is the client secret, the refresh token goes to `device/NAME/refresh-token`."""

    base_url: Annotated[
        BaseUrl, Field(description="Address of the API; the trial's is https://api.trial.lsk.lightspeed.app.")
    ] = "https://api.lsk.lightspeed.app"
    token_url: Annotated[str, Field(description="Where tokens are renewed, for V2 clients. Empty: base_url/oauth/token.")] = ""
    client_id: Annotated[str, Field(min_length=1, description="Id of the client that Lightspeed gave.")]
    business_location: Annotated[int, Field(ge=1, description="Number of the business location (the shop).")]
    endpoint_id: Annotated[str, Field(min_length=1, description="Name of the webhook endpoint that answers to orders go to.")] = (
        "cata-bridge"
    )
    callback_url: Annotated[
        str,
        Field(
            pattern="^(https://.+)?$",
            description="Public address of this device's webhook, registered under endpoint_id. Empty: somebody else did that.",
        ),
    ] = ""
    callback_user: Annotated[
        str, Field(min_length=1, description="User name of callbacks; their password is the secret device/NAME/webhook.")
    ] = "cata-bridge"
    menu: Annotated[int, Field(ge=0, description="Number of the menu. 0: the only one there is.")] = 0
    account_profiles: Annotated[
        dict[str, str],
        Field(default_factory=dict, description="PICKUP, DELIVERY, DINE_IN, TAKEAWAY -> code of an account profile."),
    ]
    payment_method: Annotated[str, Field(description="Payment method of orders that are paid online.")] = "OOPAYMENT"
    attempt_s: Annotated[int, Field(ge=60, le=86400, description="How long Lightspeed tries to reach the till.")] = 300
    finance: Annotated[
        bool, Field(description="The client has the scope financial-api: sales and closed bills are asked for.")
    ] = True
    timeout_s: Annotated[float, Field(gt=0, le=120, description="How long one request may take in all.")] = 15.0
    poll_s: Annotated[float, Field(ge=1, le=3600, description="How often statuses and sales are asked for.")] = 30.0
