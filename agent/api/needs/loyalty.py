"""Members and their points at the counter."""

# ruff: noqa: D102 - the names are the contract; a sentence is there where they do not say enough

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from agent.core.entry import Entry
from agent.core.history import HistoryRow, Told
from agent.core.member import Member, MemberRef
from agent.core.money import Money
from agent.core.sale import Sale, SaleSeen
from agent.core.scan import Code, Scan
from agent.flows.loyalty.intents import BurnRequest, EarnRequest


class Recorded(Protocol):
    """An entry, and whether this call made it."""

    @property
    def entry(self) -> Entry: ...
    @property
    def is_new(self) -> bool: ...


class Loyalty(Protocol):
    """The counter's verbs."""

    async def lookup(self, identifier: str) -> Member: ...
    async def earn(self, request: EarnRequest) -> Recorded: ...
    async def burn(self, request: BurnRequest) -> Recorded: ...
    async def reverse(self, entry_id: str, reason: str) -> Entry: ...


class OfflineBurn(Protocol):
    """The bounded mode of redeeming without a connection."""

    def view(self) -> object:
        """A value with the attributes of `schema.OfflineBurn`."""
        ...

    async def switch_on(self, worst_case: Money, *, by: str) -> None:
        """`worst_case` is what the manager was shown and agrees to."""
        ...

    async def switch_off(self, *, by: str) -> None: ...
    async def settled(self, entry: Entry) -> None:
        """Hears of every entry that a person has ended."""
        ...

    async def acknowledge(self, *, by: str) -> None: ...


class Scans(Protocol):
    """Gives every scan its one outcome."""

    async def route(self, code: Code, device: str) -> Scan: ...


class SalesDesk(Protocol):
    """Sales of the POS."""

    async def record(self, sale: SaleSeen) -> Sale: ...
    async def claimable(self) -> Sequence[Sale]: ...
    async def claim(self, receipt: str, member: MemberRef) -> Recorded: ...


class Erased(Protocol):
    """What was forgotten of a member, in numbers."""

    @property
    def entries(self) -> int: ...
    @property
    def orders(self) -> int: ...
    @property
    def deliveries(self) -> int: ...


class Erasing(Protocol):
    """Forgets members."""

    async def erase(self, identifier: str, *, by: str) -> Erased: ...


class Backfill(Protocol):
    """Tells the cloud of past purchases."""

    async def tell(self, rows: Sequence[HistoryRow], *, record: int) -> Told: ...
