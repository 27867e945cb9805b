"""History out of a file: each past purchase once and under its own date, whoever is killed in the middle."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from agent.cli.app import main
from agent.instance import Instance
from agent.paths import Home
from tests.support.cockato import MEI_CODE, RAJ, RAJ_CODE, TRANSACTION, cockato_shop
from tests.support.outlet import eventually, shop


def row(receipt: str, **more: object) -> dict[str, object]:
    return {"member": MEI_CODE, "occurred_at": "2026-01-31T10:05:00Z", "amount": "10.00", "receipt": receipt, **more}


async def states(one: Any, *rows: dict[str, object], record: int = 100) -> list[str]:
    answer = await one.till.post("/v1/loyalty/backfill", {"rows": list(rows), "record": record})
    assert answer.status == 200, answer
    return [str(each["state"]) for each in answer.body["rows"]]


async def test_a_row_is_told_once_under_its_own_date_however_often_it_is_asked(tmp_path: Path) -> None:
    async with cockato_shop(tmp_path) as (one, cockato):
        rows = [row("R-1"), row("R-2", member="nobody@example.test"), row("R-3", member="?"), row("R-4", punches=1)]
        assert await states(one, *rows, record=0) == ["absent", "absent", "refused", "absent"]
        assert await states(one, *rows, record=1) == ["waiting", "absent", "refused", "absent"]

        async def ended() -> bool:
            return await states(one, *rows) == ["confirmed", "parked", "refused", "confirmed"]

        await eventually(ended)
        assert await states(one, row("R-1", amount="11.00")) == ["refused"]
        assert [(each.date.isoformat(), each.invoice_number, each.punches) for each in cockato.done] == [
            ("2026-01-31T10:05:00+00:00", "R-1", 0),
            ("2026-01-31T10:05:00+00:00", "R-4", 1),
        ]


async def test_what_a_person_gave_up_is_not_told_again(tmp_path: Path) -> None:
    async with cockato_shop(tmp_path) as (one, cockato):
        await one.practice.control.fault("status", TRANSACTION, status=400, times=1, skip=2)
        await states(one, row("R-1"))

        async def parked() -> bool:
            return await states(one, row("R-1")) == ["parked"]

        await eventually(parked)
        entry = (await one.till.get("/v1/outbox?state=parked"))["entries"][0]
        await one.till.post(f"/v1/outbox/{entry['id']}/discard", {"reason": "wrong row"})
        assert await states(one, row("R-1")) == ["discarded"]
        assert cockato.done == []


async def test_cata_takes_no_history(tmp_path: Path) -> None:
    async with shop(tmp_path) as one:
        answer = await one.till.post("/v1/loyalty/backfill", {"rows": [row("R-1")]})
        assert (answer.status, answer.reason) == (409, "not_offered")


@pytest.mark.skipif(os.name != "posix", reason="there is no SIGKILL")
async def test_killed_in_the_middle_and_run_again_nothing_is_lost_and_nothing_doubled(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    rows = [f"{MEI_CODE if at % 2 else RAJ_CODE},2026-01-{1 + at:02d} 10:{at:02d},{1 + at}.00,R-{at}" for at in range(24)]
    history = tmp_path / "old.csv"
    history.write_text("\n".join(["barcode,date,amount,receipt", *rows]) + "\n")
    async with cockato_shop(tmp_path) as (one, cockato):
        await one.stop()
        await one.practice.control.fault("delay", TRANSACTION, delay_s=0.05, times=None)
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "agent", "--home", str(one.home.root), "agent"),
            env={**os.environ, **one.env},
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        telling = asyncio.create_task(asyncio.to_thread(told, one.home, history))
        while len(cockato.done) < 8:
            await asyncio.sleep(0.01)
            if telling.done():
                telling = asyncio.create_task(asyncio.to_thread(told, one.home, history))
        process.send_signal(signal.SIGKILL)
        await process.wait()
        assert await telling == 1
        assert len(cockato.done) < len(rows)
        # The killed agent's last call was still on its way; a count is worth nothing before it must have arrived.
        await eventually(cockato.has_heard_all)
        await one.practice.control.clear_faults()
        capfd.readouterr()
        await one.start()
        with Instance(one.home) as instance:
            instance.announce(version="1", url=one.agent.url, token=one.agent.local_token)
            code = await asyncio.to_thread(told, one.home, history)
        said = capfd.readouterr()
        assert (code, said.out.splitlines()[-1], said.err) == (0, "24 of 24 rows are confirmed.", "")
        assert Counter(each.invoice_number for each in cockato.done) == Counter(f"R-{at}" for at in range(24))
        assert set(cockato.org.effects().values()) == {1}
        assert (cockato.points(), cockato.points(RAJ)) == (275 + sum(range(2, 25, 2)), 40 + sum(range(1, 24, 2)))


def told(home: Home, history: Path) -> int:
    """The command as a person types it; its exit code."""
    return main(["--home", str(home.root), "backfill", str(history)])
