"""A discount that was given without the cloud's word: what it was worth, and the code on its slip."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self, cast

from agent.core.money import Money, Points

SYMBOLS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Those that nobody takes for another one."""
SLIP_LENGTH = 4
KEY = "grant"
"""Where a burn's payload carries it: fixed and hashed with the intent, in the journal, and on the way to another home."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """One grant; it never changes."""

    id: str
    points: Points
    value: Money
    """What the discount was worth."""

    @property
    def slip(self) -> str:
        """A short code for people, the same on the slip, on the screen and in the report."""
        number = int.from_bytes(hashlib.sha256(self.id.encode()).digest()[:8])
        symbols = (SYMBOLS[number // len(SYMBOLS) ** place % len(SYMBOLS)] for place in range(SLIP_LENGTH))
        return "".join(symbols)

    def payload(self) -> dict[str, object]:
        """As a part of its burn."""
        return {KEY: {"id": self.id, "points": self.points, "minor": self.value.minor, "currency": self.value.currency}}

    @classmethod
    def of(cls, payload: Mapping[str, object]) -> Self | None:
        """The grant in a burn's payload; None in any other."""
        found = payload.get(KEY)
        if not isinstance(found, Mapping):
            return None
        kept = cast("Mapping[str, Any]", found)
        return cls(id=kept["id"], points=Points(kept["points"]), value=Money(kept["minor"], kept["currency"]))
