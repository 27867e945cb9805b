"""The doctor's probes when no agent runs: as much of the chain as can be tried from outside."""

from __future__ import annotations

from agent.cli.disk import disk_usage
from agent.cloud.exchange import Exchange
from agent.core.backoff import Backoff
from agent.core.clock import SystemClock
from agent.core.clouds import CATA, COCKATO
from agent.core.errors import CataBridgeError
from agent.core.ids import RandomIds
from agent.flows.care.doctor import Doctor, Probe
from agent.flows.line.state import Line, LinePolicy
from agent.paths import Home
from agent.secrets import API_KEY, Secrets
from agent.settings import Settings, load
from agent.setup.asking import asked

KNOWN_TO_THE_AGENT_ONLY = frozenset({"loyalty", "orders", "outbox"})
POLICY = LinePolicy(
    backoff=Backoff(base_s=1.0, cap_s=1.0),
    breaker_after=1,
    breaker_probe_s=1.0,
    probe_unauthorized_s=1.0,
    probe_unconfigured_s=1.0,
)


async def examine(home: Home) -> list[Probe]:
    """Probes in the order of the chain, nearest first; that no agent runs is one of them."""
    try:
        settings = load(home)
        key = Secrets(home).get(API_KEY) if home.root.exists() else None
    except CataBridgeError as error:
        return [Probe(name="settings", ok=False, sentence=error.message, who="IT: correct the settings of this till")]
    probes = [probe for probe in await _chain(home, settings, key) if probe.name not in KNOWN_TO_THE_AGENT_ONLY]
    place = next((number for number, probe in enumerate(probes, 1) if probe.name == "set-up"), len(probes))
    return [Probe(name="settings", ok=True, sentence="The settings can be read."), *probes[:place], _agent(), *probes[place:]]


def missing(settings: Settings, key: str | None) -> str:
    """What set-up still lacks, in words; empty when it is complete."""
    parts = {"the cloud's address": settings.cloud.base_url, "the outlet": settings.outlet.id, "the key": key}
    lacks = [words for words, value in parts.items() if not value]
    return f"Set-up still lacks {' and '.join(lacks)}." if lacks else ""


async def _chain(home: Home, settings: Settings, key: str | None) -> list[Probe]:
    line = Line(POLICY, clock=SystemClock(), ids=RandomIds(), changed=lambda: None)

    def watch(exchange: Exchange) -> None:
        if exchange.ok and exchange.elapsed_s is not None:
            line.succeeded(latency_s=exchange.elapsed_s, cloud_time=exchange.server_time)

    async with asked(settings.cloud, key, watch) as cloud:
        doctor = Doctor(
            line,
            base_url=settings.cloud.base_url,
            missing=lambda: missing(settings, key),
            free_bytes=lambda: disk_usage(home).free,
            whoami=cloud.whoami,
            devices=tuple,
            parked=_none,
            cloud=COCKATO if settings.cloud.provider == "cockato" else CATA,
        )
        return await doctor.examine()


async def _none() -> int:
    return 0


def _agent() -> Probe:
    sentence = "Cata Bridge is not running on this till."
    return Probe(name="agent", ok=False, sentence=sentence, who="The shop: start Cata Bridge (cata-bridge agent)")
