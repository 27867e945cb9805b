"""The assumptions about Cata are all defaults that a till can change."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from agent.cloud.quirks import OTHER_IN_PROGRESS, Quirks


@pytest.mark.parametrize(
    "words", ["insufficient points", "Not enough points", "amount exceeds balance", "points are insufficient"]
)
def test_words_for_too_few_points(words: str) -> None:
    assert Quirks().means_too_few_points(words)
    assert not Quirks(insufficient_points="^no$").means_too_few_points(words)


@pytest.mark.parametrize("words", ["Customer not found", "unknown customer", "member does not exist", "no such user"])
def test_words_for_no_such_member(words: str) -> None:
    assert Quirks().means_no_such_member(words)


@pytest.mark.parametrize("words", ["", "order not found", "internal error", "points must be positive"])
def test_other_words_mean_neither(words: str) -> None:
    assert not Quirks().means_no_such_member(words)
    assert not Quirks().means_too_few_points(words, 500)


def test_a_code_may_mean_too_few_points() -> None:
    assert Quirks(insufficient_code=7).means_too_few_points("", 7)


@pytest.mark.parametrize(
    "wrong",
    [
        {"lookup_path": "no-slash"},
        {"lookup_path": "/a?b"},
        {"lookup_param": "a&b"},
        {"rotate_path": "../x"},
        {"member_unknown": "("},
    ],
)
def test_a_quirk_that_could_not_work_is_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        Quirks(**wrong)


def test_each_spelling_has_its_other() -> None:
    assert all(OTHER_IN_PROGRESS[other] == one for one, other in OTHER_IN_PROGRESS.items())
