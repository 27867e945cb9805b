"""Ids as an injected source, so that tests can predict them."""

from __future__ import annotations

import secrets
import uuid
from typing import Protocol


class Ids(Protocol):
    """Source of new identifiers and of randomness."""

    def new(self) -> str:
        """A fresh, globally unique id for an entry, a scan or a delivery."""
        ...

    def token(self) -> str:
        """256 unguessable bits as URL-safe text."""
        ...

    def digits(self, count: int) -> str:
        """Unguessable decimal digits, for a code that a person types."""
        ...

    def fraction(self) -> float:
        """A uniform number in [0, 1), for jitter."""
        ...


class RandomIds:
    """Ids from the operating system's randomness."""

    def new(self) -> str:
        """A random UUID."""
        return str(uuid.uuid4())

    def token(self) -> str:
        """256 bits, URL-safe."""
        return secrets.token_urlsafe(32)

    def digits(self, count: int) -> str:
        """`count` decimal digits."""
        return "".join(secrets.choice("0123456789") for _ in range(count))

    def fraction(self) -> float:
        """A uniform number in [0, 1)."""
        return secrets.randbelow(1 << 53) / (1 << 53)
