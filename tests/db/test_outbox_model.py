"""Whatever is done to the outbox in whatever order, its promises hold."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from collections import defaultdict
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from agent.core.entry import Entry, EntryKind, EntryState, Outcome
from agent.core.errors import Conflict, InvalidInput, Refused
from agent.db.journal import read
from tests.db.drafts import WHY, a_draft, open_outbox
from tests.support.clock import FakeClock

FINAL = {EntryState.SETTLED, EntryState.DISCARDED}
PICK = st.integers(0, 10**6)


class OutboxMachine(RuleBasedStateMachine):
    """Random operations and restarts against a real file."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.home = Path(self.folder.name)
        self.clock = FakeClock()
        self.runner = asyncio.Runner()
        self.acknowledged: dict[str, Entry] = {}
        self.ended: dict[str, Entry] = {}
        self.open()

    def open(self) -> None:
        self.database, self.outbox = self.runner.run(open_outbox(self.home, self.clock))

    def pick(self, number: int) -> str:
        ids = sorted(self.acknowledged)
        return ids[number % len(ids)] if ids else "nobody"

    @rule(
        lane=st.sampled_from(["a", "b"]), key=st.integers(1, 8), burn=st.booleans(), urgent=st.booleans(), refused=st.booleans()
    )
    def record(self, lane: str, key: int, burn: bool, urgent: bool, refused: bool) -> None:
        kind = EntryKind.BURN if burn else EntryKind.EARN
        draft = a_draft(lane, kind=kind, urgent=urgent, ref_code=f"k{key}", declined=WHY if refused else None)
        entry = self.runner.run(self.outbox.record(draft)).entry
        self.acknowledged.setdefault(entry.id, entry)

    @rule(limit=st.integers(1, 3), held=st.sets(st.sampled_from(["a", "b"])))
    def claim(self, limit: int, held: set[str]) -> None:
        for entry in self.runner.run(self.outbox.claim(held_lanes=held, paused_kinds=(), limit=limit)):
            older = [each for each in self.entries() if each.lane == entry.lane and each.is_open and each.seq < entry.seq]
            assert not older
            assert entry.lane not in held

    @rule(number=PICK)
    def claim_one(self, number: int) -> None:
        self.runner.run(self.outbox.claim_one(self.pick(number)))

    @rule(number=PICK, verb=st.sampled_from(["settle", "decline", "postpone", "unsent", "park", "discard", "reopen", "unwanted"]))
    def move(self, number: int, verb: str) -> None:
        entry_id = self.pick(number)
        moves = {
            "settle": lambda: self.outbox.settle(entry_id, Outcome.CONFIRMED),
            "decline": lambda: self.outbox.settle(entry_id, Outcome.DECLINED, WHY),
            "postpone": lambda: self.outbox.postpone(entry_id, not_before=None, error=WHY, was_sent=True),
            "unsent": lambda: self.outbox.postpone(entry_id, not_before=None, error=WHY, was_sent=False),
            "park": lambda: self.outbox.park(entry_id, WHY),
            "discard": lambda: self.outbox.discard(entry_id, reason="", by="Ann"),
            "reopen": lambda: self.outbox.reopen(entry_id),
            "unwanted": lambda: self.outbox.decline_unsent(entry_id, WHY),
        }
        with contextlib.suppress(Conflict, Refused, InvalidInput):
            self.runner.run(moves[verb]())

    @rule()
    def restart(self) -> None:
        self.runner.run(self.database.close())
        self.open()
        self.runner.run(self.outbox.reclaim())
        assert not [entry for entry in self.entries() if entry.state is EntryState.SENDING]

    def entries(self) -> list[Entry]:
        return list(self.runner.run(self.outbox.page(state=None, kind=None, limit=1000, after=None)).entries)

    @invariant()
    def promises_hold(self) -> None:
        found = {entry.id: entry for entry in self.entries()}
        assert set(found) == set(self.acknowledged)
        keys: defaultdict[str, int] = defaultdict(int)
        sending: defaultdict[str, int] = defaultdict(int)
        for entry in found.values():
            first = self.acknowledged[entry.id]
            assert (entry.ref_code, entry.payload_hash, entry.points) == (first.ref_code, first.payload_hash, first.points)
            keys[entry.ref_code] += not (entry.attempts == 0 and entry.state in FINAL)
            sending[entry.lane] += entry.state is EntryState.SENDING
            assert self.ended.get(entry.id, entry) == entry
            if entry.state in FINAL:
                self.ended[entry.id] = entry
        assert max(keys.values(), default=0) <= 1
        assert max(sending.values(), default=0) <= 1

    def teardown(self) -> None:
        self.runner.run(self.database.close())
        self.runner.close()
        lines = [line.record for line in read(self.home / "journal.log").lines]
        assert {line["id"] for line in lines if line["what"] == "intent"} == set(self.acknowledged)
        assert {line["id"] for line in lines if line["what"] == "end"} == set(self.ended)
        self.folder.cleanup()


TestOutboxModel = OutboxMachine.TestCase
TestOutboxModel.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
