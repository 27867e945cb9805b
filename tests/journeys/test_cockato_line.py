"""Cockato behind a bad line: earns and redemptions have their effect once, or are for a person; never twice."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from agent.flows.line import probe
from agent.sandbox.cockato.seed import SeedCustomer
from tests.support import fault_proxy
from tests.support.cockato import cockato_shop
from tests.support.fault_proxy import FAULTS, bad_line

EARNS = 16
DEADLINE_S = 90.0
"""Each fault costs its entry a wait, so the end is further away than anything else here."""
QUICK = ("reset before", "reset after", "corrupt", "portal")
"""Faults that cost no patience; a request that the network itself repeats doubles at any cloud that knows no ids again."""


async def test_over_a_bad_line_everything_happens_once_or_waits_for_a_person(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probe, "LOOK_EVERY_S", 0.02)
    monkeypatch.setattr(fault_proxy, "FAULTS", {name: FAULTS[name] for name in QUICK})
    async with cockato_shop(tmp_path, doubt_wait_s=0.1) as (one, cockato):
        cockato.set(minimum_points=1)
        codes = [f"CKT0000000{number}" for number in range(4)]
        for code in codes:
            cockato.org.add(SeedCustomer(barcode_id=code, points=50))
        async with bad_line(one.practice.base_url, seed=7) as proxy:
            await one.stop()
            one.base_url = proxy.url
            await one.start()
            await one.online()
            proxy.rate = 0.3
            ids = []
            for at in range(EARNS):
                member = {"identifier": codes[at % 4]}
                earn = {"member": member, "amount": f"{at + 1}.00", "receipt": f"R-{at}"}
                ids.append((await one.till.post("/v1/loyalty/earn", earn)).body["id"])
                if at % 6 == 0:
                    burn = {"member": member, "points": 1, "receipt": f"B-{at}", "wait_s": 0.5}
                    ids.append((await one.till.post("/v1/loyalty/burn", burn)).body["id"])

            async with asyncio.timeout(DEADLINE_S):
                while any([(await one.till.entry(entry_id))["state"] in {"pending", "sending"} for entry_id in ids]):  # noqa: ASYNC110
                    await asyncio.sleep(0.1)
            proxy.rate = 0.0
            entries = [await one.till.entry(entry_id) for entry_id in ids]
            await one.stop()  # before the proxy goes, which cannot close a caller that comes at that very moment
            effects = cockato.org.effects()
            assert min(proxy.faults, len(effects)) > EARNS // 4
            for entry in entries:
                happened = effects.get(entry["ref_code"], 0)
                wanted = {"confirmed": {1}, "declined": {0}, "unknown": {0, 1}}[entry["outcome"]]
                assert happened in wanted, entry
