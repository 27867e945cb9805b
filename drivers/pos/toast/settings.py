"""What can be set for Toast, and what its contract leaves open."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from drivers.pos.keys import BaseUrl
from drivers.spec import DriverSettings

AUTHORITY = "CATA"
"""Naming authority before the colon of our external ids."""
DUPLICATE_STATUSES = frozenset({400, 409})
"""[gap] What an external id that is taken is answered with; the order is then looked for before it counts as refused."""
CHECK_TOTAL = "totalAmount"
"""[gap] Field of a check that holds what the guest paid, tax included and tip not."""
CHECK_NUMBER = "displayNumber"
"""[gap] Field of a check with the number on the guest's receipt; it starts anew every day."""
SPECIAL_REQUEST = "SPECIAL_REQUEST"
"""[gap] What a note to the kitchen is called where it hangs on an item as a modifier of its own."""
TIMESTAMP = rb'"timestamp"\s*:\s*"([^"\\]{1,64})"'
"""[gap] A message is signed with its own timestamp, assumed to be this field of the body, letter for letter."""
MENU_CATEGORIES = frozenset({"menus", "stock"})
"""[gap] Event categories that change what can be ordered."""


class ToastSettings(DriverSettings):
    """Settings of `toast`; the secret is the client secret, a webhook's goes to `device/NAME/webhook`."""

    base_url: Annotated[BaseUrl, Field(description="Toast's API host, such as https://ws-api.toasttab.com.")]
    restaurant: Annotated[str, Field(min_length=36, max_length=36, description="GUID of the restaurant.")]
    client_id: Annotated[str, Field(min_length=1, max_length=200, description="Client id that Toast gave with the secret.")]
    dining_option: Annotated[str, Field(min_length=36, max_length=36, description="GUID of the dining option of orders.")]
    dining_options: Annotated[
        dict[str, str],
        Field(default_factory=dict, description="PICKUP, DELIVERY, DINE_IN, TAKEAWAY -> GUID, where they differ."),
    ]
    other_payment: Annotated[
        str, Field(min_length=36, max_length=36, description="GUID of the payment type that means: paid in the app.")
    ]
    stock: Annotated[bool, Field(description="Ask what is out of stock, and tell; needs the stock scopes.")] = True
    closed_is_done: Annotated[
        bool, Field(description="A closed order was handed out. Set to false where Toast closes orders once they are paid.")
    ] = True
    look_back_h: Annotated[float, Field(gt=0, le=168, description="How far back an order is looked for.")] = 24.0
    timeout_s: Annotated[float, Field(gt=0, le=120, description="How long one request may take in all.")] = 30.0
    poll_s: Annotated[float, Field(ge=1, le=3600, description="How often statuses and sales are asked for.")] = 30.0
