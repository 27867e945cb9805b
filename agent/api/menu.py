"""The menu and the outlet's doors: sync, sold out, open, close, busy."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path

from agent.api.auth import Deps, PosCaller, ScreenCaller
from agent.api.schema import (
    BusyBody,
    EmptyBody,
    Entry,
    Menu,
    MenuSync,
    Preflight,
    PreflightFinding,
    SnoozeBody,
    SyncBody,
    entry_view,
    menu_view,
)
from agent.api.schema.shape import Name, told
from agent.core.clouds import Ability

router = APIRouter(prefix="/v1", tags=["menu and outlet"])


@router.get("/menu")
async def menu(services: Deps, caller: PosCaller) -> Menu:
    """The menu as last read from the POS."""
    return menu_view(await services.menu.view())


@router.post("/menu/sync")
async def sync(services: Deps, caller: ScreenCaller, body: SyncBody | None = None) -> MenuSync:
    """Compare with the POS now; says what changed. 409 `catalogue_shrunken` asks for `confirm`."""
    services.cloud.require(Ability.MENU)
    done = await services.menu.sync(confirm=body is not None and body.confirm)
    said = [told(sentence) for sentence in done.sentences]
    entry = entry_view(done.entry) if done.entry else None
    return MenuSync(sentences=list(done.sentences), sentences_told=said, entry=entry)


@router.post("/menu/preflight")
async def preflight(services: Deps, caller: ScreenCaller, body: EmptyBody | None = None) -> Preflight:
    """Hold the menu that customers see against the POS as it is now; nothing is changed. 409 `no_menu_yet`."""
    services.cloud.require(Ability.MENU)
    found = await services.menu.preflight()
    findings = [PreflightFinding.model_validate(one) for one in found]
    return Preflight(findings=findings, checked_at=services.clock.now())


@router.post("/menu/items/{code:path}/snooze")
async def snooze(code: Annotated[Name, Path()], body: SnoozeBody, services: Deps, caller: ScreenCaller) -> Entry:
    """Mark an item sold out until a time, or back."""
    services.cloud.require(Ability.MENU)
    return entry_view(await services.menu.snooze(code, body.until))


@router.post("/outlet/open")
async def open_outlet(services: Deps, caller: ScreenCaller, body: EmptyBody | None = None) -> Entry:
    """Take orders again."""
    services.cloud.require(Ability.OUTLET)
    return entry_view(await services.outlet.open(caller.name))


@router.post("/outlet/close")
async def close_outlet(services: Deps, caller: ScreenCaller, body: EmptyBody | None = None) -> Entry:
    """Take no more orders."""
    services.cloud.require(Ability.OUTLET)
    return entry_view(await services.outlet.close(caller.name))


@router.post("/outlet/busy")
async def busy(body: BusyBody, services: Deps, caller: ScreenCaller) -> Entry:
    """Tell customers that the kitchen is busy; 0 minutes means no longer."""
    services.cloud.require(Ability.OUTLET)
    return entry_view(await services.outlet.busy(body.minutes, caller.name))
