"""What one try at the cloud means for its entry: its end, another try later under the same key, or a person."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from agent.core.backoff import Backoff
from agent.core.clock import Clock
from agent.core.entry import LOYALTY_KINDS, Entry, EntryError, EntryKind, Outcome
from agent.core.errors import CataBridgeError, Conflict, Doubtful, KeyRefused, NotConfigured, Refused, Unreachable
from agent.core.grant import Grant
from agent.core.ids import Ids
from agent.db.outbox import Outbox
from agent.flows.line.state import Line

log = logging.getLogger(__name__)

NO_ERROR = EntryError("", "")
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


class Verdicts:
    """Judges each try, and remembers how often each lane has failed and until when it waits."""

    def __init__(self, outbox: Outbox, line: Line, *, clock: Clock, ids: Ids, policy: SenderPolicy) -> None:
        self._outbox = outbox
        self._line = line
        self._clock = clock
        self._ids = ids
        self._policy = policy
        self._held: dict[str, float] = {}
        self._failures: dict[str, int] = {}

    def held_s(self) -> Mapping[str, float]:
        """The lanes that wait after a failure, and for how many seconds yet."""
        now = self._clock.monotonic()
        self._held = {lane: until for lane, until in self._held.items() if until > now}
        return {lane: until - now for lane, until in self._held.items()}

    def release(self, lane: str) -> None:
        """A person wants this lane tried now."""
        self._held.pop(lane, None)

    def succeeded(self, entry: Entry) -> Verdict:
        """The cloud did it."""
        self._failures.pop(entry.lane, None)
        if entry.kind in LOYALTY_KINDS:
            self._line.has_loyalty()
        return Verdict(partial(self._outbox.settle, entry.id, Outcome.CONFIRMED))

    def failed(self, entry: Entry, error: CataBridgeError) -> Verdict:
        """The cloud did not do it, did not say so, or was never asked."""
        match error:
            case KeyRefused() | NotConfigured():
                return self._stop_kind(entry, error)
            case Unreachable():
                return self._postpone(entry, error)
            case Refused():
                return self._refused(entry, error)
            case Doubtful():
                return self._park(entry, EntryError(error.reason, error.message), Outcome.UNKNOWN)
            case _:
                # Nothing of the entry itself has left: it could not be addressed.
                return self._park(entry, EntryError(error.reason, error.message), Outcome.DECLINED, was_sent=False)

    def broke(self, entry: Entry, fault: Exception) -> Verdict:
        """A fault of ours on the way, nobody knows how far on."""
        return self._park(entry, EntryError("internal", f"This could not be sent ({type(fault).__name__})."), Outcome.UNKNOWN)

    def is_too_old(self, entry: Entry) -> bool:
        """Whether it was sent before and the cloud may have forgotten its key since."""
        sent_before = entry.attempts > 1
        return sent_before and entry.kind in LOYALTY_KINDS and self._clock.now() - entry.created_at > self._policy.key_memory

    def too_old(self, entry: Entry) -> Verdict:
        """To ask again could have a second effect, so a person looks."""
        nobody_knows = f"It is not known whether {self._policy.cloud} did this"
        reason = EntryError("outcome_too_old", f"{nobody_knows}, and it is too long ago to ask again safely.")
        return self._park(entry, reason, Outcome.UNKNOWN)

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


def _after_silence(error: Refused, cloud: str) -> EntryError:
    """Why nobody knows what became of an entry that is refused after a try that had no answer."""
    said = f"An earlier try had no answer and now {cloud} says no ({error.message.rstrip('.')})"
    return EntryError("refused_after_silence", f"{said}, so it may have happened or not. Look in {cloud}.")


def _shortfall(grant: Grant, cloud: str) -> EntryError:
    """The end of a grant for which the points are not there: the outlet bears the discount."""
    worth = f"{grant.value.currency} {grant.value}"
    sentence = f"A discount of {worth} was given without a connection, and {cloud} has too few points. The outlet bears it."
    return EntryError("shortfall", sentence)
