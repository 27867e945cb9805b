"""Setting the till up from its own screen; where a manager has set a PIN, nothing changes without it."""

from __future__ import annotations

import logging

from fastapi import APIRouter
from pydantic import JsonValue

from agent.api.auth import Deps, ScreenCaller, TheGate
from agent.api.schema import DeviceTest, EmptyBody
from agent.api.schema.setup import (
    CloudBody,
    CloudTried,
    Driver,
    Drivers,
    RemoteOutlet,
    RemoteOutlets,
    RemoteOutletsBody,
    SetUp,
    SetUpBody,
    SetUpDone,
    TrialOrder,
    TrialPrintBody,
)
from agent.core.errors import InvalidInput, NeedsPerson, Unreachable
from agent.core.sentence import Sentence

log = logging.getLogger(__name__)

PRINTED = Sentence("A test page was printed.", "test_printed")

router = APIRouter(prefix="/v1/setup", tags=["set-up"])


@router.get("")
async def view(services: Deps, caller: ScreenCaller) -> SetUp:
    """Every setting with what decides it, the devices, and the names of the secrets."""
    seen = await services.set_up.view()
    return SetUp.model_validate({**_attributes(seen), "pin_set": services.pin.is_set})


@router.get("/drivers")
async def kinds(services: Deps, caller: ScreenCaller) -> Drivers:
    """Every kind of device and what it has to be told."""
    return Drivers(drivers=[Driver.model_validate(one) for one in services.set_up.drivers()])


@router.post("/cloud")
async def try_cloud(body: CloudBody, services: Deps, caller: ScreenCaller) -> CloudTried:
    """Ask a cloud who a key belongs to; nothing is written. 422 `key_needed`, 503 `key_refused` or `offline`."""
    key = body.key.get_secret_value() if body.key else ""
    return CloudTried.model_validate(await services.set_up.try_cloud(body.base_url, key, body.provider))


@router.post("/outlets")
async def remote_outlets(body: RemoteOutletsBody, services: Deps, gate: TheGate, caller: ScreenCaller) -> RemoteOutlets:
    """The shops that a POS knows; 409 `no_outlets` where it cannot say. The stored secret needs the manager's PIN."""
    secret = body.secret.get_secret_value() if body.secret else ""
    if not secret:
        gate.manager(body.pin)
    found = await services.set_up.outlets(body.device.model_dump(), secret)
    return RemoteOutlets(outlets=[RemoteOutlet.model_validate(one) for one in found])


@router.post("")
async def change(body: SetUpBody, services: Deps, gate: TheGate, caller: ScreenCaller) -> SetUpDone:
    """Write settings and secrets in one step and take them into force; the agent answers again a moment later.

    403 `pin_required`, 409 `setting_locked`, 422 for what does not fit, 503 `entries_wait` when entries would lose their outlet.
    """
    gate.manager(body.pin)
    settings: dict[str, JsonValue] = dict(body.settings)
    if body.devices is not None:
        settings["devices"] = [{"name": one.name, "driver": one.driver, **one.options} for one in body.devices]
    secrets = {name: secret.get_secret_value() for name, secret in body.secrets.items()}
    changed = await services.set_up.apply(settings, secrets)
    if changed:
        await services.audit.append(caller.name, "settings changed", ", ".join(changed)[:500], "")
    return SetUpDone(changed=changed)


@router.post("/take-up")
async def take_up(services: Deps, caller: ScreenCaller, body: EmptyBody | None = None) -> SetUpDone:
    """Take into force what was written on this computer, secrets included; the agent answers again a moment later.

    It brings no value of its own, so it needs no PIN: whoever may write the files decides, now as at the next start.
    422 for what cannot be read or does not fit, 503 `entries_wait` when entries would lose their outlet.
    """
    changed = await services.set_up.take_up()
    await services.audit.append(caller.name, "settings taken up", ", ".join(changed)[:500], "")
    return SetUpDone(changed=changed)


@router.post("/test-print")
async def print_page(body: TrialPrintBody, services: Deps, caller: ScreenCaller) -> DeviceTest:
    """A page that shows what a printer can; a printer that fails is an answer with `ok` false. 404 `device_unknown`."""
    try:
        await services.trials.print_page(body.name)
    except (Unreachable, NeedsPerson, InvalidInput) as error:
        return DeviceTest(
            name=body.name, ok=False, sentence=error.message, reason=error.reason, values=dict(error.message.values)
        )
    return DeviceTest(name=body.name, ok=True, sentence=PRINTED, reason=PRINTED.reason)


@router.post("/test-order", status_code=201)
async def place_order(services: Deps, caller: ScreenCaller, body: EmptyBody | None = None) -> TrialOrder:
    """An order marked TEST for the board and the printers; the cloud and the POS never hear of it."""
    return TrialOrder(id=await services.trials.place_order())


def _attributes(seen: object) -> dict[str, object]:
    names = [name for name in SetUp.model_fields if name != "pin_set"]
    return {name: getattr(seen, name) for name in names}
