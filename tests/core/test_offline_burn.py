"""The decision about redeeming without the cloud: each condition alone says no, and no set of facts beats a limit."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.grant import SLIP_LENGTH, SYMBOLS, Grant
from agent.core.member import Balance
from agent.core.money import Money, Points
from agent.core.offline_burn import SENTENCES, SETTLED_WITHIN, Kept, Seen, Why, decide
from tests.support.clock import START
from tests.support.offline import TERMS

SEEN = Seen(
    now=START,
    is_line_broken=True,
    is_clock_right=True,
    silent_for=timedelta(minutes=2),
    down_for=timedelta(minutes=2),
    is_scanned=True,
    is_approved=True,
    balance=Balance(points=Points(1_000), expiring=Points(0), expires_at=None),
    balance_age=timedelta(minutes=5),
)
KEPT = Kept(
    is_on=True,
    agreed=TERMS.mark,
    exposure=Money(0, "SGD"),
    granting_for=timedelta(0),
    member_grants=0,
    member_grants_today=0,
    burned=Points(0),
)


def test_all_conditions_together_grant_the_value() -> None:
    assert decide(Points(500), TERMS, SEEN, KEPT) == Money(500, "SGD")
    assert TERMS.worst_case == Money(50_000, "SGD")


@pytest.mark.parametrize(
    ("why", "seen", "kept"),
    [
        (Why.OFF, {}, {"is_on": False}),
        (Why.TERMS_CHANGED, {}, {"agreed": replace(TERMS, devices=11).mark}),
        (Why.LINE_UNSURE, {"is_line_broken": False}, {}),
        (Why.CLOCK, {"is_clock_right": False}, {}),
        (Why.NO_SESSION, {"silent_for": timedelta(hours=24, seconds=1)}, {}),
        (Why.NO_SESSION, {"silent_for": None}, {}),
        (Why.TOO_LONG, {"down_for": timedelta(hours=2, seconds=1)}, {}),
        (Why.TOO_LONG, {"down_for": None}, {}),
        (Why.TOO_LONG, {}, {"granting_for": timedelta(hours=2, seconds=1)}),
        (Why.TOO_LONG, {}, {"granting_for": None}),
        (Why.NOT_SCANNED, {"is_scanned": False}, {}),
        (Why.OLD_BALANCE, {"balance": None}, {}),
        (Why.OLD_BALANCE, {"balance_age": None}, {}),
        (Why.OLD_BALANCE, {"balance_age": timedelta(minutes=15, seconds=1)}, {}),
        (Why.TOO_FEW, {}, {"burned": Points(1)}),
        (Why.MEMBER_LIMIT, {}, {"member_grants": 1}),
        (Why.MEMBER_LIMIT, {}, {"member_grants_today": 1}),
        (Why.NEEDS_PIN, {"is_approved": False}, {}),
        (Why.DEVICE_CAP, {}, {"exposure": Money(4_501, "SGD")}),
    ],
)
def test_each_condition_alone_refuses(why: Why, seen: dict[str, object], kept: dict[str, object]) -> None:
    assert decide(Points(500), TERMS, replace(SEEN, **seen), replace(KEPT, **kept)) is why  # type: ignore[arg-type]


def test_more_than_one_redemption_may_be_is_refused_in_points_and_in_money() -> None:
    dear = replace(TERMS, point_value=Decimal("1.01"))
    assert decide(Points(501), TERMS, SEEN, KEPT) is Why.TOO_MUCH
    assert decide(Points(500), dear, SEEN, replace(KEPT, agreed=dear.mark)) is Why.TOO_MUCH


def test_a_small_one_needs_no_pin() -> None:
    assert decide(Points(200), TERMS, replace(SEEN, is_approved=False), KEPT) == Money(200, "SGD")


@pytest.mark.parametrize(
    ("expires_in", "counts"),
    [(None, False), (timedelta(hours=1), False), (SETTLED_WITHIN, False), (SETTLED_WITHIN + timedelta(seconds=1), True)],
)
def test_points_that_may_expire_before_the_settlement_do_not_count(expires_in: timedelta | None, counts: bool) -> None:
    expires_at = None if expires_in is None else START + expires_in
    balance = Balance(points=Points(1_000), expiring=Points(1), expires_at=expires_at)
    assert (decide(Points(500), TERMS, replace(SEEN, balance=balance), KEPT) == Money(500, "SGD")) is counts


def test_a_fraction_of_a_cent_counts_as_a_whole_one() -> None:
    assert replace(TERMS, point_value=Decimal("0.3")).value_of(7) == Money(3, "SGD")


def test_every_reason_has_its_sentence_and_its_stable_word() -> None:
    assert set(SENTENCES) == set(Why)
    assert all(why.startswith("offline_") for why in Why)


SPANS = st.none() | st.timedeltas(timedelta(hours=-3), timedelta(hours=30))


@given(
    points=st.integers(1, 2_000),
    balance=st.integers(0, 5_000),
    expiring=st.integers(0, 500),
    burned=st.integers(0, 3_000),
    exposure=st.integers(0, 6_000),
    spans=st.tuples(SPANS, SPANS, SPANS, SPANS),
    flags=st.tuples(*[st.booleans()] * 4),
    grants=st.tuples(st.integers(0, 2), st.integers(0, 2)),
)
def test_a_grant_breaks_no_limit(
    points: int,
    balance: int,
    expiring: int,
    burned: int,
    exposure: int,
    spans: tuple[timedelta | None, ...],
    flags: tuple[bool, ...],
    grants: tuple[int, int],
) -> None:
    silent, down, age, granting = spans
    line, clock, scanned, approved = flags
    known = Balance(points=Points(balance), expiring=Points(expiring), expires_at=None)
    seen = Seen(
        now=START, is_line_broken=line, is_clock_right=clock, silent_for=silent, down_for=down, is_scanned=scanned,
        is_approved=approved, balance=known, balance_age=age,
    )  # fmt: skip
    kept = replace(
        KEPT, exposure=Money(exposure, "SGD"), granting_for=granting, burned=Points(burned),
        member_grants=grants[0], member_grants_today=grants[1],
    )  # fmt: skip
    decision = decide(Points(points), TERMS, seen, kept)
    if isinstance(decision, Why):
        return
    assert decision.minor == points <= min(500, (balance - expiring - burned) // 2)
    assert decision.minor + exposure <= TERMS.device_cap.minor
    assert (line, clock, scanned, grants) == (True, True, True, (0, 0))
    assert approved or decision.minor <= 200
    assert age is not None
    assert age <= TERMS.balance_age
    assert all(span is not None and span <= TERMS.session_age for span in (silent, down, granting))


def test_a_grant_is_read_back_from_its_burn_and_any_other_has_none() -> None:
    grant = Grant(id="g-1", points=Points(50), value=Money(50, "SGD"))
    assert Grant.of(grant.payload()) == grant
    assert Grant.of({"note": "x"}) is None


@given(st.text(min_size=1))
def test_a_slip_is_short_and_can_be_read_aloud(grant_id: str) -> None:
    slip = Grant(id=grant_id, points=Points(1), value=Money(1, "SGD")).slip
    assert len(slip) == SLIP_LENGTH
    assert set(slip) <= set(SYMBOLS)
