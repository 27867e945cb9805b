"""How a POS gets its token: a one-time code that the till shows."""

from __future__ import annotations

import logging

from fastapi import APIRouter

from agent.api.auth import Deps, TheGate
from agent.api.schema import Paired, PairingBody

log = logging.getLogger(__name__)

router = APIRouter(prefix="/v1", tags=["pairing"])


@router.post("/pairing")
async def pair(body: PairingBody, services: Deps, gate: TheGate) -> Paired:
    """Trade the code for a token, which is shown this once; 403 `pairing_refused` when the code is wrong, used or too old."""
    made = await services.tokens.redeem(body.code, body.name)
    if made is None:
        raise gate.failed("pairing_refused", "This code is wrong or too old. Ask the till for a new one.")
    await services.audit.append("till-api", "pair", body.name, "")
    log.info("program paired caller=%s", body.name)
    return Paired(token=made.token, scopes=sorted(made.scopes))
