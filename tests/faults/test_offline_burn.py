"""The worst case that a manager was shown is the most that an outage costs, whatever members, clocks and lines do in it."""

from __future__ import annotations

import random

import pytest

from agent.db import grants
from tests.faults import figures
from tests.faults.outage_model import OUTAGE_TERMS, TILLS, Loss, Outage, Till, outlet

HARNESS = "offline burn"
OUTAGES = figures.size(push=10_000, release=200_000)
A_HISTORY = 100
"""Outages that one outlet lives through; then another one begins."""


def outages(count: int, seed: int, steps: int = 7) -> list[Loss]:
    found: list[Loss] = []
    pick = random.Random(seed)
    while len(found) < count:
        tills = outlet()
        for _ in range(min(A_HISTORY, count - len(found))):
            found.append(Outage(tills, pick, steps).play())
            if found[-1].exceeded:
                return found
    return found


@pytest.mark.timeout(60 + OUTAGES // 50)
def test_no_outage_costs_more_than_was_shown() -> None:
    found = outages(OUTAGES, seed=20261122)
    assert [each.exceeded for each in found if each.exceeded] == []
    assert len(found) == OUTAGES
    cap = OUTAGE_TERMS.device_cap.minor
    assert OUTAGE_TERMS.worst_case.minor == TILLS * cap
    assert max(each.granted for each in found) > cap, "outages are too tame to prove anything"
    assert sum(each.lost > 0 for each in found) > OUTAGES // 20
    figures.record(HARNESS, "outages of two tills cut off together", OUTAGES)
    figures.record(HARNESS, "worst case exceeded", sum(bool(each.exceeded) for each in found))
    figures.record(HARNESS, "largest loss / worst case shown, in cents", f"{max(e.lost for e in found)} / {TILLS * cap}")


def _without(till: Till, *triggers: str) -> Till:
    for trigger in triggers:
        till.conn.execute(f"DROP TRIGGER {trigger}")
    return till


BUGS = {
    "counted at settlement": "SELECT 0 AS minor, 0 AS number, 0 AS unsettled",
    "flapping frees the cap": "SELECT total(minor) AS minor, count(*) AS number, 0 AS unsettled FROM grants WHERE ended IS NULL",
}
"""Exposure that forgets what was granted, or what was settled of an outage that goes on."""


@pytest.mark.parametrize("bug", BUGS)
def test_a_planted_bug_is_found(bug: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the rows' own guard taken away as well, for that one alone would hold the cap."""
    monkeypatch.setattr(grants, "COUNTED", BUGS[bug])
    monkeypatch.setattr(
        "tests.faults.test_offline_burn.outlet",
        lambda honest=outlet: [_without(till, "grants_keep_the_cap") for till in honest()],
    )
    found = outages(500, seed=1, steps=30)
    is_found = bool(found[-1].exceeded)
    figures.planted(HARNESS, bug, found=is_found)
    assert is_found


def test_the_rows_own_guard_holds_the_cap_without_the_decision(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grants, "COUNTED", BUGS["counted at settlement"])
    with pytest.raises(Exception, match="granted all it may"):
        outages(500, seed=2)
