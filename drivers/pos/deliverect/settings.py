"""What can be set for Deliverect, and what its contract leaves open."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from drivers.pos.keys import BaseUrl
from drivers.spec import DriverSettings

HOSTS = {"production": "https://api.deliverect.com", "staging": "https://api.staging.deliverect.com"}
COURIER = "restaurant"
"""[gap] Who delivers an order of ours, where Deliverect sends nobody."""
PAID_ONLINE = 3
"""Payment type of what was paid in the app."""
FIND_BY = ("channelOrderId", "channelLink")
"""[gap] Fields by which the list of orders is assumed to be searchable."""
ORDER_IDS = ("_id", "orderId")
"""[gap] Where the answer to an order may carry Deliverect's id; without one our own stands for it."""
WITHOUT_BOUND = 0
"""A modifier group with this many at most has no bound."""


class DeliverectSettings(DriverSettings):
    """Settings of `deliverect`; the secret is the client secret, that of its calls goes to `device/NAME/webhook`."""

    environment: Annotated[Literal["production", "staging"], Field(description="Which Deliverect: production or staging.")] = (
        "production"
    )
    base_url: Annotated[BaseUrl | None, Field(description="Address of Deliverect, where it is not the usual one.")] = None
    audience: Annotated[str, Field(description="What a token is asked for; empty: the address itself.")] = ""
    client_id: Annotated[str, Field(min_length=1, max_length=200, description="Client id that came with the secret.")]
    account: Annotated[str, Field(min_length=1, max_length=60, description="Id of the merchant's account.")]
    location: Annotated[str, Field(min_length=1, max_length=60, description="Id of the shop's location.")]
    channel_name: Annotated[
        str, Field(pattern="^[a-z0-9-]*$", description="Our channel's name (scope). Empty: no orders are put in.")
    ] = ""
    channel_link: Annotated[str, Field(max_length=60, description="Id of the channel link of this shop.")] = ""
    is_pos: Annotated[
        bool, Field(description="This shop is the POS behind Deliverect: orders of other channels are made and answered here.")
    ] = False
    public_url: Annotated[
        BaseUrl | None, Field(description="Where Deliverect reaches this device, such as https://relay.example/pos/NAME.")
    ] = None
    tax_rate: Annotated[int, Field(ge=0, le=100_000, description="Tax on what is sold, in thousandths of a percent.")] = 9_000
    finds_orders: Annotated[bool, Field(description="Orders may be looked up; set to false where the account may not.")] = True
    timeout_s: Annotated[float, Field(gt=0, le=120, description="How long one request may take in all.")] = 15.0
    poll_s: Annotated[float, Field(ge=1, le=3600, description="How often orders are looked at; Deliverect wants it rare.")] = (
        300.0
    )

    @property
    def host(self) -> str:
        """Where requests go."""
        return self.base_url or HOSTS[self.environment]

    @model_validator(mode="after")
    def _has_a_part(self) -> DeliverectSettings:
        if bool(self.channel_name) != bool(self.channel_link):
            raise ValueError("set channel_name and channel_link together.")
        if not (self.is_pos or self.channel_name):
            raise ValueError("set is_pos, or channel_name and channel_link, or all of them.")
        return self
