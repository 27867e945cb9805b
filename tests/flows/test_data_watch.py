"""Damage of the stored data is mended by itself and said until somebody has heard of it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from agent.db.audit import Audit
from agent.db.facts import Facts
from agent.db.mending import Mending
from agent.db.sealing import Seal
from agent.flows.care.data_watch import DataWatch
from tests.db.drafts import KEY, a_draft
from tests.db.test_marks import change
from tests.db.test_recovery import RULES, Till, a_day, delete, places, started
from tests.support.clock import START, FakeClock


def watch_over(till: Till, home: Path, clock: FakeClock) -> DataWatch:
    mending = Mending(till.database, places(home), Seal(KEY), clock, RULES)
    return DataWatch(mending, Facts(till.database), Audit(till.database, Seal(KEY), clock), clock=clock)


async def test_a_till_in_order_says_nothing(tmp_path: Path) -> None:
    async with started(tmp_path) as till:
        watch = watch_over(till, tmp_path, FakeClock())
        await watch.search()
        await watch.copy_if_due()
        await watch.copy_if_due()
        assert (watch.complaint(), len(list((tmp_path / "copies").iterdir()))) == ("", 1)
        await watch.copy()


async def test_a_restored_till_says_so_for_a_day_or_until_somebody_has_heard(tmp_path: Path) -> None:
    await a_day(tmp_path)
    delete(tmp_path)
    async with started(tmp_path) as till:
        clock = FakeClock(START + timedelta(hours=23))
        watch = watch_over(till, tmp_path, clock)
        await watch.look()
        assert "has been restored. Check" in watch.complaint()
        clock.move(2 * 3600)
        await watch.look()
        assert watch.complaint() == ""
        clock.move(-3600 * 3)
        await watch.look()
        assert watch.complaint()
        await watch.acknowledge("Ann")
        assert watch.complaint() == ""


async def test_missing_lines_are_not_kept_quiet(tmp_path: Path) -> None:
    await a_day(tmp_path)
    delete(tmp_path)
    lines = (tmp_path / "journal.log").read_bytes().splitlines(keepends=True)
    (tmp_path / "journal.log").write_bytes(b"".join(lines[:-2] + lines[-1:]))
    async with started(tmp_path) as till:
        watch = watch_over(till, tmp_path, FakeClock())
        await watch.look()
        assert "Some of it may be missing." in watch.complaint()


async def test_what_the_journal_knows_is_put_back_and_what_it_does_not_is_said(tmp_path: Path) -> None:
    await a_day(tmp_path)
    async with started(tmp_path) as till:
        watch = watch_over(till, tmp_path, FakeClock())
        await change(till.database, "UPDATE outbox SET points = 77")
        await watch.search()
        assert watch.complaint() == ""
        assert {entry.points for entry in (await till.entries()).values()} == set(range(1, 13))
        (tmp_path / "journal.log").unlink()
        await till.outbox.record(a_draft())
        await change(till.database, "UPDATE outbox SET points = 77 WHERE seq < 3")
        await watch.search()
        assert watch.complaint().startswith("2 stored entries or orders were damaged")
        await watch.look()
        await watch.acknowledge("Ann")
        assert watch.complaint() == ""
        assert [line.what for line in await till.audit.latest(1)] == ["acknowledge"]
        await change(till.database, "UPDATE outbox SET points = 77 WHERE seq = 5")
        await watch.search()
        assert watch.complaint().startswith("1 stored entry or order was damaged")


async def test_a_changed_audit_is_said_until_somebody_has_heard(tmp_path: Path) -> None:
    """T13."""
    async with started(tmp_path) as till:
        await till.audit.append("Ann", "discard", "e1", "typo")
        watch = watch_over(till, tmp_path, FakeClock())
        await watch.search()
        assert watch.complaint() == ""
        await change(till.database, "DROP TRIGGER audit_is_fixed")
        await change(till.database, "UPDATE audit SET subject = 'e2' WHERE subject = 'e1'")
        await watch.search()
        assert "was changed behind its back" in watch.complaint()
        await watch.acknowledge("Bob")
        assert watch.complaint() == ""
