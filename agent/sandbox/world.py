"""Everything the practice cloud knows, in memory, with a clock that can be moved and a record of calls."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass
from datetime import datetime, timedelta

from agent.core.clock import Clock
from agent.core.http import Http
from agent.core.ids import Ids
from agent.sandbox.cockato.organisation import Organisation
from agent.sandbox.dispatcher import Dispatcher
from agent.sandbox.faults import Faults
from agent.sandbox.samples import Samples
from agent.sandbox.seed import Seed
from agent.sandbox.tenants import Tenant, Tenants

CALLS_KEPT = 500


class MovableClock:
    """A clock whose wall time can be set off; waiting is not affected."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.offset_s = 0.0

    def now(self) -> datetime:
        """Aware UTC wall time plus the offset."""
        return self._clock.now() + timedelta(seconds=self.offset_s)

    def monotonic(self) -> float:
        """Seconds that only grow."""
        return self._clock.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait on the monotonic scale."""
        await self._clock.sleep(seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRecord:
    """One call of a partner; the path only, since a query may name a person."""

    at: datetime
    method: str
    route: str
    path: str
    status: int | None
    """None when the connection was dropped."""
    fault: str
    """Kind of the fault that was played, or empty."""


class World:
    """The state of a practice cloud and the parts that work on it."""

    def __init__(self, seed: Seed, clock: Clock, ids: Ids, http: Http) -> None:
        """`http` carries deliveries to the shops; it stays the caller's to close."""
        self._seed = seed
        self.ids = ids
        self.http = http
        self.clock = MovableClock(clock)
        self.under_way = 0
        """Calls of partners that have come and are not through yet, whether or not their callers still wait."""
        self.begin()

    def begin(self) -> None:
        """Start over from the seed: no orders, faults or calls; the clock is right again."""
        self.clock.offset_s = 0.0
        self.tenants = Tenants(
            [Tenant(tenant, self.clock, self.ids, 42 + 100 * number) for number, tenant in enumerate(self._seed.tenants)]
        )
        self.cockato = Organisation(self._seed.cockato, self.clock, self.ids)
        self.faults = Faults()
        self.dispatcher = Dispatcher(self.http, self.clock, self.ids)
        self.samples = Samples(self.clock, self.ids)
        self.calls: deque[CallRecord] = deque(maxlen=CALLS_KEPT)
        self.counts: Counter[str] = Counter()

    def note(self, call: CallRecord) -> None:
        """Remember a call."""
        self.calls.append(call)
        self.counts[f"{call.method} {call.route}"] += 1
