"""What can be set for a POS that is reached over HTTP."""

from __future__ import annotations

import string
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator

from agent.core.order_status import OrderStatus
from agent.core.signing import RECIPES
from drivers.pos.fields import ALIASES
from drivers.pos.http_pages import PLACES
from drivers.pos.pointers import is_pointer
from drivers.spec import DriverSettings

STATUS_WORDS = {
    "new": OrderStatus.PAID,
    "received": OrderStatus.PAID,
    "paid": OrderStatus.PAID,
    "open": OrderStatus.PAID,
    "accepted": OrderStatus.ACCEPTED,
    "confirmed": OrderStatus.ACCEPTED,
    "preparing": OrderStatus.IN_PROGRESS,
    "in_progress": OrderStatus.IN_PROGRESS,
    "ready": OrderStatus.READY,
    "picked_up": OrderStatus.DRIVER_PICKED_UP,
    "driver_picked_up": OrderStatus.DRIVER_PICKED_UP,
    "completed": OrderStatus.COMPLETED,
    "closed": OrderStatus.COMPLETED,
    "rejected": OrderStatus.REJECTED,
    "cancelled": OrderStatus.CANCELLED,
    "canceled": OrderStatus.CANCELLED,
}
"""Usual words of POS systems, in lower case; the setting `status_words` puts others before them."""


class HttpPosSettings(DriverSettings):
    """Settings of `pos-http`; what has no URL is not done."""

    submit_url: Annotated[str, Field(description="Where orders are put; may hold {order_id}. Empty: none are.")] = ""
    submit_method: Annotated[Literal["POST", "PUT", "PATCH"], Field(description="Method for it.")] = "POST"
    submit_body: Annotated[
        dict[str, Any],
        Field(
            default_factory=dict,
            description='JSON template: "$/lines/0/plu" points into the order, {"$each": "/lines", "$as": ...} repeats.',
        ),
    ]
    success_pointer: Annotated[str, Field(description="JSON pointer into the answer that has to equal success_value.")] = ""
    success_value: Annotated[str, Field(description="What it has to equal, as text; true and false in lower case.")] = ""
    id_pointer: Annotated[str, Field(description="JSON pointer to the POS's order id in the answer.")] = "/id"
    duplicate_statuses: Annotated[tuple[int, ...], Field(description="Statuses that mean: this order is here already.")] = (409,)
    find_url: Annotated[str, Field(description="Where an order is looked up; holds {order_id}. Empty: it cannot be.")] = ""
    find_id_pointer: Annotated[str, Field(description="JSON pointer to the POS's order id in what was found.")] = "/id"
    catalogue_url: Annotated[str, Field(description="Where the menu is; may hold {page} and {cursor}. Empty: there is none.")] = (
        ""
    )
    catalogue_items: Annotated[str, Field(description="JSON pointer to the list of items in the answer.")] = ""
    catalogue_next: Annotated[
        str, Field(description="JSON pointer to the next page's cursor or URL. Empty: pages are counted.")
    ] = ""
    catalogue_fields: Annotated[
        dict[str, str],
        Field(default_factory=dict, description="Our field -> JSON pointer inside an item, where the usual names do not fit."),
    ]
    status_url: Annotated[
        str, Field(description="Where an order's status is; may hold {order_id} and {pos_order_id}. Empty: it is not asked.")
    ] = ""
    status_pointer: Annotated[str, Field(description="JSON pointer to the status in the answer.")] = "/status"
    status_words: Annotated[
        dict[str, OrderStatus],
        Field(default_factory=dict, description="The POS's word -> ours, such as ACCEPTED, where the usual words do not fit."),
    ]
    reason_pointer: Annotated[str, Field(description="JSON pointer to why an order is not made. Empty: none is given.")] = ""
    sales_url: Annotated[
        str, Field(description="Where sales are; holds {since}, may hold {page} and {cursor}. Empty: they are not asked for.")
    ] = ""
    sales_items: Annotated[str, Field(description="JSON pointer to the list of sales in the answer.")] = ""
    sales_next: Annotated[str, Field(description="JSON pointer to the next page's cursor or URL. Empty: pages are counted.")] = ""
    sales_fields: Annotated[
        dict[str, str],
        Field(default_factory=dict, description="Our field -> JSON pointer inside a sale, where the usual names do not fit."),
    ]
    snooze_url: Annotated[str, Field(description="Where sold-out items are told by POST. Empty: they are not.")] = ""
    snooze_body: Annotated[
        dict[str, Any],
        Field(default_factory=dict, description='JSON template over "$/code", "$/until" and "$/available".'),
    ]
    amounts_in_cents: Annotated[bool, Field(description="Prices of the POS are whole cents.")] = False
    check_url: Annotated[str, Field(description="Asked with GET to see whether the POS is there. Empty: not asked.")] = ""
    headers: Annotated[
        dict[str, str],
        Field(default_factory=dict, description="Headers of every request; {secret} stands for the device's secret."),
    ]
    signing: Annotated[str, Field(description=f"Sign bodies with the secret as one of {', '.join(RECIPES)}. Empty: not.")] = ""
    timestamp_header: Annotated[str, Field(description="Header that carries the time a signature covers.")] = ""
    timeout_s: Annotated[float, Field(gt=0, le=120, description="How long one request may take in all.")] = 10.0
    poll_s: Annotated[float, Field(ge=1, le=3600, description="How often the POS is asked how it is and what is new.")] = 60.0

    @field_validator("submit_url", "find_url", "catalogue_url", "check_url", "status_url", "sales_url", "snooze_url")
    @classmethod
    def _is_url(cls, url: str) -> str:
        if url and not url.startswith(("https://", "http://")):
            raise ValueError("it has to start with https:// or http://.")
        try:
            names = {name for _, name, _, _ in string.Formatter().parse(url) if name is not None}
        except ValueError:
            raise ValueError("its braces do not fit together.") from None
        if unknown := sorted(names - set(PLACES)):
            raise ValueError(f"{{{unknown[0]}}} is not known here.")
        return url

    @field_validator("sales_url")
    @classmethod
    def _asks_since(cls, url: str) -> str:
        if url and "{since}" not in url:
            raise ValueError("it has to hold {since}, or every sale ever made comes each time.")
        return url

    @field_validator(
        "success_pointer",
        "id_pointer",
        "find_id_pointer",
        "catalogue_items",
        "catalogue_next",
        "status_pointer",
        "reason_pointer",
        "sales_items",
        "sales_next",
    )
    @classmethod
    def _is_pointer(cls, pointer: str) -> str:
        if not is_pointer(pointer):
            raise ValueError("a JSON pointer starts with a slash.")
        return pointer

    @field_validator("catalogue_fields", "sales_fields")
    @classmethod
    def _known_fields(cls, fields: dict[str, str]) -> dict[str, str]:
        for name, pointer in fields.items():
            if name not in ALIASES or not is_pointer(pointer):
                raise ValueError(f"{name} is not a field, or its JSON pointer does not start with a slash.")
        return fields

    @field_validator("signing")
    @classmethod
    def _known_recipe(cls, name: str) -> str:
        if name and name not in RECIPES:
            raise ValueError(f"known are {', '.join(RECIPES)}.")
        return name

    @model_validator(mode="after")
    def _does_something(self) -> HttpPosSettings:
        if not (self.submit_url or self.catalogue_url or self.sales_url):
            raise ValueError("set submit_url, catalogue_url or sales_url.")
        return self
