"""A rebuilt ledger counts the grants of burns that it finds, and trusts no switch whose last word it may have lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.core.entry import EntryKind, Outcome
from agent.core.grant import Grant
from agent.core.money import Money, Points
from agent.db.grants import LAST, TURN
from tests.db.drafts import a_draft
from tests.db.test_recovery import Till, delete, started

GRANT = Grant(id="g1", points=Points(50), value=Money(500, "SGD"))


async def switched(till: Till) -> tuple[str, str]:
    row = await till.database.read(lambda conn: conn.execute(LAST).fetchone())
    return row["state"], row["why"]


@pytest.mark.parametrize("switch", ["on", "off", None])
async def test_what_was_granted_counts_after_a_rebuild_and_nothing_more_is_granted(tmp_path: Path, switch: str | None) -> None:
    """I12."""
    async with started(tmp_path) as till:
        if switch is not None:
            await till.database.write(lambda tx: tx.conn.execute(TURN, (0, switch, "said", "")).rowcount)
        await till.mending.copy()
        for lane, payload in (("a", GRANT.payload()), ("b", {}), ("c", GRANT.payload() | {"note": "over"})):
            entry = (await till.outbox.record(a_draft(lane, kind=EntryKind.BURN, points=50, payload=payload))).entry
            if lane == "c":
                await till.outbox.claim_one(entry.id)
                await till.outbox.settle(entry.id, Outcome.CONFIRMED)
    delete(tmp_path)
    async with started(tmp_path) as till:
        query = "SELECT id, origin, points, minor, ended FROM grants"
        rows = await till.database.read(lambda conn: conn.execute(query).fetchall())
        assert [tuple(row) for row in rows] == [("g1", "found", 50, 500, None)]
        if switch is not None:
            assert await switched(till) == ("off", "rebuilt" if switch == "on" else "said")
