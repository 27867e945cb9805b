"""Find text that cannot be read whole: cut by its own box, by its window, or shortened though it is the screen's own sentence."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QLabel, QScrollArea, QWidget

from gui.tickets.head import TicketHead
from gui.widgets.buttons import Button
from gui.widgets.dish import Dish
from gui.widgets.marks import Badge, CounterBadge
from gui.widgets.tabs import TextTab
from gui.widgets.text import Elided
from gui.window.top_bar import ScanLamp

SLACK = 1
"""Px that rounding may take."""


def cut(window: QWidget) -> Iterator[str]:
    """One line for each text that is not whole."""
    for each in window.findChildren(QWidget):
        if each.isVisible() and (problem := _inside(each) or _outside(each, window)):
            yield f"{type(each).__name__} {_words(each)!r}: {problem}"


def _words(each: QWidget) -> str:
    if isinstance(each, QLabel):
        return each.text()
    return each.label() if isinstance(each, Button | TextTab) else each.accessibleName()


def _inside(each: QWidget) -> str:
    """Whether a text fits into its own box."""
    if isinstance(each, Elided):
        return "" if each.is_data or each.shown_text() == each.text() else "shortened"
    if isinstance(each, QLabel):
        return _label(each)
    if isinstance(each, Button):
        return _button(each)
    if isinstance(each, TicketHead):
        return "" if each.words_width() <= each.width() + SLACK else f"{each.width()} of {each.words_width()} px wide"
    if isinstance(each, Dish):
        needs = each.heightForWidth(each.width())
        return "" if needs <= each.height() + SLACK else f"{each.height()} of {needs} px high"
    if isinstance(each, TextTab | Badge | CounterBadge | ScanLamp):
        wanted = each.minimumSizeHint().expandedTo(
            each.sizeHint() if isinstance(each, Badge | ScanLamp) else each.minimumSizeHint()
        )
        return "" if wanted.width() <= each.width() + SLACK else f"{each.width()} of {wanted.width()} px wide"
    return ""


def _label(each: QLabel) -> str:
    if not each.text():
        return ""
    if each.wordWrap():
        needs = each.heightForWidth(each.width())
        longest = max(QFontMetrics(each.font()).horizontalAdvance(word) for word in [*each.text().split(), ""])
        if longest > each.width() + SLACK and not any(ord(char) > 0x2E80 for char in each.text()):
            return f"a word is {longest} px, the box {each.width()}"
        return "" if needs <= each.height() + SLACK else f"{each.height()} of {needs} px high"
    width, ink = each.sizeHint().width(), QFontMetrics(each.font()).tightBoundingRect(each.text()).height()
    if width > each.width() + SLACK:
        return f"{each.width()} of {width} px wide"
    return "" if ink <= each.height() + SLACK else f"{each.height()} of {ink} px high"


def _button(each: Button) -> str:
    room, metrics = each.label_room(), QFontMetrics(each.label_font())
    wrapped = int(Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignVCenter)
    box = metrics.boundingRect(QRect(0, 0, room.width(), 10_000), wrapped, each.label())
    if box.width() > room.width() + SLACK:
        return f"{room.width()} of {box.width()} px wide"
    return "" if box.height() <= each.height() + SLACK else f"{each.height()} of {box.height()} px high"


def _outside(each: QWidget, window: QWidget) -> str:
    """Whether what is around a text lets it be seen; lists may be scrolled down to it."""
    if not _words(each) or not isinstance(each, QLabel | Button | Dish | TextTab | Badge | ScanLamp):
        return ""
    box = QRect(QPoint(), each.size())
    holder: QWidget = each
    while holder is not window and not holder.isWindow():
        box.translate(holder.pos())
        above = holder.parentWidget()
        if above is None:
            return ""
        holder = above
        scrolls = isinstance(holder.parentWidget(), QScrollArea)
        if box.left() < -SLACK or box.right() > holder.width() + SLACK:
            return f"beyond the side of its {type(holder).__name__}"
        if scrolls:
            box.setRect(box.left(), 0, box.width(), 0)
        elif box.top() < -SLACK or box.bottom() > holder.height() + SLACK:
            return f"beyond the foot of its {type(holder).__name__}"
    return ""
