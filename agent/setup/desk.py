"""The set-up of a running agent: what is set, what could be, trying it out, and taking it into force without a restart."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from agent.core.errors import InvalidInput
from agent.core.pos import RemoteOutlet
from agent.paths import Home
from agent.plugging import DeviceDrawer
from agent.secrets import API_KEY, Secrets
from agent.settings import DeviceSettings, Settings, check, load, locked
from agent.setup.asking import asked
from agent.setup.changes import Changes, plan, write
from agent.setup.fields import SettingField, differing, driver_fields, settings_fields
from agent.setup.outlets import remote_outlets
from agent.setup.place import is_another, refuse_while_waiting
from drivers.registry import DriverContext, drivers

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class SetUpView:
    """What is set, without any secret."""

    run: str
    """Changes with every agent that is built: another one means that changes are in force."""
    missing: str
    """What is still to be done before the till works, in words; empty when nothing."""
    complaint: str
    """Why the till goes on with earlier settings than those written, in words; empty when it does not."""
    fields: Sequence[SettingField]
    devices: Sequence[DeviceSettings]
    devices_locked: str
    secrets: Sequence[str]
    """Names of those that are there."""
    weak_store: bool
    """They lie in a file, because this computer has no better place."""
    warnings: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudSeen:
    """Who the cloud says that we are."""

    name: str
    """Empty where the cloud accepts the key and says no more."""
    expires_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DriverSeen:
    """One kind of device that can be set up here."""

    kind: str
    role: str
    summary: str
    why_unavailable: str
    outlet_field: str
    """Its setting that names the shop, where the POS can say which shops there are."""
    fields: Sequence[SettingField]


@dataclass(frozen=True, slots=True, kw_only=True)
class SetUpGround:
    """What the desk stands on."""

    home: Home
    settings: Settings
    """In force."""
    secrets: Secrets = field(repr=False)
    context: DriverContext = field(repr=False)
    missing: Callable[[], str]
    complaint: str
    """Why it is not what is written; empty when it is."""
    waiting: Callable[[], Awaitable[int]]
    """How many entries have not ended."""
    rebuild: Callable[[], None]
    """Asks whoever runs the agent to build it anew from what is written now."""


class SetUpDesk:
    """Nothing is written before everything fits; what is written is in force a moment later."""

    def __init__(self, ground: SetUpGround) -> None:
        self._ground = ground
        self.run = ground.context.ids.new()
        self._writing = asyncio.Lock()

    async def view(self) -> SetUpView:
        """What is set; raises what the store of secrets raises."""
        ground, why = self._ground, locked()
        return SetUpView(
            run=self.run,
            missing=ground.missing(),
            complaint=ground.complaint,
            fields=settings_fields(ground.settings, why),
            devices=ground.settings.devices,
            devices_locked=why.get("devices", ""),
            secrets=await asyncio.to_thread(ground.secrets.names),
            weak_store=ground.secrets.is_weak,
            warnings=ground.settings.warnings(),
        )

    def drivers(self) -> list[DriverSeen]:
        """Every kind of device, those that cannot run here with the reason."""
        return [
            DriverSeen(
                kind=spec.kind,
                role=spec.role,
                summary=spec.summary,
                why_unavailable=spec.why_unavailable(),
                outlet_field=spec.outlet_field,
                fields=driver_fields(spec.settings),
            )
            for spec in drivers().values()
        ]

    async def try_cloud(self, base_url: str, key: str, provider: str) -> CloudSeen:
        """Ask a cloud who a key belongs to; nothing is written.

        Without a key the stored one is tried, at its own address only. Raises InvalidInput `key_needed` or
        `invalid_setting`, NeedsPerson for a refused key, Unreachable.
        """
        before = self._ground.settings.cloud
        if not key and (not base_url or base_url.rstrip("/") != before.base_url.rstrip("/")):
            raise InvalidInput("key_needed", "Enter the key too: the stored one is for another address.", field="key")
        known: str | None = key
        if not known:
            known = await asyncio.to_thread(self._ground.secrets.get, API_KEY)
        if not known:
            raise InvalidInput("key_needed", "Enter the key.", field="key")
        wanted = before.model_dump(exclude_defaults=True) | {"base_url": base_url.rstrip("/"), "provider": provider}
        async with asked(check({"cloud": wanted}).cloud, known) as cloud:
            seen = await cloud.whoami()
        if seen is None:
            return CloudSeen(name="", expires_at=None)
        return CloudSeen(name=seen.subdomain or seen.tenant_id, expires_at=seen.expires_at)

    async def outlets(self, device: Mapping[str, object], secret: str) -> Sequence[RemoteOutlet]:
        """The shops that a POS knows, so that one is chosen; an empty `secret` means all that is stored for it.

        Raises what `remote_outlets` raises.
        """
        one = DeviceSettings.model_validate(dict(device))
        ground, place = self._ground, self._ground.context.folder / one.name
        context = replace(ground.context, name=one.name, folder=place, secret=secret)
        if not secret:
            stored = await asyncio.to_thread(ground.secrets.get, f"device/{one.name}")
            context = replace(context, secret=stored, drawer=DeviceDrawer(ground.secrets, one.name))
        return await remote_outlets(one, context)

    async def apply(self, settings: Mapping[str, object], secrets: Mapping[str, str]) -> list[str]:
        """Write changes and take them into force; returns the names of what is different, never a value.

        Raises what `plan` and `write` raise, and NeedsPerson `entries_wait` when entries would lose their outlet.
        """
        ground = self._ground
        async with self._writing:
            ready = await asyncio.to_thread(plan, ground.home, Changes(settings, secrets))
            if ready.moves:
                refuse_while_waiting(await ground.waiting())
            if not ready.names:
                return []
            await asyncio.to_thread(write, ground.home, ground.secrets, ready)
        log.info("settings changed names=%s", ",".join(ready.names))
        ground.rebuild()
        return ready.names

    async def take_up(self) -> list[str]:
        """Take into force what somebody else wrote; returns the names of the settings that are different.

        The agent is built anew even when none is, since secrets may be. Raises what `load` raises, and NeedsPerson
        `entries_wait` when entries would lose their outlet.
        """
        ground = self._ground
        async with self._writing:
            written = await asyncio.to_thread(load, ground.home)
            if is_another(ground.settings, written):
                refuse_while_waiting(await ground.waiting())
        names = differing(ground.settings, written)
        log.info("settings taken up names=%s", ",".join(names))
        ground.rebuild()
        return names
