"""Text is broken to the width of the paper, and nothing of it is lost."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from drivers.printer.layout import columns, plain, wrap


@given(st.text(max_size=120), st.sampled_from([16, 24, 32, 48]))
def test_no_line_is_wider_than_the_paper_and_no_letter_is_lost(text: str, width: int) -> None:
    lines = wrap(text, width)
    assert all(columns(line) <= width for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


def test_lines_break_at_spaces_and_keep_their_indentation() -> None:
    assert wrap("    extra egg and chilli", 16) == ["    extra egg", "    and chilli"]


def test_wide_letters_break_anywhere_but_keep_their_brackets_and_stops() -> None:
    assert wrap("2 x 海南鸡饭（白斩）配姜", 14, hang=4) == ["2 x 海南鸡饭", "    （白斩）配", "    姜"]
    assert wrap("花生过敏，不要放", 8) == ["花生过", "敏，不要", "放"]


def test_lines_after_the_first_hang() -> None:
    assert wrap("2 x Chicken rice with egg", 16, hang=4) == ["2 x Chicken rice", "    with egg"]
    assert wrap("x" * 40, 8, hang=6) == ["xxxxxxxx"] + ["    xxxx"] * 8


def test_wide_letters_count_twice_and_marks_not_at_all() -> None:
    assert columns("鸡饭") == 4
    assert columns("ไก่") == 2
    assert wrap("鸡饭鸡饭鸡", 4) == ["鸡饭", "鸡饭", "鸡"]


def test_typographic_signs_become_plain_ones() -> None:
    assert plain("2 × “tea” – e\u0301") == '2 x "tea" - é'
