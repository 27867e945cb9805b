"""Plain-text labels of the type scale; nothing shown is ever read as markup."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from gui.style import Look


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
        self.setMinimumHeight(look.line(size))
        if wrap:
            self.setMinimumWidth(look.px(48))  # else Qt guesses a width from the text and the row grows out of its panel
        self.setText(text)

    def set_size(self, size: int, weight: int = 400) -> None:
        """Other letters."""
        self.setFont(self._look.font(size, weight))
        self.setMinimumHeight(self._look.line(size))

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

    def __init__(
        self, look: Look, text: str = "", *, size: int = 16, weight: int = 400, tone: str = "ink", is_data: bool = True
    ) -> None:
        """`is_data` is false where the sentence is the screen's own and has to fit."""
        self.is_data = is_data
        super().__init__(look, text, size=size, weight=weight, tone=tone)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)

    def minimumSizeHint(self) -> QSize:
        """Narrow enough for any row."""
        return QSize(self._look.px(48), super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the tooltip true to what is cut."""
        super().resizeEvent(event)
        self._tell_whole()

    def setText(self, text: str) -> None:
        """Another text, and the whole of it as tooltip where it is cut."""
        super().setText(text)
        self._tell_whole()

    def _tell_whole(self) -> None:
        self.setToolTip("" if self.shown_text() == self.text() else self.text())

    def shown_text(self) -> str:
        """What of the text can be read, ending on a whole word where there is more than one."""
        return shortened(self.fontMetrics(), self.text(), self.width())

    def paintEvent(self, event: QPaintEvent) -> None:
        """One line, shortened at its end."""
        painter = QPainter(self)
        painter.setPen(self._look.colour(str(self.property("tone"))))
        painter.setFont(self.font())
        painter.drawText(self.rect(), int(self.alignment() | Qt.AlignmentFlag.AlignVCenter), self.shown_text())


def shortened(metrics: QFontMetrics, text: str, width: int) -> str:
    """The text, or as many whole words of it as fit with an ellipsis; a single long word is cut."""
    if metrics.horizontalAdvance(text) <= width:
        return text
    words = text.split(" ")
    for count in range(len(words) - 1, 0, -1):
        shown = " ".join(words[:count]).rstrip(",.;:") + "…"
        if metrics.horizontalAdvance(shown) <= width:
            return shown
    return metrics.elidedText(text, Qt.TextElideMode.ElideRight, width)
