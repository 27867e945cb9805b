"""The shops of a POS account: asked of the device itself, so that an id is copied and not guessed."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from agent.cloud.http import HttpxClient
from agent.core.clock import SystemClock
from agent.core.errors import InvalidInput, Refused
from agent.core.ids import RandomIds
from agent.core.pos import RemoteOutlet
from agent.core.roles import ListsOutlets
from agent.paths import Home
from agent.plugging import DeviceDrawer
from agent.secrets import Secrets
from agent.settings import Settings
from drivers.registry import DriverContext, build


async def remote_outlets(home: Home, settings: Settings, secrets: Secrets, name: str) -> Sequence[RemoteOutlet]:
    """The shops that the device of this name knows.

    Raises InvalidInput `device_unknown`, Refused `no_outlets` for a POS that has no such list, or what the device raises.
    """
    chosen = next((device for device in settings.devices if device.name == name), None)
    if chosen is None:
        raise InvalidInput("device_unknown", f"There is no device named {name}.", field="outlets")
    clock = SystemClock()
    http = HttpxClient(clock)
    context = DriverContext(
        name=name,
        clock=clock,
        ids=RandomIds(),
        http=http,
        folder=home.data / "devices" / name,
        currency=settings.outlet.currency,
        zone=settings.outlet.zone,
        secret=await asyncio.to_thread(secrets.get, f"device/{name}"),
        drawer=DeviceDrawer(secrets, name),
    )
    try:
        device = build(name, chosen.driver, chosen.options, context)
        if not isinstance(device, ListsOutlets):
            raise Refused("no_outlets", f"The POS {name} has no list of outlets.")
        return await device.list_remote_outlets()
    finally:
        await http.close()
