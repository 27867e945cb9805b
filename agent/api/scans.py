"""Codes that a caller's own scanner read."""

from __future__ import annotations

from fastapi import APIRouter

from agent.api.auth import Deps, PosCaller
from agent.api.schema import Scan, ScanBody, scan_view
from agent.core.scan import Code

router = APIRouter(prefix="/v1", tags=["scans"])


@router.post("/scans")
async def scan(body: ScanBody, services: Deps, caller: PosCaller) -> Scan:
    """Route a code: member, product, voucher, unknown or refused."""
    return scan_view(await services.scans.route(Code(body.code), body.source))
