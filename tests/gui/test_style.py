"""Every text can be read, in every theme and at every zoom."""

from __future__ import annotations

from itertools import combinations

import pytest
from PySide6.QtCore import QObject, QPoint, QRect, Signal
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gui.icons.glyphs import SHAPES, shape
from gui.qss import sheet
from gui.session import Session
from gui.style import PALETTES, ZOOM_STEPS, Look, Theme, contrast, text_pairs, token
from gui.widgets.buttons import Button
from gui.widgets.text import Elided
from gui.window.main import MainWindow
from gui.window.tray import DARK_BAR, LIGHT_BAR, icon
from tests.gui import sample


@pytest.mark.parametrize("theme", Theme)
def test_every_pair_of_text_and_ground_has_enough_contrast(theme: Theme) -> None:
    palette = PALETTES[theme]
    worst = {pair: contrast(token(palette, pair[0]), token(palette, pair[1])) for pair in text_pairs(palette)}
    assert {pair: round(ratio, 2) for pair, ratio in worst.items() if ratio < 4.5} == {}


@pytest.mark.parametrize("theme", Theme)
def test_borders_of_controls_can_be_seen(theme: Theme) -> None:
    palette = PALETTES[theme]
    assert min(contrast(palette.edge, palette.surface), contrast(palette.edge, palette.bg)) >= 3.0


def test_contrast_knows_its_ends() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21.0)


def test_tray_icons_are_seen_on_both_taskbars() -> None:
    assert min(contrast(colour, "#F3F3F3") for colour in LIGHT_BAR.values()) >= 4.5
    assert min(contrast(colour, "#1C1C1C") for colour in DARK_BAR.values()) >= 4.5


def test_the_six_states_differ_in_shape_and_not_only_in_colour(qapp: QApplication) -> None:
    assert len({str(shape(name).boundingRect()) + str(shape(name).elementCount()) for name in LIGHT_BAR}) == 6
    assert all(not shape(name).isEmpty() for name in SHAPES)
    assert not icon("gone", dark=True).isNull()


@pytest.mark.parametrize("zoom", ZOOM_STEPS)
def test_nothing_is_written_smaller_than_it_may_be(zoom: int) -> None:
    look = Look(zoom=zoom)
    assert look.target(48) >= 48
    assert look.px(16) == round(16 * zoom / 100)


@pytest.mark.parametrize("theme", Theme)
def test_the_style_sheet_is_whole(qapp: QApplication, theme: Theme) -> None:
    text = sheet(Look(theme))
    assert text.count("{") == text.count("}")


class Bell(QObject):
    rang = Signal(object)


def test_a_hundred_thousand_signals_cost_no_reference(qapp: QApplication) -> None:
    """PySide 6.12 with Python 3.11 loses a reference to True at every emit and aborts; the pinned pair must not."""
    bell, heard = Bell(), [0]
    bell.rang.connect(lambda _value: heard.__setitem__(0, heard[0] + 1))
    for _ in range(100_000):
        bell.rang.emit(True)
    assert heard == [100_000]


@pytest.mark.parametrize("width", [60, 120, 200, 300])
def test_a_sentence_that_does_not_fit_ends_on_a_whole_word_and_tells_the_rest(qtbot: QtBot, width: int) -> None:
    sentence = "There is no connection and this member has not been here lately."
    label = Elided(Look(), sentence, size=14)
    qtbot.addWidget(label)
    label.resize(width, 24)
    label.show()
    shown = label.shown_text()
    assert sentence.startswith(shown.removesuffix("…") + " ")
    assert label.toolTip() == sentence
    label.setText("Short")
    assert (label.shown_text(), label.toolTip()) == ("Short", "")


@pytest.mark.parametrize("height", [604, 548, 492])
def test_no_key_lies_over_another_in_a_low_window(qtbot: QtBot, window: MainWindow, session: Session, height: int) -> None:
    session.hear("scan", {"scan_id": "s1", "kind": "member", "member": sample.MEMBERS[0]})
    keypad = window.counter.keypad
    qtbot.waitUntil(lambda: keypad.isVisible())

    def lies_well() -> None:
        window.resize(1280, window.height() + height - keypad.height())
        assert abs(keypad.height() - height) <= 1
        keys = [key for key in keypad.findChildren(Button) if key.isVisible()]
        boxes = [QRect(key.mapTo(keypad, QPoint()), key.size()) for key in keys]
        over = [(one, other) for one, other in combinations(boxes, 2) if one.intersects(other)]
        assert (over, [box for box in boxes if not keypad.rect().contains(box)]) == ([], [])

    qtbot.waitUntil(lies_well)
