"""Every assumption about Cockato that its public pages do not settle, each behind one name; settings table `[cloud.cockato]`."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from agent.cloud.quirks import PATH

ADDRESS = r"^(https://[^\s?#]+|http://(127\.0\.0\.1|localhost|\[::1\])(:\d+)?/[^\s?#]*)?$"
Rate = Annotated[float, Field(ge=0, le=1000)]


class CockatoQuirks(BaseModel):
    """[gap] What Cockato has not published (docs/cockato.md); change a key when the live service turns out otherwise."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    auth: Literal["x-api-key", "bearer", "both"] = "both"
    """Which header carries the key; its pages show one for transactions and the other for everything else."""
    transaction_path: PATH = "/pos-transaction"
    """Where visits are told, behind `cloud.base_url`."""
    customers_url: str = Field("", pattern=ADDRESS)
    """Where members are looked up (`https://api.cockato.com/v1/customers`); empty asks by a transaction without amount."""
    idempotent: bool = False
    """Whether the same `external_transaction_id` again does nothing more; while it may not, the balance is compared."""
    doubt_wait_s: float = Field(180.0, ge=0, le=3600)
    """How long after an answer was lost the balance is believed to say what became of it.

    Cockato's host ends a function that has not answered for 150 s (supabase.com/docs/guides/functions/limits), and the system of
    the till may go on for about 100 s to deliver what the till has given up.
    """
    currency_per_point: Decimal = Field(Decimal(1), gt=0, le=1_000_000)
    """Spend that earns, in major units of money; the programme's own setting."""
    points_per_currency: int = Field(1, ge=1, le=1_000_000)
    """Points for each such spend; the programme's own setting."""
    requests_per_s: Rate = 5.0
    """The sender's courtesy limit, instead of `cloud.requests_per_s`; 0 = none."""
    backfill_per_s: Rate = 2.0
    """Rows of history told in a second; 0 = as fast as they are taken."""
