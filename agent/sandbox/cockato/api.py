"""The practice Cockato over HTTP: its one call, a list of customers, and the events it sends."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable

from starlette.background import BackgroundTask
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from agent.cloud.tolerant import read_json
from agent.core.errors import InvalidInput, Refused, Unreachable
from agent.core.http import HttpRequest
from agent.sandbox.calls import body_of, render
from agent.sandbox.cockato.answers import invalid, no, said, yes
from agent.sandbox.cockato.organisation import Json, Organisation
from agent.sandbox.cockato.transactions import asked
from agent.sandbox.envelopes import Reply, failure
from agent.sandbox.world import World

log = logging.getLogger(__name__)

PREFIX = "/functions/v1"
"""What a till's `cloud.base_url` ends with."""
TRANSACTION = f"{PREFIX}/pos-transaction"
CUSTOMERS = "/v1/customers"
TRIES = 3
"""[gap] How often an event is sent until somebody takes it."""
EVENT_TIMEOUT_S = 10.0
PAUSE_S = 0.2


def routes(world: World) -> list[Route]:
    """Everything that a till calls."""

    async def transaction(request: Request) -> Response:
        async def work(org: Organisation) -> Reply:
            tree = await _object(request)
            return yes(org.transact(asked(tree)))

        response = await _answered(world, request, work)
        response.background = BackgroundTask(tell, world)
        return response

    async def customers(request: Request) -> Response:
        async def work(org: Organisation) -> Reply:
            named = {name: value for name, value in request.query_params.items() if name in {"barcode_id", "email", "phone"}}
            return Reply(200, {"data": _found(org, named)})

        return await _answered(world, request, work)

    return [Route(TRANSACTION, transaction, methods=["POST"]), Route(CUSTOMERS, customers, methods=["GET"])]


async def tell(world: World) -> None:
    """Send what happened to whoever listens; given up after three tries."""
    org = world.cockato
    url, events = org.modes.webhook_url, org.take_events()
    for event in events if url and org.keys else []:
        await _sent(world, url, org.keys[0], event)


async def _sent(world: World, url: str, key: str, event: Json) -> None:
    headers = {"Content-Type": "application/json", "x-api-key": key}
    body = json.dumps(event).encode()
    for attempt in range(TRIES):
        if attempt:
            await asyncio.sleep(PAUSE_S)
        try:
            answer = await world.http.send(
                HttpRequest(method="POST", url=url, headers=headers, body=body, timeout_s=EVENT_TIMEOUT_S)
            )
        except Unreachable as error:
            log.info("event not taken event=%s reason=%s", event["event"], error.reason)
            continue
        if 200 <= answer.status < 300:
            return
        log.info("event not taken event=%s status=%d", event["event"], answer.status)


def _found(org: Organisation, named: dict[str, str]) -> list[Json]:
    if not named:
        raise invalid("One of barcode_id, email or phone is required")
    try:
        customer = org.customers.find(**named)
    except Refused:
        return []
    person = {"customer_id": customer.id, "customer_name": customer.name, "barcode_id": customer.barcode_id}
    return [{**person, "email": customer.email, "phone": customer.phone, "points_balance": customer.points}]


async def _answered(world: World, request: Request, work: Callable[[Organisation], Awaitable[Reply]]) -> Response:
    org = world.cockato
    try:
        _check_key(org, request)
        if not org.modes.active:
            raise no(403, "inactive_organization", "The subscription of this organization is not active")
        return render(await work(org))
    except Refused as problem:
        return render(said(problem, org.modes.error_style))
    except ClientDisconnect:
        return render(failure(400, "client went away"))


def _check_key(org: Organisation, request: Request) -> None:
    """The header that has to carry the key carries one of ours; a key in the query is refused whatever the headers say."""
    own = request.headers.get("x-api-key", "")
    scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
    given = {"x-api-key": [own], "bearer": [bearer], "both": [own, bearer]}.get(org.modes.auth, [own or bearer])
    is_bearer = not bearer or scheme.lower() == "bearer"
    if "api_key" in request.query_params or not is_bearer or any(key not in org.keys for key in given):
        raise no(401, "invalid_api_key", "Invalid API key")


async def _object(request: Request) -> Json:
    if request.headers.get("content-type", "").split(";")[0].strip() != "application/json":
        raise invalid("The body must be JSON")
    try:
        tree = read_json(await body_of(request))
    except InvalidInput:
        raise invalid("The body is no JSON") from None
    if not isinstance(tree, dict):
        raise invalid("The body is no object")
    return tree
