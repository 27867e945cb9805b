"""The audit is only added to; whoever gets past that leaves a trace."""

from __future__ import annotations

import pytest

from agent.core.errors import InvalidInput
from agent.db.adoption import adopt
from agent.db.audit import Audit
from agent.db.audit_chain import FACT, AuditChain
from agent.db.database import Database, Transaction
from agent.db.sealing import Seal
from tests.support.clock import FakeClock

FREE = ("DROP TRIGGER IF EXISTS audit_is_fixed", "DROP TRIGGER IF EXISTS audit_stays")


async def behind_its_back(database: Database, *statements: str) -> None:
    def work(tx: Transaction) -> None:
        for statement in (*FREE, *statements):
            tx.conn.execute(statement)

    await database.write(work)


@pytest.fixture
async def chain(database: Database, seal: Seal, clock: FakeClock) -> AuditChain:
    """Two lines of an older version, four of the chain."""
    audit = Audit(database, seal, clock)
    for number in range(2):
        await audit.append("Ann", "discard", f"old{number}", "typo")
    await behind_its_back(database, "UPDATE audit SET mark = NULL")
    await database.write(lambda tx: adopt(tx.conn, seal))
    for number in range(4):
        await audit.append("Ann", "discard", f"e{number}", "typo")
    return AuditChain(database, seal)


async def test_a_true_audit_is_whole_at_every_start(chain: AuditChain, database: Database, seal: Seal) -> None:
    assert await chain.first_broken() is None
    await database.write(lambda tx: adopt(tx.conn, seal))
    assert await chain.first_broken() is None


@pytest.mark.parametrize(
    ("deed", "found"),
    [
        ("UPDATE audit SET subject = 'e9' WHERE id = 4", 4),
        ("UPDATE audit SET at = at + 1 WHERE id = 6", 6),
        ("UPDATE audit SET who = reason WHERE id = 3", 3),
        ("UPDATE audit SET mark = NULL", 3),
        ("DELETE FROM audit WHERE id = 3", 4),
        ("DELETE FROM audit WHERE id = 4", 5),
        ("DELETE FROM audit WHERE id = 6", 6),
        ("DELETE FROM audit WHERE id > 2", 3),
        ("DELETE FROM audit", 0 + 1),
        ("INSERT INTO audit (at, who, what, subject, reason) SELECT at, who, what, subject, reason FROM audit WHERE id = 3", 7),
        (f"UPDATE facts SET value = json_set(value, '$.after', 6) WHERE name = '{FACT}'", 0),
        (f"DELETE FROM facts WHERE name = '{FACT}'", 0),
    ],
)
async def test_what_somebody_changed_is_found(chain: AuditChain, database: Database, deed: str, found: int) -> None:
    await behind_its_back(database, deed)
    assert await chain.first_broken() == found


@pytest.mark.parametrize("deed", ["UPDATE audit SET subject = ''", "UPDATE audit SET mark = NULL", "DELETE FROM audit"])
async def test_the_table_itself_refuses(database: Database, seal: Seal, clock: FakeClock, deed: str) -> None:
    await Audit(database, seal, clock).append("Ann", "discard", "e1", "typo")
    with pytest.raises(InvalidInput, match="change_refused"):
        await database.write(lambda tx: tx.conn.execute(deed))
