"""Counting failures, and the manager's PIN."""

from __future__ import annotations

from agent.api.auth import FailureBudget, StoredPin
from agent.api.pace import BURST, Pace
from tests.api.conftest import Served


class HandClock:
    """Monotonic time moved by hand."""

    def __init__(self) -> None:
        self.at = 0.0

    def monotonic(self) -> float:
        return self.at


def test_a_budget_is_spent_by_failures_and_comes_back_with_time() -> None:
    clock = HandClock()
    budget = FailureBudget(clock, most=2, per_s=10)
    seen = []
    for at in (0.0, 0.0, 10.0):
        budget.spend() if at == 0.0 else None
        clock.at = at
        seen.append(budget.is_spent)
    assert seen == [False, True, False]


def test_a_success_forgives() -> None:
    budget = FailureBudget(HandClock(), most=1, per_s=10)
    budget.spend()
    budget.forgive()
    assert not budget.is_spent


def test_a_pin_is_read_anew_each_time() -> None:
    stored: list[str | None] = []
    pin = StoredPin(lambda: stored[-1] if stored else None)
    before = pin.is_set
    stored.append("4711")
    assert (before, pin.is_set) == (False, True)
    assert (pin.matches("4711"), pin.matches("471"), pin.matches("")) == (True, False, False)


def test_a_caller_that_rests_may_call_again_and_holds_up_nobody_else() -> None:
    clock = HandClock()
    pace = Pace(clock, per_s=2, burst=3)
    assert [pace.allows("pos-1") for _ in range(4)] == [True, True, True, False]
    assert pace.allows("pos-2")
    clock.at = 0.5
    assert [pace.allows("pos-1") for _ in range(2)] == [True, False]
    clock.at = 1_000.0
    assert [pace.allows("pos-1") for _ in range(4)] == [True, True, True, False]


async def test_a_program_gone_mad_is_told_when_to_come_back_and_the_screen_goes_on(served: Served) -> None:
    statuses = set()
    for _ in range(int(BURST) * 4):
        reply = await served.pos.get("/v1/status")
        statuses.add(reply.status)
        if reply.status == 429:
            assert (reply.reason, reply.headers["retry-after"]) == ("too_many_calls", "1")
            break
    assert statuses == {200, 429}
    assert (await served.screen.get("/v1/status")).status == 200
    assert (await served.caller("board-token").get("/v1/status")).status == 200
