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
from agent.core.sentence import Sentence, Values, reason_of, values_of
from agent.flows.care.health import ASKS_FOR_A_PERSON, DISK_REFUSE_BYTES
from agent.flows.line.state import SKEW_ALARM_S, Line

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

    @property
    def reason(self) -> str:
        """Stable word of the sentence."""
        return reason_of(self.sentence)

    @property
    def values(self) -> Values:
        """What the sentence names."""
        return values_of(self.sentence)

    @property
    def who_reason(self) -> str:
        """Stable word of who can fix it."""
        return reason_of(self.who)


IT_DISK = Sentence("IT: free some space", "who_it_disk")
IT_SETUP = Sentence("IT: cata-bridge setup", "who_it_setup")
SHOP_NETWORK = Sentence("The shop: cable or Wi-Fi; then IT", "who_shop_network")
PROVIDER_OR_IT = Sentence("The internet provider, or a firewall of IT", "who_provider_or_it")
SHOP_CLOCK = Sentence("The shop: set the clock", "who_shop_clock")
SHOP_DEVICE = Sentence("The shop: look at the device", "who_shop_device")
MANAGER_OUTBOX = Sentence("A manager: see Not sent yet", "who_manager_outbox")
MANAGER_BURN = Sentence("A manager: cata-bridge offline-burn status", "who_manager_offline_burn")


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
            probes.append(Probe(name="offline burn", ok=False, sentence=said, who=MANAGER_BURN))
        probes.extend(self._device(device) for device in self._devices())
        return probes

    async def _disk(self) -> Probe:
        free = self._free_bytes()
        if free < DISK_REFUSE_BYTES:
            full = Sentence("The disk is full, so nothing new can be saved.", "disk_full")
            return Probe(name="disk", ok=False, sentence=full, who=IT_DISK)
        megabytes = free // 1024**2
        return Probe(name="disk", ok=True, sentence=Sentence(f"{megabytes} MB of disk are free.", "disk_free", mb=megabytes))

    async def _setup(self) -> Probe:
        missing = self._missing()
        sentence = missing or Sentence("Set-up is complete.", "set_up_complete")
        return Probe(name="set-up", ok=not missing, sentence=sentence, who=IT_SETUP if missing else "")

    async def _name(self) -> Probe:
        host = self._url.hostname or ""
        try:
            async with asyncio.timeout(STEP_DEADLINE_S):
                await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
        except (OSError, TimeoutError, UnicodeError):
            words = f"The name {host} cannot be found: no network, or a wrong address."
            return Probe(name="name", ok=False, sentence=Sentence(words, "name_unknown", host=host), who=SHOP_NETWORK)
        return Probe(name="name", ok=True, sentence=Sentence(f"The name {host} is known.", "name_known", host=host))

    async def _connection(self) -> Probe:
        port = self._url.port or (443 if self._url.scheme == "https" else 80)
        try:
            async with asyncio.timeout(STEP_DEADLINE_S):
                _, writer = await asyncio.open_connection(self._url.hostname, port)
        except (OSError, TimeoutError):
            silent = Sentence(f"{self._cloud.name}'s address does not answer.", "address_silent")
            return Probe(name="connection", ok=False, sentence=silent, who=PROVIDER_OR_IT)
        writer.close()
        answers = Sentence(f"{self._cloud.name}'s address answers.", "address_answers")
        return Probe(name="connection", ok=True, sentence=answers)

    async def _key(self) -> Probe:
        cloud = self._cloud.name
        try:
            async with asyncio.timeout(STEP_DEADLINE_S):
                await self._whoami()
        except KeyRefused as error:
            return Probe(name="key", ok=False, sentence=error.message, who=_asks(cloud))
        except (Unreachable, TimeoutError) as error:
            who = Sentence(f"The internet provider (a sign-in page?), or {cloud}", "who_provider_or_cloud")
            return Probe(name="cloud", ok=False, sentence=_said(error, cloud), who=who)
        except CataBridgeError as error:
            return Probe(name="cloud", ok=False, sentence=error.message, who=_support(cloud))
        return Probe(name="key", ok=True, sentence=Sentence(f"{cloud} accepts this till's key.", "key_accepted"))

    async def _clock(self) -> Probe:
        skew = self._line.clock_skew_s or 0
        if abs(skew) > SKEW_ALARM_S:
            wrong = Sentence(f"This PC's clock is off by {abs(skew)} seconds.", "clock_wrong", seconds=abs(skew))
            return Probe(name="clock", ok=False, sentence=wrong, who=SHOP_CLOCK)
        words = f"The clock agrees with {self._cloud.name}'s to {abs(skew)} seconds."
        return Probe(name="clock", ok=True, sentence=Sentence(words, "clock_right", seconds=abs(skew)))

    async def _loyalty(self) -> Probe:
        broken = self._line.loyalty_unconfigured
        wrong = Sentence(f"{self._cloud.unconfigured}.", "loyalty_not_configured")
        sentence = wrong if broken else Sentence("Nothing speaks against loyalty.", "loyalty_fine")
        return Probe(name="loyalty", ok=not broken, sentence=sentence, who=_support(self._cloud.name) if broken else "")

    async def _entries(self) -> Probe:
        parked = await self._parked()
        wrong = Sentence(f"{parked} in the outbox cannot go on alone.", "entries_parked", count=parked)
        sentence = wrong if parked else Sentence("Nothing in the outbox needs a person.", "outbox_fine")
        return Probe(name="outbox", ok=not parked, sentence=sentence, who=MANAGER_OUTBOX if parked else "")

    @staticmethod
    def _device(device: DeviceStatus) -> Probe:
        broken = device.state in ASKS_FOR_A_PERSON
        return Probe(name=device.name, ok=not broken, sentence=device.sentence, who=SHOP_DEVICE if broken else "")


def _said(error: Exception, cloud: str) -> str:
    return error.message if isinstance(error, CataBridgeError) else Sentence(f"{cloud} takes too long to answer.", "cloud_slow")


def _asks(cloud: str) -> Sentence:
    return Sentence(f"A manager: ask {cloud} for a new key", "who_manager_key")


def _support(cloud: str) -> Sentence:
    return Sentence(f"{cloud} support", "who_cloud_support")
