"""Devices out of the settings: each built by its driver, or kept with the sentence why it could not be."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from agent.core.device import Role
from agent.core.errors import CataBridgeError
from agent.flows.devices.supervisor import Plugged
from agent.secrets import Secrets
from agent.settings import DeviceSettings
from drivers.registry import DriverContext, build, spec_of
from drivers.spec import Drawer

log = logging.getLogger(__name__)

REPEAT_WINDOW_S = 1.5
"""The same code from the same scanner within it is one scan, unless `repeat_window_s` says otherwise."""


@dataclass(frozen=True, slots=True)
class DeviceDrawer:
    """The secrets that one device renews by itself, in the store of all secrets."""

    secrets: Secrets
    device: str

    async def read(self, name: str) -> str | None:
        """The secret kept last, else the one that a person set."""
        return await asyncio.to_thread(self.secrets.get, f"device/{self.device}/{name}")

    async def keep(self, name: str, value: str) -> None:
        """Keep it; durable on return."""
        await asyncio.to_thread(self.secrets.set, f"device/{self.device}/{name}", value)


BACKUP = "backup"
"""The option of a printer that names the one that takes over."""


def plug_in(
    devices: Sequence[DeviceSettings],
    context: DriverContext,
    secrets: Mapping[str, str | None],
    drawer: Callable[[str], Drawer],
) -> list[Plugged]:
    """All configured devices; one with bad settings never keeps the others from working."""
    return [_plug(device, replace(context, name=device.name, drawer=drawer(device.name)), secrets) for device in devices]


def _plug(settings: DeviceSettings, context: DriverContext, secrets: Mapping[str, str | None]) -> Plugged:
    options = dict(settings.options)
    window = options.get("repeat_window_s", REPEAT_WINDOW_S)
    role = Role.SCANNER
    try:
        role = spec_of(settings.driver).role
        own = replace(context, secret=secrets.get(settings.name), folder=context.folder / settings.name)
        device = build(settings.name, settings.driver, options, own)
    except CataBridgeError as error:
        log.warning("device cannot be used device=%s driver=%s reason=%s", settings.name, settings.driver, error.reason)
        return Plugged(
            name=settings.name, driver=settings.driver, role=role, device=None, problem=error.message, reason=error.reason
        )
    repeat_window_s = float(window) if isinstance(window, int | float) else REPEAT_WINDOW_S
    backup = str(options.get(BACKUP, ""))
    return Plugged(
        name=settings.name, driver=settings.driver, role=role, device=device, repeat_window_s=repeat_window_s, backup=backup
    )
