"""Customers of the practice Cockato: what they have, and how they are found."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from agent.sandbox.cockato.answers import no
from agent.sandbox.cockato.seed import SeedCustomer


@dataclass(slots=True)
class Card:
    """Progress on one punch card."""

    punches: int = 0
    rewards: int = 0


@dataclass(slots=True, kw_only=True)
class Customer:
    """One customer; the details are practice data."""

    id: str
    name: str = ""
    barcode_id: str = ""
    email: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)
    """Digits with the country code."""
    points: int = 0
    welcome_offer: str = ""
    offer_redeemed: bool = False
    cards: dict[str, Card] = field(default_factory=dict)


class Customers:
    """All of one organisation."""

    def __init__(self, calling_code: str) -> None:
        self._calling_code = calling_code
        self._all: list[Customer] = []

    @property
    def all(self) -> list[Customer]:
        """Oldest first."""
        return self._all

    def add(self, seed: SeedCustomer, customer_id: str, cards: Iterable[str]) -> Customer:
        """A further customer with an empty card of each kind."""
        customer = Customer(
            id=seed.id or customer_id,
            name=seed.name,
            barcode_id=seed.barcode_id,
            email=seed.email.strip().lower(),
            phone=canonical_phone(seed.phone, self._calling_code),
            points=seed.points,
            welcome_offer=seed.welcome_offer,
            cards={card: Card(seed.punches.get(card, 0)) for card in cards},
        )
        self._all.append(customer)
        return customer

    def find(self, *, barcode_id: str = "", email: str = "", phone: str = "") -> Customer:
        """The one that is meant, barcode before e-mail before phone; raises Refused 404."""
        wanted = email.strip().lower()
        digits = canonical_phone(phone, self._calling_code)
        for customer in self._all:
            if barcode_id:
                found = customer.barcode_id == barcode_id
            elif wanted:
                found = customer.email == wanted
            else:
                found = bool(digits) and customer.phone == digits
            if found:
                return customer
        raise no(404, "customer_not_found", "Customer not found")


def canonical_phone(written: str, calling_code: str) -> str:
    """Digits with the country code, as Cockato's example has it: 0412345678, +61412345678 and 61412345678 are one."""
    bare = re.sub(r"\(0\)", "", written) if written.lstrip().startswith(("+", "00")) else written
    digits = re.sub(r"\D", "", bare)
    if digits.startswith("00"):
        return digits[2:]
    return calling_code + digits[1:] if digits.startswith("0") else digits
