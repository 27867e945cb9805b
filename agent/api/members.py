"""What this till keeps about a member, and how it is erased."""

from __future__ import annotations

from fastapi import APIRouter

from agent.api.auth import Deps, ScreenCaller, TheGate
from agent.api.schema import EraseBody, Erased

router = APIRouter(prefix="/v1/members", tags=["members"])


@router.post("/erase")
async def erase(body: EraseBody, services: Deps, gate: TheGate, caller: ScreenCaller) -> Erased:
    """Forget a member; needs the manager's PIN where one is set; 409 `member_busy` while something of theirs has not ended."""
    gate.manager(body.pin)
    return Erased.model_validate(await services.erasing.erase(body.identifier, by=caller.name))
