"""The database itself holds what may be forgotten of an entry: who it was for, at its end, and nothing more."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.core.entry import Outcome
from agent.core.errors import InvalidInput
from tests.db.drafts import a_draft, open_outbox
from tests.support.clock import FakeClock

FORGET = "UPDATE outbox SET member_uuid = 'erased', lane = 'member:erased', payload = x'00'"


@pytest.mark.parametrize(
    ("ended", "change", "is_allowed"),
    [
        (True, FORGET, True),
        (False, FORGET, False),
        (True, "UPDATE outbox SET member_uuid = 'somebody else'", False),
        (True, "UPDATE outbox SET payload = x'00'", False),
        (True, "UPDATE outbox SET mark = x'00'", False),
        *[(True, f"{FORGET}, {what}", False) for what in ("ref_code = 'x'", "points = 9", "receipt = 'R'", "payload_hash = 'x'")],
        (True, FORGET.replace("member:erased", "menu"), False),
    ],
)
async def test_only_who_it_was_for_is_ever_forgotten(tmp_path: Path, ended: bool, change: str, is_allowed: bool) -> None:
    database, outbox = await open_outbox(tmp_path, FakeClock())
    try:
        entry = (await outbox.record(a_draft())).entry
        if ended:
            await outbox.claim_one(entry.id)
            await outbox.settle(entry.id, Outcome.CONFIRMED)
        try:
            await database.write(lambda tx: tx.conn.execute(change).rowcount)
            allowed = True
        except InvalidInput:
            allowed = False
        assert allowed is is_allowed
    finally:
        await database.close()
