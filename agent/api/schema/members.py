"""Erasing a member: what is asked and what is answered."""

from __future__ import annotations

from agent.api.schema.bodies import Pin
from agent.api.schema.shape import Answer, Body, Identifier


class EraseBody(Body):
    """Whom to forget: phone, e-mail, code or Cata's uuid."""

    identifier: Identifier
    pin: Pin | None = None


class Erased(Answer):
    """How much was about them, and is no longer."""

    entries: int
    orders: int
    deliveries: int
