"""Every refusal of the till API in one shape: Cata's envelope with a stable word and a sentence for staff."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException
from starlette.types import Receive, Scope, Send

from agent.api.schema import Failure, Problem
from agent.core.errors import (
    CataBridgeError,
    Conflict,
    DamagedData,
    InvalidInput,
    NeedsPerson,
    NotSaved,
    Refused,
    Unreachable,
)
from agent.core.sentence import NO_VALUES, Values

log = logging.getLogger(__name__)

STATUS_OF_REASON = {
    "not_discardable": 409,
    "not_retryable": 409,
    "not_reversible": 409,
    "unauthorized": 401,
    "pin_required": 403,
    "pin_not_set": 409,
    "scope": 403,
    "pairing_refused": 403,
    "proof_refused": 403,
    "too_many_attempts": 429,
    "too_many_calls": 429,
    "too_many_streams": 503,
}
"""Reasons whose status does not follow from their kind of error."""

STATUS_OF_KIND: Mapping[type[CataBridgeError], int] = {
    Unreachable: 503,
    Conflict: 409,
    Refused: 409,
    NeedsPerson: 503,
    InvalidInput: 422,
    NotSaved: 507,
    DamagedData: 500,
}
ONE_WORD: Mapping[type[CataBridgeError], str] = {Unreachable: "offline", NotSaved: "not_saved"}
"""Kinds that callers know by one word; the own reason goes into the details."""

RETRY_AFTER_S = {"too_many_attempts": "60", "too_many_calls": "1"}
"""When it is worth asking again."""
HTTP_REASONS = {400: "invalid", 404: "not_found", 405: "method_not_allowed"}
HTTP_SENTENCES = {
    400: "The body could not be read.",
    404: "There is nothing at this address.",
    405: "This address does not take that method.",
}


def status_of(error: CataBridgeError) -> int:
    """HTTP status of an error; a peer's own status is never passed on to the caller."""
    if error.reason in STATUS_OF_REASON:
        return STATUS_OF_REASON[error.reason]
    if isinstance(error, Refused) and error.reason.endswith("_unknown"):
        return 404
    return next((status for kind, status in STATUS_OF_KIND.items() if isinstance(error, kind)), 500)


def envelope(status: int, reason: str, message: str, details: str = "", values: Values = NO_VALUES) -> Failure:
    """The body of a refusal."""
    return Failure(error=Problem(code=status, reason=reason, message=message, details=details, values=dict(values)))


def answer(error: CataBridgeError) -> JSONResponse:
    """The response to an error of the core."""
    status = status_of(error)
    reason = next((word for kind, word in ONE_WORD.items() if isinstance(error, kind)), error.reason)
    failure = envelope(status, reason, error.message, _details(error, reason), error.message.values)
    return JSONResponse(failure.model_dump(), status, headers=_headers(error, status))


def install(app: FastAPI) -> None:
    """Answer every error of the application in the envelope."""
    app.add_exception_handler(CataBridgeError, _on_core)
    app.add_exception_handler(RequestValidationError, _on_shape)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(Exception, _on_unexpected)


def _details(error: CataBridgeError, reason: str) -> str:
    if isinstance(error, InvalidInput) and error.field:
        return error.field
    return error.details or (error.reason if reason != error.reason else "")


def _headers(error: CataBridgeError, status: int) -> dict[str, str]:
    if status == 401:
        return {"WWW-Authenticate": "Bearer"}
    if isinstance(error, Unreachable) and error.retry_after_s is not None:
        return {"Retry-After": str(int(error.retry_after_s) + 1)}
    return {"Retry-After": RETRY_AFTER_S[error.reason]} if status == 429 else {}


async def _on_core(request: Request, error: Exception) -> Response:
    assert isinstance(error, CataBridgeError)
    if isinstance(error, InvalidInput):
        _count(request, error.reason)
    return answer(error)


async def _on_shape(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    _count(request, "invalid")
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"][1:])
    wrong = str(first["msg"]).removeprefix("Value error, ")
    return answer(InvalidInput("invalid", _sentence(first["type"], where), details=f"{where or 'body'}: {wrong}"))


def _sentence(kind: str, where: str) -> str:
    if kind == "json_invalid":
        return "The body is not JSON."
    if kind == "extra_forbidden":
        return f"The field {where} is not known here."
    if kind == "missing":
        return f"The field {where} is missing." if where else "The body is missing."
    return f"The field {where} does not fit." if where else "The body does not fit."


async def _on_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    status = error.status_code
    reason, message = HTTP_REASONS.get(status, "refused"), HTTP_SENTENCES.get(status, "This was refused.")
    _count(request, reason)
    return JSONResponse(envelope(status, reason, message).model_dump(), status, headers=error.headers)


def _count(request: Request, reason: str) -> None:
    """What did not fit; a no to a call that did is no refusal of this kind."""
    request.app.state.services.refused[reason] += 1


async def _on_unexpected(request: Request, error: Exception) -> Response:
    return internal()


def internal() -> JSONResponse:
    """The response to a fault of ours."""
    failure = envelope(500, "internal", "Something went wrong here. Try again; if it stays, call support.")
    return JSONResponse(failure.model_dump(), 500)


async def refuse(error: Refused, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer a request that never reached a route, with the refusal's own status, and hang up: its body may be unread."""
    status = error.status or 400
    failure = envelope(status, error.reason, error.message)
    await JSONResponse(failure.model_dump(), status, headers={"Connection": "close"})(scope, receive, send)
