"""The strip of totals shows every dish that has room, and the button to the rest only while something is missing."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gui.board.to_make import ToMake
from gui.style import Look
from gui.wire.orders import read_order
from tests.gui import sample

WIDTHS = range(700, 2000, 37)
LINES = [sample.line(3, "Nasi Lemak Ayam"), sample.line(2, "Kopi C Kosong"), sample.line(1, "Laksa")]
THREE = [read_order(sample.order("T1", "ACCEPTED", "PICKUP", "", LINES))]


def nothing() -> None:
    """No press is tested here."""


@pytest.fixture(params=[False, True], ids=["board", "kitchen"])
def strip(request: pytest.FixtureRequest, qtbot: QtBot, qapp: QApplication) -> ToMake:
    made = ToMake(Look(), nothing, nothing, nothing, large=request.param)
    qtbot.addWidget(made)
    made.show()
    return made


def shown_at(strip: ToMake, qapp: QApplication, width: int) -> int:
    strip.resize(width, 80)
    strip.refresh(THREE, 15, "")
    qapp.processEvents()
    return len(strip._items._shown)


def test_a_dish_is_behind_the_button_only_where_it_has_no_room(strip: ToMake, qapp: QApplication) -> None:
    for width in WIDTHS:
        count = shown_at(strip, qapp, width)
        right = strip._prep if strip._prep.isVisible() else strip._recall
        free = right.x() - strip._items.geometry().right()
        assert free >= 0, f"{width} px: the totals stand in the way of what is beside them"
        assert strip._all.isVisible() == (count < 3)
        missing = strip._items.width_of(strip._totals) - strip._items.width_of(strip._totals[:count])
        assert count == 3 or free < missing + 2 * strip._look.gap(12) + 2, f"{width} px: only {count} dishes"


def test_all_three_dishes_are_on_a_kitchen_screen_of_1280_px(strip: ToMake, qapp: QApplication) -> None:
    assert shown_at(strip, qapp, 1280) == 3
