"""Redeeming without a connection: how it stands, and who switches it on and off."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from agent.api.schema.answers import Money
from agent.api.schema.bodies import Pin
from agent.api.schema.shape import Amount, Answer, Body, Name, Time

By = Annotated[Name | None, Field(description="Who does it, for the audit.")]


class OfflineBurn(Answer):
    """How the mode stands; money is null where the settings deny it."""

    allowed: bool = Field(description="The settings allow it; a manager still has to switch it on.")
    on: bool
    why: str = Field(
        description="Why it is off: denied, never_on, by_hand, terms_changed, cap_hit, shortfalls, given_up, rebuilt; or empty."
    )
    since: Time | None
    worst_case: Money | None = Field(description="What the outlet can lose in one outage over all its tills.")
    device_cap: Money | None
    devices: int
    granted: Money | None = Field(description="Granted by this till and still counted against its cap.")
    unsettled: int
    losses: int = Field(description="Discounts of the last 30 days that no points were there for.")
    lost: Money | None
    unseen: int = Field(description="Of these, how many nobody has acknowledged.")


class OfflineBurnOnBody(Body):
    """A manager's word: the PIN, and the worst case as it was shown."""

    worst_case: Amount
    pin: Pin | None = None
    by: By = None


class OfflineBurnOffBody(Body):
    """Off at once, by anybody at the screen."""

    by: By = None


class OfflineBurnSeenBody(Body):
    """A manager has seen the losses; the PIN where one is set."""

    pin: Pin | None = None
    by: By = None
