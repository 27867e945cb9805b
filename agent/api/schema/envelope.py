"""The one shape of every refusal."""

from __future__ import annotations

from pydantic import Field

from agent.api.schema.shape import Answer


class Problem(Answer):
    """What went wrong, for a program and for a person."""

    code: int
    """HTTP status again, as Cata's envelope has it."""
    reason: str
    """Stable machine word."""
    message: str
    """One sentence for staff."""
    details: str = ""
    """For support: the field at fault, or a little more."""
    values: dict[str, str | int] = Field(default_factory=dict)
    """What the message names, such as a number of minutes, for a screen that says it in its own language."""


class Failure(Answer):
    """Body of every answer from 400 upwards."""

    error: Problem
