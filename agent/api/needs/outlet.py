"""The shop itself: its menu, its hours, how it is."""

# ruff: noqa: D102 - the names are the contract; a sentence is there where they do not say enough

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from agent.core.entry import Entry
from agent.core.pos import RemoteOutlet
from agent.core.preflight import Finding


class MenuSync(Protocol):
    """What a comparison with the POS changed."""

    @property
    def sentences(self) -> Sequence[str]: ...
    @property
    def entry(self) -> Entry | None: ...


class Menu(Protocol):
    """The menu as the POS has it."""

    async def view(self) -> object:
        """A value with the attributes of `schema.Menu`."""
        ...

    async def sync(self, *, confirm: bool = False) -> MenuSync:
        """`confirm` is a person's word that a much smaller menu is right."""
        ...

    async def preflight(self) -> Sequence[Finding]: ...
    async def snooze(self, code: str, until: datetime | None) -> Entry: ...


class OutletDesk(Protocol):
    """Open, close and busy."""

    async def open(self, by: str) -> Entry: ...
    async def close(self, by: str) -> Entry: ...
    async def busy(self, minutes: int, by: str) -> Entry: ...


class Health(Protocol):
    """How everything is."""

    async def snapshot(self) -> object:
        """A value with the attributes of `schema.Status`."""
        ...


class Doctor(Protocol):
    """Finds the first broken link."""

    async def examine(self) -> Sequence[object]:
        """Values with the attributes of `schema.Probe`, in the order of the chain."""
        ...


class SetUp(Protocol):
    """What is set on this till, and setting it anew."""

    async def view(self) -> object:
        """A value with the attributes of `schema.setup.SetUp`, but whether a PIN is set."""
        ...

    def drivers(self) -> Sequence[object]:
        """Values with the attributes of `schema.setup.Driver`."""
        ...

    async def try_cloud(self, base_url: str, key: str, provider: str) -> object:
        """A value with the attributes of `schema.setup.CloudTried`; an empty key is the stored one."""
        ...

    async def outlets(self, device: Mapping[str, object], secret: str) -> Sequence[RemoteOutlet]: ...

    async def apply(self, settings: Mapping[str, object], secrets: Mapping[str, str]) -> list[str]:
        """Names of what is different now; in force a moment later."""
        ...

    async def take_up(self) -> list[str]:
        """Names of the settings that were written and are different from those in force until a moment later."""
        ...
