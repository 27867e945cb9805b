"""No text is cut off: every view in every script, at 100 and at 200 %, in the reference window and in a small one."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from gui.style import Look, Theme
from gui.widgets.buttons import Button
from gui.widgets.text import Text
from gui.window.main import MainWindow
from tests.gui import gallery, sample
from tests.gui.clipping import cut

SETTLING = 5
"""A button that grows for its second line moves what is below; so often layouts may need another turn."""
WINDOWS = [
    *((Look(zoom=zoom, language=code), 1280, 800) for code, zoom in gallery.WAYS),
    (Look(Theme.CONTRAST, 200, language="ta"), 1280, 800),
    (Look(language="ms"), 1024, 768),
    (Look(language="ta"), 1024, 768),
]
"""Colours change no measure; high contrast has wider borders and stands for them at their worst."""


@pytest.mark.parametrize(
    ("look", "width", "height"),
    WINDOWS,
    ids=lambda value: f"{value.theme}-{value.language}-{value.zoom}" if isinstance(value, Look) else str(value),
)
def test_no_text_is_cut_in_any_view(qtbot: QtBot, qapp: QApplication, look: Look, width: int, height: int) -> None:
    window = MainWindow(look, sample.session(sample.base()))
    qtbot.addWidget(window)
    window.resize(width, height)
    window.show()
    found = []
    for name, scene in gallery.SCENES.items():
        window._session.state = sample.base()
        if window.in_kitchen:
            window.toggle_kitchen()
            window.resize(width, height)
        scene(window)
        for _ in range(SETTLING):
            window.tick()
            qapp.processEvents()
        found += [f"{name}: {line}" for line in cut(window)]
    assert found == [], "\n".join(found)


@pytest.mark.parametrize("size", [(60, 40), (300, 10)])
def test_a_label_that_is_cut_is_found(qtbot: QtBot, size: tuple[int, int]) -> None:
    holder = QWidget()
    qtbot.addWidget(holder)
    label = Text(Look(), "Everything is saved here", parent=holder)
    label.setMinimumHeight(0)
    label.setGeometry(0, 0, *size)
    holder.show()
    assert any("px" in line for line in cut(holder))


def test_a_button_beyond_the_edge_is_found(qtbot: QtBot) -> None:
    holder = QWidget()
    qtbot.addWidget(holder)
    Button(Look(), "Earn", parent=holder).setGeometry(150, 0, 100, 48)
    QLabel("Whole", holder).setGeometry(0, 60, 100, 30)
    holder.resize(200, 100)
    holder.show()
    assert [line for line in cut(holder) if "beyond" in line] == ["Button 'Earn': beyond the side of its QWidget"]
