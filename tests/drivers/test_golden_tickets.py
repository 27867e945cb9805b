"""What comes out of the printer looks as it did when somebody looked at it: every language, both widths."""

from __future__ import annotations

import pytest
from PIL import Image, ImageChops

from tests.drivers.golden_tickets import FOLDER, GOLDEN, missing_fonts, printed
from tests.faults import figures

MOST_DIFFERENT = 0.005
"""Share of the dots that another version of a font may draw otherwise; a moved or missing word is far more."""


def difference(one: Image.Image, other: Image.Image) -> float:
    """Share of the black dots of either that only one of them has."""
    if one.size != other.size:
        return 1.0
    black = sum(ImageChops.logical_or(ImageChops.invert(one), ImageChops.invert(other)).histogram()[1:])
    return sum(ImageChops.logical_xor(one, other).histogram()[1:]) / black


@pytest.mark.parametrize("name", list(GOLDEN))
def test_a_ticket_looks_as_it_was_approved(name: str) -> None:
    if lacking := missing_fonts(name):
        pytest.skip(f"this computer has not the fonts of Debian 12: {', '.join(lacking)}; installer/linux/fonts.sh brings them")
    with Image.open(FOLDER / f"{name}.png") as golden:
        share = difference(printed(name), golden.convert("1"))
    figures.record("tickets", f"{name}: dots unlike the approved picture", f"{share:.2%}")
    assert share <= MOST_DIFFERENT


def test_a_word_less_would_be_noticed() -> None:
    if missing_fonts("en-58"):
        pytest.skip("this computer lacks the letters that stand for the printer's")
    image = printed("en-80")
    poorer = image.copy()
    poorer.paste(1, (16, 250, 400, 330))
    assert difference(image, poorer) > MOST_DIFFERENT
