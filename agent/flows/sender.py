"""The one door to the cloud: it empties the outbox, lane by lane, and settles what the cloud answered.

*The line is down* pauses everything and counts no attempt; *this entry is refused* parks that entry and its
lane goes on. The sender cannot make a key: it can only read the one on the entry.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TypeVar

from agent.core.backoff import Backoff
from agent.core.clock import Clock, rest
from agent.core.entry import LOYALTY_KINDS, Entry, EntryError, EntryKind, Outcome
from agent.core.errors import (
    CataBridgeError,
    Conflict,
    DamagedData,
    Doubtful,
    KeyRefused,
    NotConfigured,
    NotSaved,
    Refused,
    Unreachable,
)
from agent.core.events import EntryChanged, StatusChanged
from agent.core.grant import Grant
from agent.core.ids import Ids
from agent.db.outbox import Outbox
from agent.flows.bus import Bus
from agent.flows.line import Line

log = logging.getLogger(__name__)

T = TypeVar("T")
Action = Callable[[Entry], Awaitable[None]]
"""Tells the cloud about one entry; raises as `roles.Cloud` does."""
Settled = Callable[[Entry], Awaitable[None]]
"""Hears of an entry that has reached its end; may record new entries."""

NO_ERROR = EntryError("", "")
IDLE_WAIT_S = 60.0
"""An idle sender looks again this often even if nobody nudged it."""
NOT_SAVED_WAIT_S = 5.0
"""Pause after the disk refused a change of the outbox; what the cloud said meanwhile is kept in mind."""
PROOFS_OF_NOTHING = frozenset({"member_unknown", "not_redeemed"})
"""Refusals that say that no earlier try had an effect either; too few points may be too few because one had [gap]."""
UNKNOWN_ORDER_TRIES = 6
"""An order the cloud does not know yet may be in its hands in a moment; the backoff of six tries is about a minute."""


@dataclass(frozen=True, slots=True)
class SenderPolicy:
    """How hard the sender tries."""

    backoff: Backoff
    requests_per_s: float
    """Courtesy limit; 0 means none."""
    in_flight: int = 2
    conflict_tries: int = 3
    """A status conflict is tried this often, then a person looks."""
    key_memory: timedelta = timedelta(hours=24)
    """How long the cloud surely remembers a key; an unknown outcome older than that goes to a person [gap]."""
    cloud: str = "Cata"
    """What people call the cloud."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one try means for its entry."""

    keep: Callable[[], Awaitable[Entry]]
    """Makes it durable; safe to repeat after NotSaved."""
    error: EntryError = NO_ERROR
    is_unsent: bool = False
    """No byte of this try can have had an effect."""


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
        self._ids = ids
        self._policy = policy
        self._settled = settled
        self._has_channels = has_channels
        self._wake = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._held: dict[str, float] = {}
        self._failures: dict[str, int] = {}
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
        self._held.pop(entry.lane, None)
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
        now = self._clock.monotonic()
        self._held = {lane: until for lane, until in self._held.items() if until > now}
        # A disk that cannot note a send delays it; nothing may leave before that note, and nothing ends for want of it.
        claimed = await self._durably(
            partial(
                self._outbox.claim,
                held_lanes=list(self._held),
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
        waits = [until - now for until in self._held.values()] + [wait for wait in (loyalty_s,) if wait > 0]
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
        if self._is_too_old(entry):
            nobody_knows = f"It is not known whether {self._policy.cloud} did this"
            reason = EntryError("outcome_too_old", f"{nobody_knows}, and it is too long ago to ask again safely.")
            return self._park(entry, reason, Outcome.UNKNOWN)
        try:
            await self._actions[entry.kind](entry)
        except (KeyRefused, NotConfigured) as error:
            return self._stop_kind(entry, error)
        except Unreachable as error:
            return self._postpone(entry, error)
        except Refused as error:
            return self._refused(entry, error)
        except Doubtful as error:
            return self._park(entry, EntryError(error.reason, error.message), Outcome.UNKNOWN)
        except CataBridgeError as error:
            # Nothing of the entry itself has left: it could not be addressed.
            return self._park(entry, EntryError(error.reason, error.message), Outcome.DECLINED, was_sent=False)
        except Exception as error:
            # A fault of ours in one entry must not stop the others.
            log.exception("entry failed in an unforeseen way entry=%s", entry.id)
            return self._park(entry, EntryError("internal", f"This could not be sent ({type(error).__name__})."), Outcome.UNKNOWN)
        self._failures.pop(entry.lane, None)
        if entry.kind in LOYALTY_KINDS:
            self._line.has_loyalty()
        return Verdict(partial(self._outbox.settle, entry.id, Outcome.CONFIRMED))

    def _is_too_old(self, entry: Entry) -> bool:
        sent_before = entry.attempts > 1
        return sent_before and entry.kind in LOYALTY_KINDS and self._clock.now() - entry.created_at > self._policy.key_memory

    def _park(self, entry: Entry, why: EntryError, outcome: Outcome, *, was_sent: bool = True) -> Verdict:
        self._failures.pop(entry.lane, None)
        return Verdict(partial(self._outbox.park, entry.id, why, outcome=outcome, was_sent=was_sent), why)

    def _stop_kind(self, entry: Entry, error: CataBridgeError) -> Verdict:
        """The cloud did nothing and will do nothing until a person acts: everything like it waits."""
        if isinstance(error, KeyRefused):
            self._line.refuse_key()
        else:
            self._line.miss_loyalty()
        why = EntryError(error.reason, error.message)
        keep = partial(self._outbox.postpone, entry.id, not_before=None, error=why, was_sent=False)
        return Verdict(keep, why, is_unsent=True)

    def _postpone(self, entry: Entry, error: Unreachable) -> Verdict:
        """The outcome is open: the same key goes out again later."""
        failures = self._failures[entry.lane] = self._failures.get(entry.lane, 0) + 1
        wait_s = error.retry_after_s or self._policy.backoff.delay_s(failures, self._ids.fraction())
        self._held[entry.lane] = self._clock.monotonic() + wait_s
        level = logging.WARNING if failures == 1 else logging.DEBUG
        log.log(level, "entry postponed entry=%s reason=%s wait_s=%.1f", entry.id, error.reason, wait_s)
        why = EntryError(error.reason, error.message)
        not_before = self._clock.now() + timedelta(seconds=wait_s)
        keep = partial(self._outbox.postpone, entry.id, not_before=not_before, error=why, was_sent=error.maybe_applied)
        return Verdict(keep, why, is_unsent=not error.maybe_applied)

    def _refused(self, entry: Entry, error: Refused) -> Verdict:
        if self._is_worth_another_try(entry, error):
            return self._postpone(entry, Unreachable(error.reason, error.message, maybe_applied=True, line_down=False))
        log.warning("entry refused entry=%s kind=%s reason=%s", entry.id, entry.kind, error.reason)
        if entry.kind in LOYALTY_KINDS and entry.attempts > 1 and error.reason not in PROOFS_OF_NOTHING:
            return self._park(entry, _after_silence(error, self._policy.cloud), Outcome.UNKNOWN)
        why = EntryError(error.reason, error.message)
        if entry.grant is not None and error.reason == "insufficient_points":
            why = _shortfall(entry.grant, self._policy.cloud)
        elif entry.kind is not EntryKind.BURN or entry.grant is not None:
            return self._park(entry, why, Outcome.DECLINED)
        self._failures.pop(entry.lane, None)
        return Verdict(partial(self._outbox.settle, entry.id, Outcome.DECLINED, why), why)

    def _is_worth_another_try(self, entry: Entry, error: Refused) -> bool:
        if entry.kind is not EntryKind.ORDER_STATUS:
            return False
        if isinstance(error, Conflict):
            return entry.attempts < self._policy.conflict_tries
        return error.reason == "order_unknown" and entry.attempts < UNKNOWN_ORDER_TRIES

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


def _after_silence(error: Refused, cloud: str) -> EntryError:
    """Why nobody knows what became of an entry that is refused after a try that had no answer."""
    said = f"An earlier try had no answer and now {cloud} says no ({error.message.rstrip('.')})"
    return EntryError("refused_after_silence", f"{said}, so it may have happened or not. Look in {cloud}.")


def _shortfall(grant: Grant, cloud: str) -> EntryError:
    """The end of a grant for which the points are not there: the outlet bears the discount."""
    worth = f"{grant.value.currency} {grant.value}"
    sentence = f"A discount of {worth} was given without a connection, and {cloud} has too few points. The outlet bears it."
    return EntryError("shortfall", sentence)
