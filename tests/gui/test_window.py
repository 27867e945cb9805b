"""The window on the desktop: whole from the start, whatever the screen's size."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QSize
from pytestqt.qtbot import QtBot

from gui.session import Session
from gui.style import Look
from gui.window.main import MainWindow
from gui.window.placing import appear, is_roomy


@pytest.mark.parametrize(
    ("width", "height", "roomy"),
    [(1280, 776, False), (1920, 1040, True), (1320, 860, True), (1320, 859, False), (1319, 900, False)],
)
def test_title_bar_and_frame_are_counted(width: int, height: int, roomy: bool) -> None:
    assert is_roomy(QSize(width, height)) is roomy


def test_on_a_small_screen_the_window_starts_maximised(qtbot: QtBot, session: Session) -> None:
    made = MainWindow(Look(), session)
    qtbot.addWidget(made)
    room = made.screen().availableGeometry()
    assert not is_roomy(room.size()), "the offscreen platform's screen is a small one"
    appear(made)
    qtbot.waitExposed(made)
    assert made.isMaximized()
    made.showNormal()
    assert made.width() < room.width() or made.width() == made.minimumWidth()
