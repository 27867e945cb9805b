"""Finds the first broken link between this till and the cloud, and names who can fix it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from agent.core.clouds import CATA, Ability, CloudTraits
from agent.core.device import DeviceStatus
from agent.core.errors import CataBridgeError, KeyRefused, Unreachable
from agent.flows.health import ASKS_FOR_A_PERSON, DISK_REFUSE_BYTES
from agent.flows.line import SKEW_ALARM_S, Line

STEP_DEADLINE_S = 5.0
"""No single probe takes longer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """One link, tried out."""

    name: str
    ok: bool
    sentence: str
    who: str = ""
    """Who can fix it; empty when nothing is broken."""


Step = Callable[[], Awaitable[Probe]]


class Doctor:
    """Tries the chain link by link, nearest first; stops asking the network after the first broken link."""

    def __init__(
        self,
        line: Line,
        *,
        base_url: str,
        missing: Callable[[], str],
        free_bytes: Callable[[], int],
        whoami: Callable[[], Awaitable[object]],
        devices: Callable[[], Sequence[DeviceStatus]],
        parked: Callable[[], Awaitable[int]],
        cloud: CloudTraits = CATA,
        offline_burn: Callable[[], str] = str,
    ) -> None:
        """`offline_burn` says what a manager has to know of redeeming without a connection; empty when nothing."""
        self._line = line
        self._url = urlsplit(base_url)
        self._missing = missing
        self._free_bytes = free_bytes
        self._whoami = whoami
        self._devices = devices
        self._parked = parked
        self._cloud = cloud
        self._offline_burn = offline_burn

    async def examine(self) -> list[Probe]:
        """All links in order; network links behind a broken one are left out, they could only repeat it."""
        probes = [await self._disk(), await self._setup()]
        network: list[Step] = [self._name, self._connection, self._key, self._clock, self._loyalty]
        for step in network if probes[-1].ok else []:
            probes.append(await step())
            if not probes[-1].ok:
                break
        if not self._cloud.can(Ability.ORDERS):
            probes.append(Probe(name="orders", ok=True, sentence=self._cloud.without(Ability.ORDERS)))
        probes.append(await self._entries())
        if said := self._offline_burn():
            who = "A manager: cata-bridge offline-burn status"
            probes.append(Probe(name="offline burn", ok=False, sentence=said, who=who))
        probes.extend(self._device(device) for device in self._devices())
        return probes

    async def _disk(self) -> Probe:
        free = self._free_bytes()
        if free < DISK_REFUSE_BYTES:
            return Probe(
                name="disk", ok=False, sentence="The disk is full, so nothing new can be saved.", who="IT: free some space"
            )
        return Probe(name="disk", ok=True, sentence=f"{free // 1024**2} MB of disk are free.")

    async def _setup(self) -> Probe:
        missing = self._missing()
        return Probe(
            name="set-up",
            ok=not missing,
            sentence=missing or "Set-up is complete.",
            who="IT: cata-bridge setup" if missing else "",
        )

    async def _name(self) -> Probe:
        host = self._url.hostname or ""
        try:
            async with asyncio.timeout(STEP_DEADLINE_S):
                await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
        except (OSError, TimeoutError, UnicodeError):
            return Probe(
                name="name",
                ok=False,
                sentence=f"The name {host} cannot be found: no network, or a wrong address.",
                who="The shop: cable or Wi-Fi; then IT",
            )
        return Probe(name="name", ok=True, sentence=f"The name {host} is known.")

    async def _connection(self) -> Probe:
        port = self._url.port or (443 if self._url.scheme == "https" else 80)
        try:
            async with asyncio.timeout(STEP_DEADLINE_S):
                _, writer = await asyncio.open_connection(self._url.hostname, port)
        except (OSError, TimeoutError):
            return Probe(
                name="connection",
                ok=False,
                sentence=f"{self._cloud.name}'s address does not answer.",
                who="The internet provider, or a firewall of IT",
            )
        writer.close()
        return Probe(name="connection", ok=True, sentence=f"{self._cloud.name}'s address answers.")

    async def _key(self) -> Probe:
        cloud = self._cloud.name
        try:
            async with asyncio.timeout(STEP_DEADLINE_S):
                await self._whoami()
        except KeyRefused as error:
            return Probe(name="key", ok=False, sentence=error.message, who=f"A manager: ask {cloud} for a new key")
        except (Unreachable, TimeoutError) as error:
            who = f"The internet provider (a sign-in page?), or {cloud}"
            return Probe(name="cloud", ok=False, sentence=_said(error, cloud), who=who)
        except CataBridgeError as error:
            return Probe(name="cloud", ok=False, sentence=error.message, who=f"{cloud} support")
        return Probe(name="key", ok=True, sentence=f"{cloud} accepts this till's key.")

    async def _clock(self) -> Probe:
        skew = self._line.clock_skew_s or 0
        if abs(skew) > SKEW_ALARM_S:
            return Probe(
                name="clock", ok=False, sentence=f"This PC's clock is off by {abs(skew)} seconds.", who="The shop: set the clock"
            )
        return Probe(name="clock", ok=True, sentence=f"The clock agrees with {self._cloud.name}'s to {abs(skew)} seconds.")

    async def _loyalty(self) -> Probe:
        broken = self._line.loyalty_unconfigured
        sentence = f"{self._cloud.unconfigured}." if broken else "Nothing speaks against loyalty."
        return Probe(name="loyalty", ok=not broken, sentence=sentence, who=f"{self._cloud.name} support" if broken else "")

    async def _entries(self) -> Probe:
        parked = await self._parked()
        sentence = f"{parked} in the outbox cannot go on alone." if parked else "Nothing in the outbox needs a person."
        return Probe(name="outbox", ok=not parked, sentence=sentence, who="A manager: see Not sent yet" if parked else "")

    @staticmethod
    def _device(device: DeviceStatus) -> Probe:
        broken = device.state in ASKS_FOR_A_PERSON
        return Probe(
            name=device.name, ok=not broken, sentence=device.sentence, who="The shop: look at the device" if broken else ""
        )


def _said(error: Exception, cloud: str) -> str:
    return error.message if isinstance(error, CataBridgeError) else f"{cloud} takes too long to answer."
