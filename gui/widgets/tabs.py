"""Tabs that are words with an underline: the pages of the window, and the languages of an answer."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QKeyEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy

from gui.style import Look
from gui.widgets.buttons import CONFIRM_KEYS
from gui.widgets.marks import CounterBadge

UNDERLINE = 4


class TextTab(QAbstractButton):
    """One word, underlined while it is the current one; may carry a key hint and a counter."""

    def __init__(self, look: Look, text: str, on_press: Callable[[], None], *, key: str = "", height: int = 48) -> None:
        super().__init__()
        self._look, self._key, self._label = look, key, text
        self._key_shown = bool(key)
        self.count, self._tone = 0, ""
        self._current = False
        self._framed = height == 48
        self.badge = CounterBadge(look)
        self.badge.setParent(self)
        self.setFixedHeight(look.target(height))
        across = QSizePolicy.Policy.Preferred if self._framed else QSizePolicy.Policy.Fixed
        self.setSizePolicy(across, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setAccessibleName(text)
        self.clicked.connect(lambda _checked=False: on_press())

    def show_key(self, shown: bool) -> None:
        """Whether the key hint stands beside the word."""
        if self._key and shown != self._key_shown:
            self._key_shown = shown
            self.updateGeometry()
            self._place_badge()
            self.update()

    def label(self) -> str:
        """The word."""
        return self._label

    def is_current(self) -> bool:
        """Whether it is the place you are."""
        return self._current

    def set_current(self, current: bool) -> None:
        """Mark it as the place you are."""
        if current != self._current:
            self._current = current
            self.update()

    def show_count(self, count: int, tone: str = "") -> None:
        """The counter beside the word."""
        if count == self.count and tone == self._tone:
            return
        self.count, self._tone = count, tone
        self.badge.show_count(count, tone)
        self.setAccessibleDescription(str(count) if count else "")
        self.updateGeometry()
        self._place_badge()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter presses it as Space does."""
        if event.key() in CONFIRM_KEYS:
            self.click()
        else:
            super().keyPressEvent(event)

    def sizeHint(self) -> QSize:
        """Word, key, counter and padding."""
        return QSize(self._badge_at() + self._badge_room() + self._pad(), self.height())

    def minimumSizeHint(self) -> QSize:
        """Never narrower than its word."""
        return (
            self.sizeHint()
            if not self._framed
            else QSize(self._word() if not self._look.folded else self._look.px(32), self.height())
        )

    def _pad(self) -> int:
        return self._look.gap(14)

    def _word(self) -> int:
        return QFontMetrics(self._look.font(16, 600)).horizontalAdvance(self._label)

    def _key_room(self) -> int:
        return QFontMetrics(self._look.font(14)).horizontalAdvance(self._key) + self._look.gap(8) if self._key_shown else 0

    def _badge_at(self) -> int:
        return self._pad() + self._word() + self._key_room()

    def _badge_room(self) -> int:
        return 0 if self.badge.isHidden() else self.badge.sizeHint().width() + self._look.gap(8)

    def _place_badge(self) -> None:
        size = self.badge.sizeHint()
        self.badge.setGeometry(
            self._badge_at() + self._look.gap(8), (self.height() - size.height()) // 2, size.width(), size.height()
        )

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the counter in its place."""
        self._place_badge()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Word, key hint, underline and focus ring."""
        look, painter = self._look, QPainter(self)
        tone = "accent" if self._current or self.underMouse() else "ink2"
        painter.setFont(look.font(16, 600))
        painter.setPen(look.colour(tone))
        if self._framed:
            painter.drawText(self.rect().adjusted(0, 0, 0, -UNDERLINE), Qt.AlignmentFlag.AlignCenter, self._label)
        else:
            room = QRect(self._pad(), 0, self._word() + 4, self.height())
            painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, self._label)
            painter.setFont(look.font(14))
            painter.setPen(look.colour("ink2"))
            hint = room.adjusted(room.width() + look.gap(8) - 4, 0, 100, 0)
            painter.drawText(hint, Qt.AlignmentFlag.AlignVCenter, self._key if self._key_shown else "")
        self._paint_marks(painter)

    def _paint_marks(self, painter: QPainter) -> None:
        look = self._look
        if self._current or self._framed:
            under = look.colour(("focus" if look.high_contrast else "accent") if self._current else "line")
            painter.fillRect(0, self.height() - UNDERLINE, self.width(), UNDERLINE, under)
        if self.hasFocus():
            painter.setPen(QPen(look.colour("focus"), 3))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(2, 6, -2, -8), 6, 6)
