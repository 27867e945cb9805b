"""The limits of section 5 of the policy, as an outlet would set them: a point is a cent."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from agent.core.money import Money, Points
from agent.core.offline_burn import OfflineTerms

TERMS = OfflineTerms(
    point_value=Decimal(1),
    redemption_points=Points(500),
    redemption=Money(500, "SGD"),
    balance_percent=50,
    device_cap=Money(5_000, "SGD"),
    devices=10,
    outage=timedelta(hours=2),
    balance_age=timedelta(minutes=15),
    session_age=timedelta(hours=24),
    member_grants_a_day=1,
    pin_above=Money(200, "SGD"),
)
