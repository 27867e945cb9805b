"""The practice cloud as one ASGI app: Cata's contract, the control plane and the page."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

from agent.sandbox import (
    account_api,
    calls,
    catalogue_api,
    control,
    loyalty_api,
    order_api,
    outlet_api,
    page,
    webhook_api,
)
from agent.sandbox.cockato import api as cockato_api
from agent.sandbox.envelopes import failure
from agent.sandbox.gate import Gate, true_caller
from agent.sandbox.line import Line
from agent.sandbox.world import World

CONTRACT = [
    *account_api.ROWS,
    *loyalty_api.ROWS,
    *order_api.ROWS,
    *webhook_api.ROWS,
    *outlet_api.ROWS,
    *catalogue_api.ROWS,
]
"""Every route of the contract; whatever is not here is 404."""


def build_app(world: World, line: Line) -> ASGIApp:
    """Put the parts together; `line` tells who is behind a connection."""
    caller = true_caller(line)
    contract = calls.routes(world, CONTRACT)
    contract += cockato_api.routes(world)
    app = Starlette(
        routes=[*contract, *control.routes(world, line, caller), *page.routes(world.ids, caller)],
        exception_handlers={HTTPException: _no_route},
    )
    app.router.redirect_slashes = False
    return Gate(app, world, line, contract)


async def _no_route(_: Request, problem: Exception) -> Response:
    assert isinstance(problem, HTTPException)
    return calls.render(failure(problem.status_code, problem.detail.lower()))
