"""What happened, in the past tense: the frozen facts that flows publish and screens hear."""

from __future__ import annotations

from dataclasses import dataclass

from agent.core.device import DeviceStatus
from agent.core.entry import Entry
from agent.core.order import Order
from agent.core.scan import Scan


@dataclass(frozen=True, slots=True)
class EntryChanged:
    """An entry was recorded or moved."""

    entry: Entry


@dataclass(frozen=True, slots=True)
class OrderChanged:
    """An order arrived or moved."""

    order: Order


@dataclass(frozen=True, slots=True)
class ScanRouted:
    """A scan found its one outcome."""

    scan: Scan


@dataclass(frozen=True, slots=True)
class DeviceChanged:
    """A device's state changed."""

    device: DeviceStatus


@dataclass(frozen=True, slots=True)
class MenuChanged:
    """The menu was compared with the POS."""

    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StatusChanged:
    """The overall state may have changed: whoever shows it asks for it."""


@dataclass(frozen=True, slots=True)
class SalesChanged:
    """The list of claimable sales changed."""


Event = EntryChanged | OrderChanged | ScanRouted | DeviceChanged | MenuChanged | StatusChanged | SalesChanged
