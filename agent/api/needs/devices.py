"""What is plugged in, and trying it out."""

# ruff: noqa: D102 - the names are the contract; a sentence is there where they do not say enough

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from agent.core.device import DeviceStatus
from agent.core.scan_quality import ScanDay, Trend


class Devices(Protocol):
    """Everything plugged in."""

    def statuses(self) -> Sequence[DeviceStatus]: ...
    async def test(self, name: str) -> str: ...


class Quality(Protocol):
    """How well scanners read."""

    @property
    def suggested(self) -> Mapping[str, Mapping[str, str]]:
        """Device -> settings that would suit it better."""
        ...

    def of(self, device: str) -> tuple[Sequence[ScanDay], Trend]:
        """The last days, oldest first, and what they say."""
        ...


class Trials(Protocol):
    """Trying the shop out before it opens."""

    async def print_page(self, name: str) -> None: ...
    async def place_order(self) -> str:
        """The id of an order marked TEST."""
        ...


class Lessons(Protocol):
    """Learns scanners; values with the attributes of `schema.scanners.ScannerLesson`."""

    def begin(self, name: str) -> object: ...
    def view(self, name: str) -> object: ...
    def end(self, name: str) -> None: ...
