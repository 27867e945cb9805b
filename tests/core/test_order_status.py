"""Orders move forward, end once, and the cloud hears every step."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.order_status import REJECTABLE, TERMINAL, OrderStatus, may_follow, walk

STATUS = st.sampled_from(OrderStatus)
S = OrderStatus


@given(STATUS, st.lists(STATUS, max_size=12))
def test_no_way_leads_back_or_out_of_an_end(start: OrderStatus, wishes: list[OrderStatus]) -> None:
    seen = [start]
    for wish in wishes:
        if may_follow(seen[-1], wish):
            assert seen[-1] not in TERMINAL
            seen.append(wish)
    assert len(set(seen)) == len(seen)


@given(STATUS, STATUS)
def test_rejecting_is_for_what_is_not_being_made(current: OrderStatus, new: OrderStatus) -> None:
    if new is S.REJECTED:
        assert may_follow(current, new) == (current in REJECTABLE)
    if new is S.CANCELLED:
        assert may_follow(current, new) == (current not in TERMINAL)
    assert not (may_follow(current, new) and may_follow(new, current))


@given(STATUS, STATUS)
def test_every_step_of_a_walk_may_follow_the_one_before(current: OrderStatus, new: OrderStatus) -> None:
    if may_follow(current, new):
        steps = [current, *walk(current, new)]
        assert steps[-1] is new
        assert all(may_follow(one, two) for one, two in itertools.pairwise(steps))


@pytest.mark.parametrize(
    ("current", "new", "steps"),
    [
        (S.PAID, S.READY, [S.ACCEPTED, S.IN_PROGRESS, S.READY]),
        (S.READY, S.COMPLETED, [S.COMPLETED]),
        (S.READY, S.DRIVER_PICKED_UP, [S.DRIVER_PICKED_UP]),
        (S.PAID, S.REJECTED, [S.REJECTED]),
    ],
)
def test_the_cloud_is_told_each_step(current: OrderStatus, new: OrderStatus, steps: list[OrderStatus]) -> None:
    assert walk(current, new) == steps
