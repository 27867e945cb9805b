"""How a POS gets its token, a one-time code that the till shows, and how it makes sure later that the till is the till."""

from __future__ import annotations

import logging

from fastapi import APIRouter, Request

from agent.api.auth import Deps, TheGate
from agent.api.schema import Paired, PairingBody, Proof, ProofBody

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


@router.post("/pairing/proof")
async def prove(body: ProofBody, request: Request, services: Deps, gate: TheGate) -> Proof:
    """Prove to a program that this is the agent it was paired with, before it sends its token.

    It is the HMAC-SHA256, in hex, of `cata-bridge proof`, the port and the nonce joined by newlines; its key is the SHA-256 of
    the program's token. 403 `proof_refused` when no program of this name is paired. Whoever else took the port cannot answer.
    """
    proof = await services.tokens.prove(body.name, request.scope["server"][1], body.nonce)
    if proof is None:
        raise gate.failed("proof_refused", "No program of this name is paired with this till.")
    return Proof(proof=proof)
