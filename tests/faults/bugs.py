"""Bugs to plant in the agent, each in one small piece: a harness that stays green with one of them is worth nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from agent.core.entry import Draft, Entry, EntryKind, EntryState, Outcome
from agent.core.errors import CataBridgeError, Refused
from agent.core.ref_code import RefCode, payload_hash
from agent.db.outbox import Outbox, Recorded
from agent.flows.line.sender import Sender
from agent.flows.line.verdicts import Verdict, Verdicts


def mark_before_send() -> None:
    """The entry is settled first and sent afterwards."""

    async def ask(self: Any, entry: Entry) -> Verdict:
        settled: Entry = await self._outbox.settle(entry.id, Outcome.CONFIRMED)

        async def keep() -> Entry:
            return settled

        try:
            await self._actions[entry.kind](entry)
        except CataBridgeError:
            return Verdict(keep)
        return Verdict(keep)

    Sender._ask = ask  # type: ignore[method-assign]


def new_key_per_try() -> None:
    """Every try of an entry goes out under a key of its own."""
    honest = Sender._ask

    async def ask(self: Sender, entry: Entry) -> Verdict:
        return await honest(self, replace(entry, ref_code=RefCode(f"{entry.ref_code}-{entry.attempts}")))

    Sender._ask = ask  # type: ignore[method-assign]


def refusal_proves() -> None:
    """A burn that is refused after a try without an answer is taken for one that never happened."""
    honest = Verdicts._refused

    def refused(self: Verdicts, entry: Entry, error: Refused) -> Verdict:
        return honest(self, replace(entry, attempts=1) if entry.kind is EntryKind.BURN else entry, error)

    Verdicts._refused = refused  # type: ignore[method-assign]


FORGET = "UPDATE outbox SET state = 'settled', outcome = 'confirmed', settled_at = created_at WHERE state = 'sending'"


def reclaim_forgets() -> None:
    """What was being sent when the process died is taken for done."""
    honest = Outbox.reclaim

    async def reclaim(self: Any) -> list[Entry]:
        await self._database.write(lambda tx: tx.conn.execute(FORGET))
        return await honest(self)

    Outbox.reclaim = reclaim  # type: ignore[method-assign]


def answer_before_commit() -> None:
    """The till is told that an earn is safe a moment before it is."""
    honest = Outbox.record
    late: set[asyncio.Task[Recorded]] = set()

    async def record(self: Any, draft: Draft, *, also: Any = None) -> Recorded:
        found = await self.by_ref_code(draft.ref_code)
        if draft.urgent or found is not None:
            return await honest(self, draft, also=also)

        async def later() -> Recorded:
            await asyncio.sleep(0.05)
            return await honest(self, draft, also=also)

        task = asyncio.create_task(later())
        late.add(task)
        task.add_done_callback(late.discard)
        return Recorded(_entry(draft), is_new=True)

    Outbox.record = record  # type: ignore[method-assign]


def _entry(draft: Draft) -> Entry:
    names = set(Draft.__dataclass_fields__) - {"declined"}
    given = {name: getattr(draft, name) for name in names}
    return Entry(
        seq=0, state=EntryState.PENDING, outcome=Outcome.QUEUED, attempts=0, payload_hash=payload_hash(draft.payload), **given
    )


BUGS: Mapping[str, Callable[[], None]] = {
    "mark before send": mark_before_send,
    "new key per try": new_key_per_try,
    "refusal proves": refusal_proves,
    "reclaim forgets": reclaim_forgets,
    "answer before commit": answer_before_commit,
}
