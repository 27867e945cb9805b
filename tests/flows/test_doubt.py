"""What a member had before and has now tells whether a visit happened, or that nobody can tell."""

from __future__ import annotations

import pytest

from agent.core.ref_code import RefCode
from agent.core.visit import Visit
from agent.flows.loyalty.doubt import Mark, Moved, has_moved, mark_from, to_json
from tests.support.clock import START

BEFORE = Mark(100, {"pc": (8, 1)}, True)


def visit(**what: object) -> Visit:
    return Visit(identifier="x", ref_code=RefCode("k"), at=START, **what)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("what", "expected", "now", "said"),
    [
        ({}, 10, Mark(110, {"pc": (8, 1)}, True), Moved.YES),
        ({}, 10, BEFORE, Moved.NO),
        ({}, 10, Mark(104, {"pc": (8, 1)}, True), Moved.UNCLEAR),
        ({}, 0, BEFORE, Moved.UNCLEAR),
        ({"punches": 1}, 0, Mark(100, {"pc": (9, 1)}, True), Moved.YES),
        ({"punches": 1}, 0, BEFORE, Moved.NO),
        ({"punches": 1}, 10, Mark(110, {"pc": (8, 1)}, True), Moved.UNCLEAR),
        ({"punches": 1}, 10, Mark(110, {"pc": (9, 1)}, True), Moved.YES),
        ({"points": 50}, 50, Mark(50, {"pc": (8, 1)}, True), Moved.YES),
        ({"points": 50}, 50, BEFORE, Moved.NO),
        ({"points": 50}, 50, Mark(60, {"pc": (8, 1)}, True), Moved.UNCLEAR),
        ({"reward": "pc"}, 0, Mark(100, {"pc": (8, 0)}, True), Moved.YES),
        ({"reward": "pc"}, 0, BEFORE, Moved.NO),
        ({"reward": "pc"}, 0, Mark(100, {"pc": (0, 2)}, True), Moved.UNCLEAR),
        ({"welcome_offer": True}, 0, Mark(100, {"pc": (8, 1)}, False), Moved.YES),
        ({"welcome_offer": True}, 0, BEFORE, Moved.NO),
    ],
)
def test_the_difference_says_whether_it_happened(what: dict[str, object], expected: int, now: Mark, said: Moved) -> None:
    assert has_moved(BEFORE, now, visit(**what), expected) is said


def test_nobody_can_tell_of_what_was_never_shown() -> None:
    bare = Mark(100, {}, False)
    assert has_moved(bare, bare, visit(welcome_offer=True), 0) is Moved.UNCLEAR
    assert has_moved(bare, bare, visit(punches=1), 0) is Moved.UNCLEAR


def test_a_mark_comes_back_as_it_was_kept() -> None:
    assert mark_from(to_json(BEFORE)) == BEFORE
