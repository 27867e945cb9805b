"""What can be set for X-Series, and what its contract leaves open."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field, model_validator

from drivers.pos.keys import BaseUrl
from drivers.spec import DriverSettings

SOURCE = "cata-bridge"
"""Marks sales that we put in."""
TOTALS = ("total_price_incl", "totals.price_incl_tax")
"""[gap] Where a sale carries what was paid in all, in the classic and in the dated shape; the first that is there counts."""
SALE_DATE = "%Y-%m-%dT%H:%M:%SZ"
"""[gap] How the time of a sale is written."""
VOIDS_BACK = timedelta(days=7)
"""A sale that is taken back keeps its own date: voids are looked for so far back."""
PRODUCTS_PAGE, SEARCH_PAGE = "500", 1000
TAX_DIGITS = "0.00001"
"""Amounts without tax may have more digits than the currency."""


class LightspeedXSettings(DriverSettings):
    """Settings of `lightspeed-x` and `vend`; the secret is a personal token, or the client secret where `client_id` is set."""

    domain_prefix: Annotated[
        str, Field(pattern=r"^[a-z0-9-]*$", description="The shop's name in its address: NAME.retail.lightspeed.app.")
    ] = ""
    base_url: Annotated[BaseUrl | Literal[""], Field(description="Instead of domain_prefix: the whole address.")] = ""
    client_id: Annotated[str, Field(description="Id of an OAuth client. Empty: the secret is a personal token.")] = ""
    api_version: Annotated[str, Field(pattern=r"^\d[\w.-]*$", description="Version of the API that is read.")] = "2.0"
    writer: Annotated[
        Literal["classic", "dated"], Field(description="How orders are put in: register_sales, or the dated sales API.")
    ] = "classic"
    dated_version: Annotated[str, Field(pattern=r"^\d{4}-\d{2}$", description="Version of the dated sales API.")] = "2026-07"
    outlet_id: Annotated[str, Field(description="Id of the outlet whose sales and stock count. Empty: all.")] = ""
    register_id: Annotated[str, Field(description="Id of the register that orders are put into. Empty: none are.")] = ""
    user_id: Annotated[str, Field(description="Id of the user in whose name orders are put in.")] = ""
    tax_id: Annotated[str, Field(description="Id of the tax of order lines. Empty: the outlet's default tax.")] = ""
    payment_type_id: Annotated[str, Field(description="Id of the payment type that means: paid online. Empty: left unpaid.")] = ""
    order_status: Annotated[
        Literal["SAVED", "AWAITING_PICKUP", "CLOSED"],
        Field(description="How an order arrives: SAVED (parked), AWAITING_PICKUP (counts as ready) or CLOSED (as done)."),
    ] = "SAVED"
    check_stock: Annotated[bool, Field(description="Products without stock in the outlet are sold out.")] = False
    timeout_s: Annotated[float, Field(gt=0, le=120, description="How long one request may take in all.")] = 15.0
    poll_s: Annotated[float, Field(ge=1, le=3600, description="How often statuses and sales are asked for.")] = 30.0

    @model_validator(mode="after")
    def _one_address(self) -> LightspeedXSettings:
        if bool(self.domain_prefix) == bool(self.base_url):
            raise ValueError("set either domain_prefix or base_url, not both and not neither.")
        if bool(self.register_id) != bool(self.user_id):
            raise ValueError("orders need both register_id and user_id.")
        if self.check_stock and not self.outlet_id:
            raise ValueError("check_stock needs outlet_id.")
        return self

    @property
    def address(self) -> str:
        """Where the shop's API is."""
        return self.base_url or f"https://{self.domain_prefix}.retail.lightspeed.app"
