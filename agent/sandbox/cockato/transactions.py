"""A transaction as the practice Cockato reads it: strictly where the field is published, tolerantly where it is not."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from agent.cloud.tolerant import decimal, moment, text, whole
from agent.sandbox.cockato.answers import invalid

LONGEST_KEY = 64
KEY_SHAPE = re.compile(r"ck_(live|test)_\S+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A transaction that somebody wants."""

    barcode_id: str = field(default="", repr=False)
    email: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)
    amount: Decimal | None = None
    outlet_id: str = ""
    punches: Mapping[str, int] | int = 0
    """By card, or a number for the only one."""
    redeem_points: int = 0
    redeem_reward_id: str = ""
    redeem_welcome_offer: bool = False
    external_id: str = ""
    invoice_number: str = ""
    date: datetime | None = None

    @property
    def is_lookup(self) -> bool:
        """Nothing is to happen."""
        wanted = (self.amount, self.punches, self.redeem_points, self.redeem_reward_id, self.redeem_welcome_offer)
        return not any(wanted)


def asked(body: Mapping[str, object]) -> Asked:
    """What a body says; raises Refused 400. Unknown fields are ignored."""
    found = Asked(
        barcode_id=text(body.get("barcode_id"), 128),
        email=text(body.get("email"), 320),
        phone=text(body.get("phone"), 40),
        amount=_amount(body.get("transaction_amount")),
        outlet_id=text(body.get("outlet_id"), 128),
        punches=_punches(body.get("punches")),
        redeem_points=_count(body.get("redeem_points"), "redeem_points"),
        redeem_reward_id=text(body.get("redeem_reward_id"), 128),
        redeem_welcome_offer=body.get("redeem_welcome_offer") is True,
        external_id=text(body.get("external_transaction_id"), LONGEST_KEY + 1),
        invoice_number=text(body.get("invoice_number"), 128),
        date=_date(body.get("transaction_date")),
    )
    if not (found.barcode_id or found.email or found.phone):
        raise invalid("One of barcode_id, email or phone is required")
    if len(found.external_id) > LONGEST_KEY:
        raise invalid("external_transaction_id is too long")
    if any(isinstance(value, str) and KEY_SHAPE.fullmatch(value) for value in body.values()):
        raise invalid("An API key does not belong into the body")
    return found


def _amount(given: object) -> Decimal | None:
    if given is None:
        return None
    amount = decimal(given)
    if amount is None or amount < 0:
        raise invalid("transaction_amount must be a number, 0 or more")
    return amount


def _count(given: object, name: str) -> int:
    count = 0 if given is None else whole(given)
    if count is None or count < 0:
        raise invalid(f"{name} must be a whole number, 0 or more")
    return count


def _punches(given: object) -> Mapping[str, int] | int:
    if not isinstance(given, list):
        return _count(given, "punches")
    cards: dict[str, int] = {}
    for each in given:
        card = text(each.get("punch_card_id"), 128) if isinstance(each, Mapping) else ""
        if not card:
            raise invalid("punches: punch_card_id is missing")
        cards[card] = cards.get(card, 0) + _count(each.get("count", 1), "punches.count")
    return cards


def _date(given: object) -> datetime | None:
    date = moment(given) if isinstance(given, str) else None
    if given is not None and date is None:
        raise invalid("transaction_date is no time")
    return date
