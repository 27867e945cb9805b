"""The receiver of signed deliveries, of the cloud and of POS systems: raw bytes in, 200 only after the commit."""

from __future__ import annotations

import logging
import re
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from urllib.parse import unquote

from fastapi.responses import JSONResponse
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from agent.api.errors import envelope, internal, refuse
from agent.api.needs.orders import CloudEvents, Intake, PosCalls
from agent.api.reading import announces_body, check_headers, check_json, check_unpacked, read_body, turned
from agent.api.settings import WebhookSettings
from agent.core.errors import CataBridgeError, DamagedData, InvalidInput, NotSaved, Refused
from agent.core.pos import WebhookCall

log = logging.getLogger(__name__)

CLOUDS_OWN = "x-cata-"
"""How the names of the headers begin that carry signature, time, event and delivery id."""
EVENTS = "/cockato/events"
_ORDERS = re.compile(r"/cata/orders/([^/]{1,200})")
_POS = re.compile(r"/pos/([A-Za-z0-9][A-Za-z0-9._-]{0,63})(/[^?#]{0,500})?")
"""A device's name, and what its driver makes of the rest."""


def create_webhook_receiver(
    intake: Intake | None,
    settings: WebhookSettings,
    refused: Counter[str] | None = None,
    *,
    pos_calls: PosCalls | None = None,
    events: CloudEvents | None = None,
) -> ASGIApp:
    """`POST /cata/orders/{outletId}` or `/cockato/events`, `/pos/{device}` and `GET /health`; what is None is not there.

    Which names it is reached by is the proxy's affair.
    """
    return Receiver(intake, settings, Counter() if refused is None else refused, pos_calls, events)


class Receiver:
    """Raw ASGI: nothing parses a delivery before its signature is checked."""

    def __init__(
        self,
        intake: Intake | None,
        settings: WebhookSettings,
        refused: Counter[str],
        pos_calls: PosCalls | None,
        events: CloudEvents | None,
    ) -> None:
        """`refused` counts what never gets as far as the intake, by reason."""
        self._intake = intake
        self._pos_calls = pos_calls
        self._events = events
        self._limits = settings.limits
        self._refused = refused

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
        elif scope["type"] == "http":
            try:
                await self._http(scope, receive, send)
            except Refused as error:
                self._refused[error.reason] += 1
                await refuse(error, scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        check_headers(scope, self._limits)
        if scope["path"] == "/health":
            _allow(scope, "GET")
            await JSONResponse({"status": "ok"})(scope, receive, send)
            return
        path = scope["raw_path"].decode("ascii", "replace")
        if (pos := _POS.fullmatch(path)) is not None and self._pos_calls is not None:
            answer = await self._pos_call(self._pos_calls, pos[1], pos[2] or "", scope, receive)
        else:
            answer = await self._delivery(path, scope, receive)
        if answer is not None:
            await answer(scope, receive, send)

    async def _delivery(self, path: str, scope: Scope, receive: Receive) -> Response | None:
        taking = self._way_in(path)
        _allow(scope, "POST")
        check_json(scope)
        body = await read_body(receive, self._limits)
        return None if body is None else await _answered(taking(headers(scope), body))

    def _way_in(self, path: str) -> Callable[[Mapping[str, str], bytes], Awaitable[Response]]:
        if self._events is not None and path == EVENTS:
            return partial(_hear, self._events)
        outlet_id = _outlet(path)
        if self._intake is None:
            raise _nothing_here()
        return partial(_take, self._intake, outlet_id)

    async def _pos_call(self, calls: PosCalls, device: str, rest: str, scope: Scope, receive: Receive) -> Response | None:
        _allow(scope, "GET", "POST")
        check_unpacked(scope)
        if scope["method"] == "GET" and announces_body(scope):
            raise turned(400, "body_not_expected", "A question has no body.")
        body = await read_body(receive, self._limits)
        if body is None:
            return None
        query = scope["query_string"].decode("ascii", "replace")
        call = WebhookCall(method=scope["method"], path=rest, query=query, headers=headers(scope), body=body)
        return await _answered(self._called(calls, device, call))

    async def _called(self, calls: PosCalls, device: str, call: WebhookCall) -> Response:
        try:
            reply = await calls.receive(device, call)
        except Refused as error:
            self._refused[error.reason] += 1
            level = logging.WARNING if self._refused[error.reason] == 1 else logging.DEBUG
            log.log(level, "call of a POS refused device=%s reason=%s", device, error.reason)
            raise
        return Response(reply.body, reply.status, media_type=reply.content_type)


async def _take(intake: Intake, outlet_id: str, delivered: Mapping[str, str], body: bytes) -> Response:
    ours = await intake.receive(outlet_id, delivered, body)
    return JSONResponse({"externalOrderId": ours} if ours else {})


async def _hear(events: CloudEvents, delivered: Mapping[str, str], body: bytes) -> Response:
    await events.receive(delivered, body)
    return JSONResponse({})


async def _answered(taking: Awaitable[Response]) -> Response:
    """The answer, or the status that tells the caller whether to come again."""
    try:
        return await taking
    except Refused as error:
        return _failure(error.status or 409, error)
    except InvalidInput as error:
        return _failure(422, error)
    except DamagedData as error:
        return _failure(500, error)
    except CataBridgeError as error:
        if isinstance(error, NotSaved):
            log.warning("delivery not saved reason=%s", error.reason)
        return _failure(503, error)
    except Exception as error:  # broad, as the outermost edge: the caller tries again, and nobody sees a traceback
        log.error("delivery failed type=%s", type(error).__name__)
        log.debug("delivery failed", exc_info=error)
        return internal()


def headers(scope: Scope) -> Mapping[str, str]:
    """Headers by lower-case name; Refused when one of the cloud's own came twice, since nobody can say which one counts."""
    joined: defaultdict[str, list[str]] = defaultdict(list)
    for name, value in scope["headers"]:
        joined[name.decode("latin-1")].append(value.decode("latin-1"))
    if any(len(values) > 1 for name, values in joined.items() if name.startswith(CLOUDS_OWN)):
        raise turned(400, "doubled_header", "A header of this delivery came twice.")
    return {name: ", ".join(values) for name, values in joined.items()}


def _outlet(path: str) -> str:
    match = _ORDERS.fullmatch(path)
    if match is None:
        raise _nothing_here()
    return unquote(match.group(1))


def _nothing_here() -> Refused:
    return turned(404, "not_found", "There is nothing at this address.")


def _allow(scope: Scope, *methods: str) -> None:
    if scope["method"] not in methods:
        raise turned(405, "method_not_allowed", "This address does not take that method.")


def _failure(status: int, error: CataBridgeError) -> JSONResponse:
    return JSONResponse(envelope(status, error.reason, error.message).model_dump(), status)


async def _lifespan(receive: Receive, send: Send) -> None:
    for _ in range(2):
        step = (await receive())["type"]
        await send({"type": f"{step}.complete"})
