"""Calls of a POS at the receiver: who vouches for them, and the document they carry."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from agent.core.errors import Refused
from agent.core.pos import WebhookCall
from agent.core.signing import Recipe, verify
from drivers.pos.decoding import decoded
from drivers.spec import Drawer

SECRET, PREVIOUS = "webhook", "webhook-previous"
"""Names in the device's drawer, set by a person as `device/NAME/webhook`; both are in force while one is replaced."""


async def secrets_of(drawer: Drawer) -> list[str]:
    """The webhook secrets in force."""
    kept = [await drawer.read(name) for name in (SECRET, PREVIOUS)]
    return [secret for secret in kept if secret]


async def check_signature(
    recipe: Recipe, call: WebhookCall, drawer: Drawer, *, timestamps: Iterable[str] = ("",), url: str = ""
) -> None:
    """Raises Refused 401 `bad_signature` unless a secret in force signed the raw bytes, with one of the timestamps.

    `url` is the address the vendor calls, where it signs that too.
    """
    secrets, given = await secrets_of(drawer), call.headers.get(recipe.header, "")
    fits = [verify(recipe, secrets, call.body, given, timestamp=timestamp, url=url) for timestamp in timestamps]
    if not any(fits):
        raise bad_signature()


def bad_signature() -> Refused:
    """Nobody can vouch for a call."""
    return Refused("bad_signature", "This call does not come from the POS, or its secret is not set here.", status=401)


def document_of(call: WebhookCall) -> Any:
    """The JSON that a vouched-for call carries; raises Refused 400 `not_json`."""
    try:
        return decoded(call.body)
    except ValueError:
        raise Refused("not_json", "This call cannot be read.", status=400) from None
