"""One dish of a ticket: quantity, name and what to mind, struck through by a touch or by Space."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy

from gui.strings import tr
from gui.style import Look
from gui.widgets.buttons import CONFIRM_KEYS

WRAP = int(Qt.TextFlag.TextWordWrap)
LEAST = 48


@dataclass(frozen=True, slots=True)
class Scale:
    """Text sizes of a ticket at 100 %."""

    number: int = 24
    age: int = 18
    method: int = 16
    strip: int = 16
    dish: int = 20
    extra: int = 16
    foot: int = 18
    head: int = 48
    key: int = 14


COUNTER = Scale()
KITCHEN = Scale(number=56, age=30, method=26, strip=36, dish=40, extra=32, foot=32, head=80, key=26)
"""For two metres."""


class Dish(QAbstractButton):
    """Painted whole, because a board has hundreds of them."""

    def __init__(
        self, look: Look, scale: Scale, words: tuple[int, str, str], *, struck: bool, on_press: Callable[[], None] | None
    ) -> None:
        """`words` are quantity, name, and modifiers with the note."""
        super().__init__()
        self._look, self._scale = look, scale
        self._count, self._name, self._extra = words
        self._struck, self._chosen = struck, False
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        spoken = ", ".join(part for part in (f"{self._count} {self._name}", self._extra) if part)
        does = tr("ticket.line_open" if struck else "ticket.line_done", line=spoken)
        self.setAccessibleName(does if on_press is not None else spoken)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        if on_press is not None:
            self.clicked.connect(lambda _checked=False: on_press())
        else:
            self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            self.setEnabled(False)

    def choose(self, chosen: bool) -> None:
        """Space is for this one."""
        if chosen != self._chosen:
            self._chosen = chosen
            self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter strikes it through as Space does."""
        if event.key() in CONFIRM_KEYS:
            self.click()
        else:
            super().keyPressEvent(event)

    def sizeHint(self) -> QSize:
        """As wide as anything, as high as two lines."""
        return QSize(self._look.gap(200), self.heightForWidth(self._look.gap(200)))

    def minimumSizeHint(self) -> QSize:
        """Wide enough for a word."""
        return QSize(self._left() + self._look.px(self._scale.dish) * 3, self._least())

    def hasHeightForWidth(self) -> bool:
        """Narrow is high."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Name and modifiers below each other."""
        name, extra = self._boxes(width)
        return max(self._least(), name.height() + extra.height() + 4)

    def _least(self) -> int:
        return max(LEAST if self.isEnabled() else 0, self._look.line(self._scale.dish))

    def _left(self) -> int:
        digits = QFontMetrics(self._number_font()).horizontalAdvance("0" * max(1, len(str(self._count))))
        return max(self._look.px(self._scale.dish), digits) + self._look.gap(10)

    def _number_font(self) -> QFont:
        return self._look.font(self._scale.dish, 600, tabular=True)

    def _boxes(self, width: int) -> tuple[QRect, QRect]:
        room = QRect(0, 0, max(1, width - self._left()), 10_000)
        name = QFontMetrics(self._look.font(self._scale.dish, 600)).boundingRect(room, WRAP, self._name)
        extra = QRect()
        if self._extra:
            extra = QFontMetrics(self._look.font(self._scale.extra)).boundingRect(room, WRAP, self._extra)
        return name, extra

    def paintEvent(self, event: QPaintEvent) -> None:
        """Quantity in its own column, the name, and below it what to mind."""
        look, painter, left = self._look, QPainter(self), self._left()
        name, extra = self._boxes(self.width())
        top = max(0, (self.height() - name.height() - extra.height()) // 2)
        if self._chosen or self.underMouse() or self.isDown():
            painter.fillRect(self.rect(), look.colour("accent_tint" if not look.high_contrast else "bg"))
        tone = "ink2" if self._struck else "ink"
        painter.setPen(look.colour(tone))
        painter.setFont(_struck(self._number_font(), self._struck))
        number = QRect(0, top, left - look.gap(10), name.height())
        painter.drawText(number, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop), str(self._count))
        painter.setFont(_struck(look.font(self._scale.dish, 600), self._struck))
        room = QRect(left, top, self.width() - left, name.height() + 2)
        painter.drawText(room, WRAP, self._name)
        if self._extra:
            painter.setPen(look.colour("ink2"))
            painter.setFont(_struck(look.font(self._scale.extra), self._struck))
            painter.drawText(QRect(left, top + name.height(), room.width(), extra.height() + 2), WRAP, self._extra)
        if self.hasFocus() or self._chosen:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(look.colour("focus"), 3))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1.5, 1.5, -1.5, -1.5), 6, 6)


def _struck(font: QFont, struck: bool) -> QFont:
    if not struck:
        return font
    made = QFont(font)
    made.setStrikeOut(True)
    return made
