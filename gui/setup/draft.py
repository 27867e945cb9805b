"""What set-up knows so far, frozen, and why a step is held back: pure, the views only show it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum

from agent.core.scan import TEST_CODES
from gui.link.fields import Json

ADDRESS = re.compile(r"(https://[^\s/?#]+|http://(127\.0\.0\.1|localhost|\[::1\])(:\d+)?)(/[^\s?#]*)?")


class Step(IntEnum):
    """The steps, in their order."""

    ADDRESS = 1
    KEY = 2
    OUTLET = 3
    POS = 4
    SCANNER = 5
    PRINTER = 6
    ORDER = 7
    FINISHED = 8


ROLES = {Step.POS: "pos", Step.SCANNER: "scanner", Step.PRINTER: "printer"}
"""What is plugged in at which step."""
SKIPPABLE = frozenset({Step.POS, Step.SCANNER, Step.PRINTER, Step.ORDER})


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceDraft:
    """One device as it stands in the settings."""

    name: str
    driver: str
    options: Json = field(default_factory=dict, repr=False)

    @property
    def body(self) -> Json:
        """What the till API is told."""
        return {"name": self.name, "driver": self.driver, "options": dict(self.options)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """Everything that was entered or found."""

    step: Step = Step.ADDRESS
    loaded: bool = False
    busy: bool = False
    """An answer is awaited, or the agent is being built anew."""
    problem: str = ""
    """What the last try came to, in one sentence."""
    pin_set: bool = False
    pin: str = field(default="", repr=False)
    provider: str = "cata"
    url: str = ""
    key: str = field(default="", repr=False)
    has_key: bool = False
    """One is stored for this address."""
    cloud_ok: bool = False
    cloud_name: str = ""
    cloud_until: datetime | None = None
    outlet_id: str = ""
    outlet_name: str = ""
    till: str = "till-1"
    devices: tuple[DeviceDraft, ...] = ()
    roles: Mapping[str, str] = field(default_factory=dict)
    """Driver -> role."""
    locked: Mapping[str, str] = field(default_factory=dict)
    """Setting -> what decides it."""
    skipped: frozenset[Step] = frozenset()
    codes: frozenset[str] = frozenset()
    """Test codes that were read."""
    scanner: str = ""
    """Which device read them."""
    printed: bool = False
    sounded: bool = False
    order_id: str = ""
    order_done: bool = False

    def plugged(self, role: str) -> list[DeviceDraft]:
        """The devices of one role."""
        return [device for device in self.devices if self.roles.get(device.driver) == role]

    @property
    def ways_in(self) -> bool:
        """A scanner is set up, or one that types has read all codes."""
        return bool(self.plugged("scanner")) or self.all_read

    @property
    def all_read(self) -> bool:
        """Every test code came through whole."""
        return self.codes >= set(TEST_CODES)


def held_back(draft: Draft) -> str:
    """Why Continue does nothing yet, as a key of the words; empty when it may."""
    if draft.busy:
        return "setup.wait"
    match draft.step:
        case Step.ADDRESS:
            return "" if ADDRESS.fullmatch(draft.url.strip()) else "setup.need.address"
        case Step.KEY:
            return "" if draft.cloud_ok or draft.key or draft.has_key else "setup.need.key"
        case Step.OUTLET:
            missing = not draft.outlet_id.strip() or not draft.outlet_name.strip() or not draft.till.strip()
            return "setup.need.outlet" if missing else ""
        case Step.POS:
            return "" if draft.plugged("pos") else "setup.need.pos"
        case Step.SCANNER:
            return "" if draft.all_read else "setup.need.codes"
        case Step.PRINTER:
            return "" if draft.printed else "setup.need.print"
        case Step.ORDER:
            return "" if draft.order_done else "setup.need.order"
    return ""
