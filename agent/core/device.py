"""What a device is to the agent: a role, a state and a sentence."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from agent.core.sentence import Values, reason_of, values_of


class Role(StrEnum):
    """What a driver can be."""

    SCANNER = "scanner"
    PRINTER = "printer"
    POS = "pos"
    DISPLAY = "display"


class DeviceState(StrEnum):
    """How a device is."""

    STARTING = "starting"
    READY = "ready"
    MISSING = "missing"
    """Unplugged, switched off, or not reachable: it is tried again by itself."""
    ATTENTION = "attention"
    """Reachable, but a person has to do something (paper, cover, credentials)."""
    MISCONFIGURED = "misconfigured"
    """Its settings cannot work; it is not tried again until they change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceStatus:
    """State of one configured device."""

    name: str
    driver: str
    role: Role
    state: DeviceState
    sentence: str
    """One plain sentence for staff."""

    @property
    def reason(self) -> str:
        """Stable word of the sentence; empty when a driver from outside gave it none."""
        return reason_of(self.sentence)

    @property
    def values(self) -> Values:
        """What the sentence names."""
        return values_of(self.sentence)
