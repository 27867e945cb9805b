"""What a GS1 code says about itself is read, and nothing is made up."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.errors import InvalidInput
from agent.core.gs1 import Element, check_digit_ok, elements


@pytest.mark.parametrize("digits", ["5901234123457", "96385074", "036000291452", "09501101530003"])
def test_good_check_digits(digits: str) -> None:
    assert check_digit_ok(digits)


@pytest.mark.parametrize("digits", ["5901234123458", "96385075", "", "7", "12a4", "٣٤٥٦"])
def test_bad_check_digits(digits: str) -> None:
    assert not check_digit_ok(digits)


def test_elements_of_fixed_and_open_length() -> None:
    text = "0109501101530003" + "17261231" + "10LOT-7\x1d" + "3922250" + "\x1d" + "21X1"
    assert elements(text) == (
        Element("01", "09501101530003"),
        Element("17", "261231"),
        Element("10", "LOT-7"),
        Element("3922", "250"),
        Element("21", "X1"),
    )


def test_a_member_card_is_a_service_relation_number() -> None:
    assert elements("\x1d8018" + "950110153000000014")[0].ai == "8018"


@pytest.mark.parametrize("text", ["0109501101530004", "01095", "8018123", "Zebra", "17abcdef", "10", "255123"])
def test_what_is_not_gs1_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        elements(text)
    assert refused.value.reason == "not_gs1"


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        found = elements(text)
    except InvalidInput:
        return
    assert "".join(element.ai + element.value for element in found) == text.replace("\x1d", "")
