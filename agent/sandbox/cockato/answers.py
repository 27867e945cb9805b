"""How Cockato says no, and the replies that become HTTP."""

from __future__ import annotations

from collections.abc import Mapping

from agent.core.errors import Refused
from agent.sandbox.envelopes import Reply


def no(status: int, code: str, words: str) -> Refused:
    """What a part of the practice Cockato raises to be answered with."""
    return Refused(code, words, status=status)


def invalid(words: str) -> Refused:
    """400, for what does not fit."""
    return no(400, "invalid_request", words)


def said(problem: Refused, style: str) -> Reply:
    """The answer of a refusal, its words as a text or in an object."""
    if style == "object":
        return Reply(problem.status or 400, {"success": False, "error": {"message": problem.message, "code": problem.reason}})
    return Reply(problem.status or 400, {"success": False, "error": problem.message, "code": problem.reason})


def yes(body: Mapping[str, object]) -> Reply:
    """The answer of a success."""
    return Reply(200, {"success": True, **body})
