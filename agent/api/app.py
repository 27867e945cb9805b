"""The till API as one ASGI application, behind its wall."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from fastapi import FastAPI
from fastapi.telemetry import TelemetryConfig
from starlette.types import ASGIApp

from agent.api import (
    access,
    backfill,
    devices,
    errors,
    events,
    loyalty,
    members,
    menu,
    offline_burn,
    orders,
    outbox,
    pairing,
    sales,
    scans,
    setup,
    status,
)
from agent.api.auth import Gate
from agent.api.hub import Hub
from agent.api.schema import Failure
from agent.api.services import Services
from agent.api.settings import ApiSettings
from agent.api.wall import Wall

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]
MODULES = (
    status, events, access, pairing, scans, loyalty, backfill, members, offline_burn, sales, outbox, orders, menu, devices, setup,
)  # fmt: skip

SILENT: TelemetryConfig = {
    "tracing": False,
    "metrics": False,
    "logs": False,
    "operation_spans": False,
    "auto_configure": False,
}
"""Bodies carry phones: nothing of a call leaves this process, whatever the environment says."""

ABOUT = """What the POS, the screen, the command line and a kitchen browser ask of the agent on this till.

Every call but `/v1/health` and `/v1/pairing` needs `Authorization: Bearer TOKEN`. A token has scopes: `screen` may do
everything; `pos` scans, looks up, earns, burns, reverses, reports sales, reads its entries and works with orders; `board` reads
status, orders and events. Bodies are JSON, unknown fields are refused, points are integers, amounts are decimal strings,
times are RFC 3339 UTC. Only POST changes anything. Refusals carry a stable `reason`."""


def create_till_api(services: Services, settings: ApiSettings) -> ASGIApp:
    """The whole till API, ready for a Listener."""
    return Wall(bare_till_api(services, settings), settings.allowed_origins, settings.limits, services.refused)


def bare_till_api(services: Services, settings: ApiSettings) -> FastAPI:
    """The routes alone, for the OpenAPI document; never put this on a socket without its wall."""
    hub = Hub(services, settings)
    app = describe(settings.version, running(hub))
    app.state.services, app.state.settings = services, settings
    app.state.gate, app.state.hub = Gate(services), hub
    return app


def describe(version: str, lifespan: Lifespan | None = None) -> FastAPI:
    """The application without anything behind it; enough for `cata-bridge openapi`."""
    app = FastAPI(
        telemetry=SILENT,
        title="Cata Bridge till API",
        version=version,
        description=ABOUT,
        lifespan=lifespan,
        openapi_url=None,
        redirect_slashes=False,
        responses={status: {"model": Failure} for status in ("4XX", "5XX")},
    )
    errors.install(app)
    for module in MODULES:
        app.include_router(module.router)
    return app


def running(hub: Hub) -> Lifespan:
    """Keeps the hub of events going for as long as the application is served."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with hub.running():
            yield

    return lifespan
