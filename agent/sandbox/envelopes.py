"""The four shapes in which Cata answers (contract 1.6), and the refusal that becomes the first of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from agent.core.errors import Conflict, InvalidInput, Refused


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer before it is written as JSON."""

    status: int
    body: object
    headers: Mapping[str, str] = field(default_factory=dict)


def bare(body: object, *, status: int = 200) -> Reply:
    """E4: the resource itself."""
    return Reply(status, body)


def business(payload: Mapping[str, object], message: str = "OK", *, code: int = 0, is_success: bool = True) -> Reply:
    """E2: loyalty, `code` 0 for success, always HTTP 200."""
    return Reply(200, {"code": code, "isSuccess": is_success, "message": message, **payload})


def outcome(message: str, payload: Mapping[str, object], *, status: int = 200) -> Reply:
    """E3: `code` repeats the HTTP status, payload under named keys."""
    return Reply(status, {"code": status, "isSuccess": True, "message": message, **payload})


def failure(status: int, message: str, details: str = "", *, headers: Mapping[str, str] | None = None) -> Reply:
    """E1: every answer that is not 2xx."""
    return Reply(status, {"error": {"code": status, "message": message, "details": details}}, headers or {})


def refusal(status: int, message: str, details: str = "") -> Refused:
    """What a part of the practice cloud raises to answer with E1; `message` is the cloud's own wording."""
    kind = Conflict if status == 409 else Refused
    return kind(message.replace(" ", "_").lower(), message, status=status, details=details)


def reply_for(problem: Refused | InvalidInput) -> Reply:
    """The E1 answer for a refusal; input that does not fit is a 400."""
    if isinstance(problem, InvalidInput):
        return failure(400, "invalid request", problem.details or problem.message)
    return failure(problem.status or 400, problem.message, problem.details)
