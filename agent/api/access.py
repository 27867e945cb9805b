"""Who may call: tokens and one-time codes, given out by this computer's own screen and command line."""

from __future__ import annotations

import logging

from fastapi import APIRouter

from agent.api.auth import Deps, ScreenCaller
from agent.api.schema import NewToken, PairingCode, PairingCodeBody, Status, TokenBody, TokenFacts, TokenList, status_view

log = logging.getLogger(__name__)

router = APIRouter(prefix="/v1", tags=["access"])


@router.post("/tokens", status_code=201)
async def create(body: TokenBody, services: Deps, caller: ScreenCaller) -> NewToken:
    """A new token, shown this once; 409 `name_taken`."""
    token = await services.tokens.create(body.name, body.scopes)
    await services.audit.append(caller.name, "token created", body.name, ",".join(body.scopes))
    return NewToken(name=body.name, token=token, scopes=sorted(body.scopes))


@router.get("/tokens")
async def tokens(services: Deps, caller: ScreenCaller) -> TokenList:
    """Who may call, without the tokens."""
    found = await services.tokens.list()
    return TokenList(tokens=[TokenFacts(name=one.name, scopes=sorted(one.scopes), created_at=one.created_at) for one in found])


@router.post("/tokens/{name}/revoke")
async def revoke(name: str, services: Deps, caller: ScreenCaller) -> TokenList:
    """End a token at once; 404 `token_unknown`. Answers with those that are left."""
    await services.tokens.revoke(name)
    await services.audit.append(caller.name, "token revoked", name, "")
    log.info("token revoked by=%s", caller.name)
    return await tokens(services, caller)


@router.post("/pairing/codes", status_code=201)
async def pairing_code(body: PairingCodeBody, services: Deps, caller: ScreenCaller) -> PairingCode:
    """A code of 8 digits for a person to type into a POS program; good for 2 minutes, 5 tries and one use."""
    code = await services.tokens.start_pairing(body.name, ["pos"])
    await services.audit.append(caller.name, "pairing started", body.name, "")
    return PairingCode(code=code, expires_at=services.clock.now() + services.tokens.code_life)


@router.post("/cloud/probe")
async def probe(services: Deps, caller: ScreenCaller) -> Status:
    """Take up secrets that were changed and ask the cloud who we are, now."""
    await services.refresh()
    return status_view(await services.health.snapshot())
