"""The shops of a POS account: asked of the device itself, so that an id is copied and not guessed."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from agent.cloud.http import HttpxClient
from agent.core.clock import SystemClock
from agent.core.errors import InvalidInput, Refused, Unreachable
from agent.core.ids import RandomIds
from agent.core.pos import RemoteOutlet
from agent.core.roles import ListsOutlets
from agent.paths import Home
from agent.plugging import DeviceDrawer
from agent.secrets import Secrets
from agent.settings import DeviceSettings, Settings
from drivers.registry import DriverContext, build, spec_of

WAIT_S = 30.0
"""Longest wait for a POS that is asked for its shops."""


async def remote_outlets(device: DeviceSettings, context: DriverContext) -> Sequence[RemoteOutlet]:
    """The shops that a POS knows, whether one is chosen already or not.

    Raises Refused `no_outlets` for a driver that has no such list, InvalidInput, Unreachable `device_silent`,
    or what the POS raises.
    """
    pos = build(device.name, device.driver, _with_any_outlet(device), context)
    if not isinstance(pos, ListsOutlets):
        raise Refused("no_outlets", "This POS cannot say which shops it has. Enter the shop's id.")
    try:
        async with asyncio.timeout(WAIT_S):
            return await pos.list_remote_outlets()
    except TimeoutError:
        raise Unreachable("device_silent", "The POS does not answer.", maybe_applied=False) from None


async def outlets_of(home: Home, settings: Settings, secrets: Secrets, name: str) -> Sequence[RemoteOutlet]:
    """The shops that the device of this name knows; raises InvalidInput `device_unknown`, or as `remote_outlets`."""
    device = next((device for device in settings.devices if device.name == name), None)
    if device is None:
        raise InvalidInput("device_unknown", f"There is no device named {name}.", field="outlets")
    clock = SystemClock()
    http = HttpxClient(clock)
    try:
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
        return await remote_outlets(device, context)
    finally:
        await http.close()


def _with_any_outlet(device: DeviceSettings) -> dict[str, object]:
    """Its options, with some shop where one is needed and not chosen yet: it is asked for the list only."""
    key = spec_of(device.driver).outlet_field
    if not key or device.options.get(key):
        return dict(device.options)
    is_text = spec_of(device.driver).settings.model_fields[key].annotation is str
    return {**device.options, key: "1" if is_text else 1}
