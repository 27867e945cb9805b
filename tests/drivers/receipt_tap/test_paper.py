"""The copy of a print stream: text comes out as the paper shows it, however the bytes are split."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.pos.receipt_tap.paper import LONGEST_LINE, Event, Mark, Paper


def read(*chunks: bytes, encoding: str = "", double_byte: str = "gb18030") -> list[Event]:
    paper = Paper(encoding, double_byte)
    return [event for chunk in chunks for event in paper.feed(chunk)] + list(paper.finish())


RICH = (
    b"\x1b@\x1ba\x01\x1d!\x11MY SHOP\r\n\x1d!\x00\x1bE\x01Receipt: 17\n\x1bE\x00"
    b"\x1dv0\x00\x02\x00\x03\x00ABCDEF\x1b*\x21\x02\x00LMNOPQ\x1dk\x0412345\x00\x1dkI\x03abc"
    b"\x1d(k\x04\x001A2\x00\x1d8L\x03\x00\x00\x00xyz\x10\x04\x01Tea\t2.50\x1bd\x02"
    b"\x1cq\x02\x01\x00\x01\x00ABCDEFGH\x01\x00\x01\x00ABCDEFGH\x1b&\x03AB\x02ABCDEF\x01ABC\x1b\x0c"
    b"\x1bt\x10\x80\x1b$\x40\x011.00\n\x1c&\xc3\xd7\x1c. rice\n\x1bp\x00\x19\xfaTOTAL 3.50\x1dVB\x03"
)


def test_commands_are_stepped_over_and_text_stays() -> None:
    assert read(RICH) == [
        "MY SHOP", "Receipt: 17", Mark.PICTURE, Mark.PICTURE, Mark.PICTURE, "Tea 2.50", "€ 1.00", "米 rice",
        Mark.KICK, "TOTAL 3.50", Mark.CUT,
    ]  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(st.integers(0, len(RICH)), max_size=12))
def test_it_reads_the_same_however_the_bytes_are_split(places: list[int]) -> None:
    cuts = [0, *sorted(places), len(RICH)]
    assert read(*(RICH[a:b] for a, b in itertools.pairwise(cuts))) == read(RICH)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.binary(max_size=60), max_size=8))
def test_no_bytes_at_all_break_it_or_make_it_keep_them(chunks: list[bytes]) -> None:
    paper = Paper()
    for chunk in chunks:
        list(paper.feed(chunk))
        assert len(paper._pending) < 100


def test_columns_set_apart_are_words_apart() -> None:
    assert read(b"TOTAL\x1b$\x80\x0112.50\x1d\\\x01\x00SGD\n\x1b$\x00\x00Thanks") == ["TOTAL 12.50 SGD", "Thanks"]


def test_an_endless_line_is_cut_off() -> None:
    (line,) = read(b"x" * 10 * LONGEST_LINE)
    assert len(str(line)) == LONGEST_LINE


@pytest.mark.parametrize("foreign", [b"\x1b\x1da\x01Hello", b"\x1b*rA", b"\x1b\x1eF\x01"])
def test_star_printers_are_told_apart(foreign: bytes) -> None:
    assert Mark.FOREIGN in read(foreign)


def test_the_setting_overrules_the_code_page() -> None:
    thai = "ข้าว 45.00"
    assert read(b"\x1bt\x00" + thai.encode("cp874"), encoding="cp874") == [thai]
    assert read(b"\x1c&" + "飯".encode("big5"), double_byte="big5") == ["飯"]


@pytest.mark.parametrize(("cut", "after"), [(b"\x1dV\x00", ""), (b"\x1dV\x41\x10", ""), (b"\x1bi", ""), (b"\x1bm", "")])
def test_every_way_to_cut(cut: bytes, after: str) -> None:
    assert read(b"A" + cut + b"B") == ["A", Mark.CUT, "B"]


def test_a_status_request_is_no_kick_and_an_unknown_command_is_passed() -> None:
    assert read(b"\x10\x14\x02\x01\x08A\x10\x14\x01\x00\x05\x10B\x1b\x7fC\n\x10\x04\x07\x01D\n") == [Mark.KICK, "ABC", "D"]
