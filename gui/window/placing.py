"""Where the window stands on the desktop: whole from the start, in front only when somebody asks for it."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QMainWindow

PREFERRED, FRAME = QSize(1280, 800), QSize(40, 60)
"""The size at 100 %, and what a title bar and borders may add to it."""
SMALLEST = QSize(800, 560)


def is_roomy(room: QSize) -> bool:
    """Whether the preferred size fits with its frame, so that the status line is not pushed off the screen."""
    return (PREFERRED + FRAME).boundedTo(room) == PREFERRED + FRAME


def size_up(window: QMainWindow) -> None:
    """The preferred size, as far as the display has room for it."""
    window.setMinimumSize(SMALLEST)
    window.resize(PREFERRED.boundedTo(window.screen().availableGeometry().size() - FRAME))


def appear(window: QMainWindow) -> None:
    """Show for the first time, whole: maximised where the preferred size and its frame would not fit."""
    (window.show if is_roomy(window.screen().availableGeometry().size()) else window.showMaximized)()


def come_forward(window: QMainWindow) -> None:
    """Show the window because somebody asked for it; nothing else ever takes the focus."""
    window.show()
    window.setWindowState(window.windowState() & ~Qt.WindowState.WindowMinimized)
    window.raise_()
    window.activateWindow()
