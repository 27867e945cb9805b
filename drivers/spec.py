"""What every driver says of itself, and what the agent hands it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict

from agent.core.clock import Clock
from agent.core.device import Role
from agent.core.http import Http
from agent.core.ids import Ids
from agent.core.roles import Device


class DriverSettings(BaseModel):
    """What an outlet may set for a driver; every field carries a description for staff."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Drawer(Protocol):
    """Secrets that a device renews by itself, such as a refresh token; one drawer a device, nobody else looks into it."""

    async def read(self, name: str) -> str | None:
        """The secret kept last, else the one that a person set as `device/DEVICE/NAME`; raises NeedsPerson, DamagedData."""
        ...

    async def keep(self, name: str, value: str) -> None:
        """Keep it from now on; durable and sealed on return; raises NotSaved, NeedsPerson, InvalidInput `invalid_secret`."""
        ...


class Pocket:
    """A drawer for as long as the program runs: for trying a device out."""

    def __init__(self, **held: str) -> None:
        """`held`: what is in it at first."""
        self._held = dict(held)

    async def read(self, name: str) -> str | None:
        """The secret of that name."""
        return self._held.get(name)

    async def keep(self, name: str, value: str) -> None:
        """Keep it."""
        self._held[name] = value


@dataclass(frozen=True, kw_only=True)
class DriverContext:
    """What the agent lends a device."""

    name: str
    """The device's name in the settings."""
    clock: Clock
    ids: Ids
    http: Http
    folder: Path
    """A private folder of this device under the home; created by the driver when it needs one."""
    currency: str
    """ISO 4217 code of the outlet."""
    zone: ZoneInfo
    """Time zone of the outlet."""
    secret: str | None = field(default=None, repr=False)
    """The secret `device/NAME`, if one is set."""
    drawer: Drawer = field(default_factory=Pocket, repr=False)
    """Where the device keeps secrets that it renews by itself."""


def always_available() -> str:
    """The answer of a driver that needs nothing special."""
    return ""


@dataclass(frozen=True, kw_only=True)
class DriverSpec:
    """One kind of device."""

    kind: str
    """The word in `driver = "..."`."""
    role: Role
    summary: str
    """One sentence for the list of drivers."""
    settings: type[DriverSettings]
    build: Callable[[Any, DriverContext], Device]
    """Makes the device from its checked settings; opens nothing yet."""
    outlet_field: str = ""
    """Of a POS that lists its outlets: the setting that the id of the chosen one goes into."""
    why_unavailable: Callable[[], str] = always_available
    """One sentence when this computer cannot run the driver, else empty."""
