"""A ticket says what to make, for whom and by when, and nothing in an order steers a printer."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import fields, replace
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.order import Method, Modifier, Order, OrderLine
from agent.core.order_words import PROBLEMS
from agent.core.sentence import Sentence
from agent.core.ticket import Emphasis, clean, render
from agent.core.ticket_words import WORDS, TicketLanguage
from tests.support.tickets import AT, an_order

ZONE = ZoneInfo("Asia/Singapore")


def texts(order: Order, *, copy: int = 1, possible_duplicate: bool = False) -> list[str]:
    return [line.text for line in render(order, zone=ZONE, copy=copy, possible_duplicate=possible_duplicate).lines]


def test_a_whole_order_reads_from_top_to_bottom() -> None:
    order = replace(an_order(), problems=("The total does not add up.",))
    assert texts(order) == [
        "A-17",
        "TAKEAWAY, Mei",
        "As soon as possible",
        "Placed 12:30",
        "ring twice",
        "",
        "2 x Chicken rice",
        "    + Egg",
        "    no chilli",
        "",
        "Total SGD 9.00",
        "! The total does not add up.",
    ]
    assert render(order, zone=ZONE).order_id == "ord-1"
    assert render(order, zone=ZONE).lines[0].emphasis is Emphasis.HUGE


def test_an_order_of_another_channel_says_how_it_came() -> None:
    order = an_order()
    assert "Came by dlv" in texts(replace(order, paid=replace(order.paid, source="dlv")))


def test_a_bare_order_says_only_what_is_known() -> None:
    line = OrderLine(name="Tea", quantity=1, modifiers=(Modifier(name="Sugar", quantity=2),))
    bare = replace(
        an_order().paid,
        placed_at=None,
        promised_at=AT,
        total=None,
        notes="",
        table="5",
        lines=(line,),
        customer=type(an_order().paid.customer)(),
    )
    assert texts(replace(an_order(), paid=bare)) == [
        "A-17",
        "TAKEAWAY, table 5",
        "Promised 12:30",
        "",
        "1 x Tea",
        "    + 2 x Sugar",
        "",
    ]


def test_copies_and_doubts_are_said_first() -> None:
    lines = render(an_order(), zone=ZONE, copy=2, possible_duplicate=True, instead_of="bar\x1b").lines
    assert [line.text for line in lines][:4] == ["POSSIBLE DUPLICATE", "COPY 2", "INSTEAD OF BAR", "A-17"]
    assert [line.emphasis for line in lines][:4] == [Emphasis.BANNER] * 3 + [Emphasis.HUGE]


@given(st.text())
def test_no_control_or_format_character_reaches_the_paper(text: str) -> None:
    order = an_order(name=text)
    for line in (clean(text), *texts(order)):
        assert not [char for char in line if unicodedata.category(char) in {"Cc", "Cf", "Cs", "Co"}]
    assert clean("a\r\nb\tc\x1b@") == "a  b c@"


@pytest.mark.parametrize("language", list(TicketLanguage))
def test_the_paper_speaks_the_language_of_the_outlet(language: TicketLanguage) -> None:
    words, mismatch = WORDS[language], Sentence("Odd.", "total_mismatch", items="8.00", paid="5.00")
    order = replace(an_order(), paid=replace(an_order().paid, table="7", source="deliverect"), problems=(mismatch, "As found."))
    lines = [line.text for line in render(order, zone=ZONE, language=language, copy=2, possible_duplicate=True).lines]
    assert lines[:2] == [words.duplicate, words.copy.format(copy=2)]
    assert lines[3].startswith(f"{words.methods[order.paid.method]}, {words.table.format(table=7)}")
    assert words.came_by.format(device="deliverect") in lines
    assert lines[-1] == "! As found."
    assert ("Odd." in lines[-2]) == (language is TicketLanguage.ENGLISH)
    assert words.methods.keys() == set(Method)


def test_every_language_of_the_paper_has_the_same_holes() -> None:
    texts = [{field.name: getattr(words, field.name) for field in fields(words)} for words in WORDS.values()]
    holes = [{name: re.findall("{.*?}", text) for name, text in one.items() if isinstance(text, str)} for one in texts]
    assert all(each == holes[0] for each in holes)
    assert all(text.strip() for one in texts for text in one.values() if isinstance(text, str))
    assert {frozenset(words.problems) for words in WORDS.values() if words.problems} == {frozenset(PROBLEMS["zh"])}
