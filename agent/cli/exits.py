"""Exit codes of every command, and which refusal ends in which."""

from __future__ import annotations

from agent import instance
from agent.core.errors import CataBridgeError, DamagedData, NeedsPerson, NotSaved

DONE = 0
FAILED = 1
WRONG_USAGE = 2
ALREADY_RUNNING = 3
NOT_SET_UP = 4
CANNOT_SAVE = 5
INTERRUPTED = 130
"""Ctrl-C, as shells expect it."""

OF_REASON = {instance.ALREADY_RUNNING: ALREADY_RUNNING, "not_set_up": NOT_SET_UP}
"""Reasons with an exit code of their own, whatever their kind."""


def code_of(error: CataBridgeError) -> int:
    """The exit code that tells a script what to do next."""
    if error.reason in OF_REASON:
        return OF_REASON[error.reason]
    return CANNOT_SAVE if isinstance(error, NotSaved | DamagedData) else FAILED


def not_set_up() -> NeedsPerson:
    """What to raise when nobody has told this till where its cloud and outlet are."""
    return NeedsPerson("not_set_up", "This till is not set up yet. Run: cata-bridge setup")
