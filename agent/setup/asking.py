"""The cloud as a command asks it directly, when there is no agent to ask or none is set up yet."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from agent.cloud.cata import CataCloud
from agent.cloud.cockato import CockatoCloud, CockatoWire
from agent.cloud.exchange import Exchange, Wire
from agent.cloud.http import HttpxClient
from agent.core.clock import SystemClock
from agent.core.errors import InvalidInput
from agent.settings import CloudSettings


@asynccontextmanager
async def asked(
    settings: CloudSettings, key: str | None, on_exchange: Callable[[Exchange], None] = lambda exchange: None
) -> AsyncIterator[CataCloud | CockatoCloud]:
    """A cloud to ask a few things of; raises InvalidInput when the file of trusted certificates cannot be read."""
    clock = SystemClock()
    try:
        http = HttpxClient(clock, ca_file=Path(settings.ca_file) if settings.ca_file else None)
    except OSError as error:
        sentence = f"The certificates in {settings.ca_file} cannot be read."
        raise InvalidInput("invalid_setting", sentence, field="cloud.ca_file", details=type(error).__name__) from None
    kind = CockatoWire if settings.provider == "cockato" else Wire
    wire = kind(
        http,
        base_url=settings.base_url,
        key=lambda: key,
        clock=clock,
        quirks=settings.quirks,
        timeout_s=settings.timeout_s,
        on_exchange=on_exchange,
    )
    try:
        yield CockatoCloud(wire, settings.cockato) if isinstance(wire, CockatoWire) else CataCloud(wire)
    finally:
        await http.close()
