"""Counting failures, and the manager's PIN."""

from __future__ import annotations

from agent.api.auth import FailureBudget, StoredPin


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
