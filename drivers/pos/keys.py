"""What every vendor's device needs to be let in: its address, and a key that a person set."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated

from pydantic import AfterValidator

from agent.core.errors import NeedsPerson
from drivers.spec import DriverContext


def _is_url(url: str) -> str:
    if not url.startswith(("https://", "http://")):
        raise ValueError("it has to start with https:// or http://.")
    return url.rstrip("/")


BaseUrl = Annotated[str, AfterValidator(_is_url)]
"""An address that paths are appended to; without a slash at its end."""


@dataclass(frozen=True)
class KeyHeader:
    """Credentials of an Exchange: the device's secret in one header."""

    context: DriverContext = field(repr=False)
    name: str
    """Of the header."""
    hint: str = ""
    """How the secret is written, for the sentence that asks for it."""
    prefix: str = ""
    """What stands before it, such as `Bearer `."""

    async def headers(self) -> Mapping[str, str]:
        """The header; raises NeedsPerson `secret_missing`."""
        return {self.name: self.prefix + secret_of(self.context, self.hint)}

    async def refused(self, headers: Mapping[str, str]) -> bool:
        """There is no other key."""
        return False


def secret_of(context: DriverContext, hint: str = "") -> str:
    """The device's secret; raises NeedsPerson `secret_missing`."""
    if context.secret:
        return context.secret
    raise NeedsPerson("secret_missing", f"The secret device/{context.name} is not set{hint and f'; it is {hint}'}.")
