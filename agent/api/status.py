"""How the agent is, and the description of this interface."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from agent.api.auth import AnyCaller, Deps
from agent.api.schema import Health, Status, status_view

router = APIRouter(prefix="/v1", tags=["status"])


@router.get("/health")
async def health() -> Health:
    """The process answers; needs no token and says nothing else."""
    return Health()


@router.get("/status")
async def status(services: Deps, caller: AnyCaller) -> Status:
    """Everything at a glance."""
    return status_view(await services.health.snapshot())


@router.get("/openapi.json", include_in_schema=False)
async def description(request: Request, caller: AnyCaller) -> JSONResponse:
    """The OpenAPI document."""
    return JSONResponse(request.app.openapi())
