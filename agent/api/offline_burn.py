"""Redeeming without a connection: how it stands, and a manager's switch."""

from __future__ import annotations

from fastapi import APIRouter

from agent.api.auth import Conf, Deps, ScreenCaller, TheGate
from agent.api.needs.access import Caller
from agent.api.schema import OfflineBurn, OfflineBurnOffBody, OfflineBurnOnBody, OfflineBurnSeenBody
from agent.api.services import Services
from agent.core.errors import Refused
from agent.core.money import Money

router = APIRouter(prefix="/v1/offline-burn", tags=["offline burn"])


@router.get("")
async def view(services: Deps, caller: ScreenCaller) -> OfflineBurn:
    """How the mode stands, with the worst case in money."""
    return _view(services)


@router.post("/on")
async def on(body: OfflineBurnOnBody, services: Deps, settings: Conf, gate: TheGate, caller: ScreenCaller) -> OfflineBurn:
    """Allow grants; needs the manager's PIN and the worst case as it is: 403 `pin_required`, 409 `worst_case_differs`."""
    if not services.pin.is_set:
        raise Refused(
            "pin_not_set", "This needs a manager's PIN, and none is set. Set one with: cata-bridge secret set manager-pin"
        )
    gate.manager(body.pin)
    await services.offline_burn.switch_on(Money.parse(body.worst_case, settings.currency), by=_who(body.by, caller))
    return _view(services)


@router.post("/off")
async def off(body: OfflineBurnOffBody, services: Deps, caller: ScreenCaller) -> OfflineBurn:
    """Grant nothing more; what was granted is settled as before."""
    await services.offline_burn.switch_off(by=_who(body.by, caller))
    return _view(services)


@router.post("/seen")
async def seen(body: OfflineBurnSeenBody, services: Deps, gate: TheGate, caller: ScreenCaller) -> OfflineBurn:
    """A manager has seen the losses; the status says no more of them."""
    gate.manager(body.pin)
    await services.offline_burn.acknowledge(by=_who(body.by, caller))
    return _view(services)


def _view(services: Services) -> OfflineBurn:
    return OfflineBurn.model_validate(services.offline_burn.view())


def _who(name: str | None, caller: Caller) -> str:
    return f"{name} ({caller.name})" if name else caller.name
