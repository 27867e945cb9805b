"""The one door to the cloud: it empties the outbox, lane by lane, and settles what the cloud answered.

*The line is down* pauses everything and counts no attempt; *this entry is refused* parks that entry and its
lane goes on. The sender cannot make a key: it can only read the one on the entry.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import TypeVar

from agent.core.clock import Clock, rest
from agent.core.entry import LOYALTY_KINDS, Entry, EntryKind
from agent.core.errors import CataBridgeError, Conflict, DamagedData, NotSaved, Refused
from agent.core.events import EntryChanged, StatusChanged
from agent.core.ids import Ids
from agent.db.outbox import Outbox
from agent.flows.bus import Bus
from agent.flows.line.state import Line
from agent.flows.line.verdicts import SenderPolicy, Verdict, Verdicts

log = logging.getLogger(__name__)

T = TypeVar("T")
Action = Callable[[Entry], Awaitable[None]]
"""Tells the cloud about one entry; raises as `roles.Cloud` does."""
Settled = Callable[[Entry], Awaitable[None]]
"""Hears of an entry that has reached its end; may record new entries."""

IDLE_WAIT_S = 60.0
"""An idle sender looks again this often even if nobody nudged it."""
NOT_SAVED_WAIT_S = 5.0
"""Pause after the disk refused a change of the outbox; what the cloud said meanwhile is kept in mind."""


class Sender:
    """Claims, sends, settles; one task of the agent."""

    def __init__(
        self,
        outbox: Outbox,
        actions: Mapping[EntryKind, Action],
        line: Line,
        bus: Bus,
        *,
        clock: Clock,
        ids: Ids,
        policy: SenderPolicy,
        settled: Settled,
        has_channels: Callable[[], bool] = lambda: False,
    ) -> None:
        """`has_channels`: there are POS systems that are told of orders they brought, whether the cloud is there or not."""
        self._outbox = outbox
        self._actions = actions
        self._line = line
        self._bus = bus
        self._clock = clock
        self._policy = policy
        self._verdicts = Verdicts(outbox, line, clock=clock, ids=ids, policy=policy)
        self._settled = settled
        self._has_channels = has_channels
        self._wake = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._waiting: dict[str, list[asyncio.Future[Entry]]] = {}
        self._next_slot = 0.0
        self._in_flight = 0
        self._has_taken_up = False

    async def take_up(self) -> None:
        """Reclaim what the last process left, before anything new comes in and could be mistaken for it; raises NotSaved."""
        for entry in await self._outbox.reclaim():
            log.info("entry reclaimed entry=%s kind=%s state=%s", entry.id, entry.kind, entry.state)
        self._has_taken_up = True

    async def run(self) -> None:
        """Send until cancelled; what is in flight then is reclaimed at the next start."""
        if not self._has_taken_up:
            await self._durably(self.take_up)
        try:
            while True:
                self._wake.clear()
                await self._pause(await self._send_due())
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def nudge(self) -> None:
        """There is something new, or the line is back."""
        self._wake.set()

    async def retry(self, entry_id: str) -> Entry:
        """Send a pending or parked entry now, whatever is paused; answers with the entry as it is being sent."""
        entry = await self._outbox.claim_one(entry_id)
        if entry is None:
            found = await self._outbox.get(entry_id)
            if found is None:
                raise Refused("entry_unknown", "There is no such entry.", status=404)
            raise Conflict("not_retryable", "This entry cannot be sent again now.", status=409)
        self._verdicts.release(entry.lane)
        self._start(entry)
        return entry

    async def wait_settled(self, entry_id: str, timeout_s: float) -> Entry:
        """The entry once it has an answer, or as it stands when time is up."""
        future: asyncio.Future[Entry] = asyncio.get_running_loop().create_future()
        waiting = self._waiting.setdefault(entry_id, [])
        waiting.append(future)
        try:
            entry = await self._outbox.get(entry_id)
            if entry is not None and not entry.is_open:
                return entry
            async with asyncio.timeout(timeout_s):
                return await future
        except TimeoutError:
            current = await self._outbox.get(entry_id)
            if current is None:
                raise Refused("entry_unknown", "There is no such entry.", status=404) from None
            return current
        finally:
            waiting.remove(future)
            if not waiting:
                self._waiting.pop(entry_id, None)

    async def _send_due(self) -> float:
        """Start what may go now; returns how long until it is worth looking again."""
        blocked_s = self._line.wait_s()
        free = self._policy.in_flight - self._in_flight
        is_blocked = self._line.is_down or self._line.key_refused or blocked_s > 0
        if free <= 0 or (is_blocked and not self._has_channels()):
            return blocked_s or IDLE_WAIT_S
        slot_s = self._next_slot - self._clock.monotonic()
        if slot_s > 0:
            return slot_s
        loyalty_s = self._line.loyalty_wait_s()
        held = self._verdicts.held_s()
        # A disk that cannot note a send delays it; nothing may leave before that note, and nothing ends for want of it.
        claimed = await self._durably(
            partial(
                self._outbox.claim,
                held_lanes=list(held),
                paused_kinds=LOYALTY_KINDS if loyalty_s > 0 else (),
                limit=1 if self._policy.requests_per_s else free,
                only_channels=is_blocked,
            )
        )
        for entry in claimed:
            self._take_slot()
            self._start(entry)
        if claimed:
            return 0.0 if self._in_flight < self._policy.in_flight else IDLE_WAIT_S
        waits = [*held.values(), *(wait for wait in (loyalty_s,) if wait > 0)]
        return min([*waits, (is_blocked and blocked_s) or IDLE_WAIT_S])

    def _take_slot(self) -> None:
        if self._policy.requests_per_s:
            self._next_slot = max(self._next_slot, self._clock.monotonic()) + 1.0 / self._policy.requests_per_s

    async def _pause(self, wait_s: float) -> None:
        if wait_s <= 0:
            await asyncio.sleep(0)
            return
        await rest(self._clock, wait_s, self._wake)

    def _start(self, entry: Entry) -> None:
        self._in_flight += 1
        self._bus.publish(EntryChanged(entry))
        task = asyncio.create_task(self._send(entry))
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._in_flight -= 1
        self._wake.set()

    async def _send(self, entry: Entry) -> None:
        verdict = await self._ask(entry)
        try:
            ended = await self._kept(entry, verdict)
        except (DamagedData, Refused) as error:
            # Its row rotted, or was set aside, while it was on its way. The journal puts it back, and its key goes out again.
            log.error("entry was damaged while it was sent entry=%s reason=%s", entry.id, error.reason)
            self._bus.publish(StatusChanged())
            return
        self._announce(ended)
        if not ended.is_open:
            await self._follow_up(ended)

    async def _kept(self, entry: Entry, verdict: Verdict) -> Entry:
        ended = await self._durably(verdict.keep)
        if verdict.is_unsent and ended.kind is EntryKind.BURN and ended.urgent and ended.attempts == 0:
            # A burn that certainly never reached the cloud is refused at once: somebody stands at the till.
            ended = await self._durably(partial(self._outbox.decline_unsent, entry.id, verdict.error))
        return ended

    async def _durably(self, keep: Callable[[], Awaitable[T]]) -> T:
        """Only the keeping is repeated: to ask the cloud again could make a known outcome look like a new one."""
        level = logging.WARNING
        while True:
            try:
                return await keep()
            except NotSaved as error:
                log.log(level, "the outbox could not be written, it is tried again reason=%s", error.reason)
                level = logging.DEBUG
                await self._clock.sleep(NOT_SAVED_WAIT_S)

    async def _follow_up(self, entry: Entry) -> None:
        try:
            await self._settled(entry)
        except CataBridgeError as error:
            log.warning("what follows an entry failed, it is looked at again later entry=%s reason=%s", entry.id, error.reason)

    async def _ask(self, entry: Entry) -> Verdict:
        """One try; what it means for the entry, not yet kept."""
        if self._verdicts.is_too_old(entry):
            return self._verdicts.too_old(entry)
        try:
            await self._actions[entry.kind](entry)
        except CataBridgeError as error:
            return self._verdicts.failed(entry, error)
        except Exception as error:
            # A fault of ours in one entry must not stop the others.
            log.exception("entry failed in an unforeseen way entry=%s", entry.id)
            return self._verdicts.broke(entry, error)
        return self._verdicts.succeeded(entry)

    def _announce(self, entry: Entry) -> None:
        log.info(
            "entry %s entry=%s kind=%s outcome=%s attempts=%d", entry.state, entry.id, entry.kind, entry.outcome, entry.attempts
        )
        self._bus.publish(EntryChanged(entry))
        self._bus.publish(StatusChanged())
        if not entry.is_open:
            for future in self._waiting.get(entry.id, []):
                if not future.done():
                    future.set_result(entry)
