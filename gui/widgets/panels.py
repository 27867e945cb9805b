"""Layouts and grounds: panels, bars, strips, rows of widgets and lists that scroll."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QLayout, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from gui.style import Look

Margins = tuple[int, int, int, int]
"""Left, top, right, bottom."""
Piece = QWidget | QLayout | int | None
"""A widget, a layout, fixed room in px, or stretch (None)."""


def column(pieces: Sequence[Piece] = (), *, gap: int = 0, margins: Margins = (0, 0, 0, 0)) -> QVBoxLayout:
    """Pieces below each other."""
    layout = QVBoxLayout()
    fill(layout, pieces, gap, margins)
    return layout


def row(pieces: Sequence[Piece] = (), *, gap: int = 0, margins: Margins = (0, 0, 0, 0)) -> QHBoxLayout:
    """Pieces beside each other."""
    layout = QHBoxLayout()
    fill(layout, pieces, gap, margins)
    return layout


def fill(layout: QBoxLayout, pieces: Sequence[Piece], gap: int, margins: Margins) -> None:
    """Put pieces into a layout with measures that are already scaled."""
    layout.setSpacing(gap)
    layout.setContentsMargins(*margins)
    for piece in pieces:
        if piece is None:
            layout.addStretch(1)
        elif isinstance(piece, int):
            layout.addSpacing(piece)
        elif isinstance(piece, QWidget):
            layout.addWidget(piece)
        else:
            layout.addLayout(piece)


def holder(layout: QLayout, part: str = "", state: str = "") -> QFrame:
    """A frame around a layout; `part` is `panel`, `bar`, `foot`, `strip`, `flat`, `banner` or nothing."""
    frame = QFrame()
    frame.setProperty("part", part)
    frame.setProperty("state", state)
    frame.setLayout(layout)
    return frame


def restate(frame: QWidget, state: str) -> None:
    """Give a frame another state colour."""
    if frame.property("state") != state:
        frame.setProperty("state", state)
        frame.style().unpolish(frame)
        frame.style().polish(frame)


def rule(look: Look) -> QFrame:
    """A separator."""
    line = QFrame()
    line.setProperty("part", "line")
    line.setFixedHeight(2 if look.high_contrast else 1)
    return line


def scrolling(inside: QWidget, name: str) -> QScrollArea:
    """A list that scrolls when the window is short."""
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    area.setAccessibleName(name)
    inside.setProperty("part", "inside")
    area.setWidget(inside)
    area.viewport().setAutoFillBackground(False)
    inside.setAutoFillBackground(False)
    return area


def empty(layout: QLayout) -> None:
    """Take everything out of a layout and let go of it."""
    while (item := layout.takeAt(0)) is not None:
        widget, inner = item.widget(), item.layout()
        if widget is not None:
            widget.hide()
            widget.setParent(None)
            widget.deleteLater()
        elif inner is not None:
            empty(inner)


def wide(widget: QWidget) -> QWidget:
    """Let a widget take the room that is left."""
    widget.setSizePolicy(QSizePolicy.Policy.Expanding, widget.sizePolicy().verticalPolicy())
    return widget
