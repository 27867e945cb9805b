"""Whatever a day brings, in whatever order: the outbox and the orders are what a simple model says they are."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from agent.db.outbox import Outbox
from agent.flows.line.sender import Sender
from agent.flows.line.verdicts import Verdicts
from tests.faults import bugs, figures
from tests.faults.model import ShopMachine

pytestmark = pytest.mark.timeout(86_400 if figures.is_release() else 600)

HARNESS = "model"
STEPS_A_DAY = 100
DAYS_A_ROUND = 30
SHARDS = figures.size(push=4, release=40)
STEPS = figures.size(push=100_000, release=5_000_000) // SHARDS


def play(days: int, **options: object) -> None:
    chosen = settings(
        max_examples=days,
        stateful_step_count=STEPS_A_DAY,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
        **options,  # type: ignore[arg-type]
    )
    run_state_machine_as_test(ShopMachine, settings=chosen)


@pytest.mark.parametrize("shard", range(SHARDS))
def test_the_shop_is_what_the_model_says(shard: int) -> None:
    """I2, I3, I5, I10, I13."""
    ShopMachine.steps = 0
    while ShopMachine.steps < STEPS:
        play(DAYS_A_ROUND)
    figures.record(HARNESS, "steps", ShopMachine.steps)
    figures.record(HARNESS, "invariant breaks", 0)


@pytest.mark.parametrize("bug", ["mark before send", "new key per try", "reclaim forgets", "refusal proves"])
def test_a_planted_bug_is_found(bug: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for owner, name in ((Sender, "_ask"), (Verdicts, "_refused"), (Outbox, "reclaim")):
        monkeypatch.setattr(owner, name, getattr(owner, name))  # put back afterwards, whatever the bug does to it
    bugs.BUGS[bug]()
    with pytest.raises((AssertionError, ExceptionGroup)):
        play(60, derandomize=True, phases=[Phase.generate])
    figures.planted(HARNESS, bug, found=True)
