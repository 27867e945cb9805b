"""How the outlet is, in one word, one sentence and a few numbers."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from agent.core.clock import Clock
from agent.core.clouds import CATA, Ability, CloudTraits
from agent.core.device import DeviceState, DeviceStatus
from agent.core.sentence import Sentence, about
from agent.db.orders import Orders
from agent.db.outbox import Outbox
from agent.flows.line.state import SKEW_ALARM_S, Line
from agent.flows.loyalty.offline_burn import OfflineBurnView
from agent.flows.status import (
    BoardFacts,
    CloudHealth,
    LoyaltyFacts,
    MenuHealth,
    OrdersHealth,
    OutboxHealth,
    OutletFacts,
    SenderHealth,
    Status,
)

DISK_WARN_BYTES = 200 * 1024 * 1024
"""Below this a person is told."""
DISK_REFUSE_BYTES = 50 * 1024 * 1024
"""Below this the database may soon fail to promise anything."""
ASKS_FOR_A_PERSON = frozenset({DeviceState.ATTENTION, DeviceState.MISSING, DeviceState.MISCONFIGURED})


class MenuProgress(Protocol):
    """What the menu flow says about itself."""

    def progress(self) -> MenuHealth:
        """Items, last push, next look."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthFacts:
    """What does not change while the agent runs."""

    version: str
    outlet: OutletFacts
    loyalty: LoyaltyFacts
    folder: Path
    """Where the database lives; its disk is watched."""
    sandbox: bool
    board: BoardFacts = field(default_factory=BoardFacts)
    missing: Callable[[], str]
    """What set-up still lacks, in words; empty when it is complete."""
    cloud: CloudTraits = CATA


class Health:
    """Gathers the numbers and chooses the one sentence."""

    def __init__(
        self,
        facts: HealthFacts,
        line: Line,
        outbox: Outbox,
        orders: Orders,
        menu: MenuProgress,
        *,
        clock: Clock,
        devices: Callable[[], Sequence[DeviceStatus]],
        paused: Callable[[], str],
        complaints: Callable[[], Sequence[str]],
        refused: Callable[[], Mapping[str, Mapping[str, int]]] = dict,
        busy_until: Callable[[], datetime | None] = lambda: None,
        offline_burn: Callable[[], OfflineBurnView | None] = lambda: None,
    ) -> None:
        """`paused` says in words that the outlet is busy or closed; `complaints` are other flows' sentences for a person."""
        self._facts = facts
        self._line = line
        self._outbox = outbox
        self._orders = orders
        self._menu = menu
        self._clock = clock
        self._devices = devices
        self._paused = paused
        self._complaints = complaints
        self._refused = refused
        self._busy_until = busy_until
        self._offline_burn = offline_burn

    async def snapshot(self) -> Status:
        """The outlet now."""
        counts, orders, devices = await self._outbox.counts(), await self._orders.counts(), tuple(self._devices())
        oldest_s = max(0, round((self._clock.now() - counts.oldest_at).total_seconds())) if counts.oldest_at else None
        outbox = OutboxHealth(pending=counts.pending, parked=counts.parked, oldest_s=oldest_s)
        state, sentence = self._judge(outbox, devices)
        return Status(
            state=state,
            sentence=sentence,
            version=self._facts.version,
            cloud=self._cloud(),
            outbox=outbox,
            orders=OrdersHealth(open=orders.open, unacknowledged=orders.unacknowledged),
            devices=devices,
            menu=self._menu.progress(),
            outlet=self._facts.outlet,
            loyalty=self._facts.loyalty,
            board=self._facts.board,
            busy_until=self._busy_until(),
            sender=self._sender(),
            sandbox=self._facts.sandbox,
            offline_burn=self._offline_burn(),
            refused=self._refused(),
        )

    def free_bytes(self) -> int:
        """Free space where the database lives."""
        return shutil.disk_usage(self._facts.folder).free

    def _judge(self, outbox: OutboxHealth, devices: Sequence[DeviceStatus]) -> tuple[str, str]:
        if missing := self._facts.missing():
            return "setup", missing
        if complaint := self._complaint(outbox, devices):
            return "attention", complaint
        if not self._line.is_reachable:
            return "offline", self._offline()
        if paused := self._paused():
            return "paused", paused
        if outbox.pending:
            return "working", Sentence(f"{_entries(outbox.pending)} being sent.", "entries_being_sent", count=outbox.pending)
        return "ready", Sentence("Nothing is waiting to be sent.", "nothing_waits")

    def _complaint(self, outbox: OutboxHealth, devices: Sequence[DeviceStatus]) -> str:
        """What a person has to do, the most pressing first; empty when nothing."""
        cloud = self._facts.cloud
        if self._line.key_refused:
            refusal = f"{cloud.name} no longer accepts this till's key."
            words = f"{refusal} Keep working, everything is saved. A manager needs a new key. KEY-01"
            return Sentence(words, "till_key_refused")
        if self.free_bytes() < DISK_WARN_BYTES:
            words = "The disk is almost full. Free some space, or new entries cannot be saved. DSK-01"
            return Sentence(words, "disk_almost_full")
        if outbox.parked:
            words = f"{outbox.parked} {'entry needs' if outbox.parked == 1 else 'entries need'} a person."
            return Sentence(words, "entries_parked", count=outbox.parked)
        if self._line.loyalty_unconfigured:
            orders = " Orders go on." if cloud.can(Ability.ORDERS) else ""
            return Sentence(f"{cloud.unconfigured}. Points are saved and wait.{orders} CFG-01", "loyalty_waits")
        if self._line.clock_skew_s is not None and abs(self._line.clock_skew_s) > SKEW_ALARM_S:
            words = f"This PC's clock is off by {abs(self._line.clock_skew_s)} seconds. Set it right. CLK-01"
            return Sentence(words, "clock_wrong", seconds=abs(self._line.clock_skew_s))
        if said := next(filter(None, self._complaints()), ""):
            return said
        troubled = next((device for device in devices if device.state in ASKS_FOR_A_PERSON), None)
        return about(troubled.name, troubled.sentence) if troubled else ""

    def _offline(self) -> str:
        if self._line.down_since is None:
            words = f"No answer from {self._facts.cloud.name} yet. Keep scanning and earning, everything is saved here."
            return Sentence(words, "no_answer_yet")
        return Sentence("No connection. Keep scanning and earning. Everything is saved here and will be sent.", "line_down")

    def _cloud(self) -> CloudHealth:
        return CloudHealth(
            name=self._facts.cloud.name,
            abilities=tuple(sorted(self._facts.cloud.abilities)),
            reachable=self._line.is_reachable,
            last_ok_at=self._line.last_ok_at,
            latency_ms=self._line.latency_ms,
            key_expires_at=self._line.key_expires_at,
            clock_skew_s=self._line.clock_skew_s,
        )

    def _sender(self) -> SenderHealth:
        if self._line.key_refused:
            reason: str | None = "key_refused"
        elif self._line.is_down:
            reason = self._line.failure_reason
        elif self._line.loyalty_unconfigured:
            reason = "loyalty_not_configured"
        else:
            reason = None
        wait_s = self._line.wait_s()
        return SenderHealth(
            paused_reason=reason, next_try_at=self._clock.now() + timedelta(seconds=wait_s) if wait_s > 0 else None
        )


def _entries(count: int) -> str:
    return "1 entry is" if count == 1 else f"{count} entries are"
