"""What a scanner says about the kind of a code is read, and nothing is made up."""

from __future__ import annotations

import pytest

from agent.core.symbology import split_aim


@pytest.mark.parametrize(
    ("text", "symbology", "rest"),
    [
        ("]E05901234123457", "ean13", "5901234123457"),
        ("]E496385074", "ean8", "96385074"),
        ("]C0ABC", "code128", "ABC"),
        ("]C1ABC", "gs1-128", "ABC"),
        ("]Q1ABC", "qr", "ABC"),
        ("]Q3ABC", "gs1-qr", "ABC"),
        ("]d2ABC", "gs1-datamatrix", "ABC"),
        ("]y0ABC", "other", "ABC"),
        ("ABC]Q1", "", "ABC]Q1"),
        ("]Q", "", "]Q"),
        ("]1QABC", "", "]1QABC"),
    ],
)
def test_aim_ids(text: str, symbology: str, rest: str) -> None:
    assert split_aim(text) == (symbology, rest)
