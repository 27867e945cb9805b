"""What can be set for Revel, and what its contract leaves open."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from drivers.pos.keys import BaseUrl
from drivers.spec import DriverSettings

IDS = ("orderId", "data.orderId", "data.order_id")
"""[gap] Where the answer to a cart carries the order's id; the first that is there counts."""
TOTAL = "final_total"
"""[gap] The field of an order that holds what was paid; seen in the answers to a cart, not documented for orders."""
MODIFIER_GROUPS, MODIFIERS = "modifier_classes", "modifiers"
"""[gap] Names inside the online menu's products."""
TOKEN_URL = "https://authentication.revelup.com/oauth/token"
"""[gap] Named by one source only; the body of the request is assumed to be the usual one."""
LEAST, MOST = "minimum_amount", "maximum_amount"
"""[gap] How many of a modifier group may be chosen."""


class RevelSettings(DriverSettings):
    """Settings of `revel`; the secret is `key:secret` or the platform's, a webhook secret goes to `device/NAME/webhook`."""

    base_url: Annotated[BaseUrl, Field(description="The merchant's address, such as https://shop.revelup.com.")]
    establishment: Annotated[int, Field(ge=1, description="Number of the establishment (the shop) in Revel.")]
    menu: Annotated[
        Literal["products", "online"],
        Field(description="products: everything that is sold. online: the online menu with its modifiers."),
    ] = "products"
    dining_options: Annotated[
        dict[str, int],
        Field(default_factory=dict, description="PICKUP, DELIVERY, DINE_IN, TAKEAWAY -> number of Revel's dining option."),
    ]
    dining_option: Annotated[int, Field(ge=0, description="Dining option where dining_options names none.")] = 0
    payment_type: Annotated[int, Field(ge=0, description="Number of the payment type that means: paid elsewhere.")] = 4
    look_back_h: Annotated[float, Field(gt=0, le=168, description="How far back an order is looked for.")] = 48.0
    platform_client_id: Annotated[
        str, Field(max_length=200, description="Client id of Revel's API platform; empty: key and secret of the merchant.")
    ] = ""
    platform_merchant: Annotated[
        str, Field(pattern="^[A-Za-z0-9-]*$", description="The merchant's name before .revelup.com.")
    ] = ""
    platform_token_url: Annotated[BaseUrl, Field(description="Where the platform gives tokens.")] = TOKEN_URL
    platform_audience: Annotated[str, Field(max_length=200, description="What a token is asked for; empty: base_url.")] = ""
    timeout_s: Annotated[float, Field(gt=0, le=120, description="How long one request may take in all.")] = 15.0
    poll_s: Annotated[float, Field(ge=1, le=3600, description="How often statuses and sales are asked for.")] = 30.0

    @model_validator(mode="after")
    def _names_the_merchant(self) -> RevelSettings:
        if self.platform_client_id and not self.platform_merchant:
            raise ValueError("platform_client_id needs platform_merchant.")
        return self
