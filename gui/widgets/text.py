"""Plain-text labels of the type scale; nothing shown is ever read as markup."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from gui.style import Look

LINE_HEIGHTS = {14: 20, 16: 24, 18: 24, 20: 28, 24: 32, 28: 36, 32: 40, 44: 52, 72: 76}


class Text(QLabel):
    """A label of one size, weight and tone."""

    def __init__(
        self,
        look: Look,
        text: str = "",
        *,
        size: int = 16,
        weight: int = 400,
        tone: str = "ink",
        wrap: bool = False,
        tabular: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._look = look
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setFont(look.font(size, weight, tabular=tabular))
        self.setProperty("tone", tone)
        self.setWordWrap(wrap)
        self.setMinimumHeight(look.px(LINE_HEIGHTS.get(size, size)))
        if wrap:
            self.setMinimumWidth(look.px(48))  # else Qt guesses a width from the text and the row grows out of its panel
        self.setText(text)

    def set_tone(self, tone: str) -> None:
        """Another colour, by token."""
        if self.property("tone") != tone:
            self.setProperty("tone", tone)
            self.style().unpolish(self)
            self.style().polish(self)

    def show_text(self, text: str) -> None:
        """Set the text, and hide the label while there is none."""
        if self.text() != text:
            self.setText(text)
        self.setVisible(bool(text))


class Elided(Text):
    """A one-line label that shortens what does not fit and tells the whole in its tooltip."""

    def __init__(self, look: Look, text: str = "", *, size: int = 16, weight: int = 400, tone: str = "ink") -> None:
        super().__init__(look, text, size=size, weight=weight, tone=tone)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)

    def minimumSizeHint(self) -> QSize:
        """Narrow enough for any row."""
        return QSize(self._look.px(48), super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the tooltip true to what is cut."""
        super().resizeEvent(event)
        cut = self.fontMetrics().horizontalAdvance(self.text()) > self.width()
        self.setToolTip(self.text() if cut else "")

    def paintEvent(self, event: QPaintEvent) -> None:
        """One line, shortened at its end."""
        painter = QPainter(self)
        painter.setPen(self._look.colour(str(self.property("tone"))))
        painter.setFont(self.font())
        shown = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width())
        painter.drawText(self.rect(), int(self.alignment() | Qt.AlignmentFlag.AlignVCenter), shown)
