"""Glyphs, badges, counters and key caps: the small painted parts."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui.icons.glyphs import draw
from gui.style import Look


class Glyph(QWidget):
    """One shape in one colour."""

    def __init__(self, look: Look, name: str, tone: str = "ink", size: int = 24) -> None:
        super().__init__()
        self._look, self.name, self.tone = look, name, tone
        self.set_side(size)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def set_side(self, size: int) -> None:
        """Another size, in px at 100 %."""
        self.setFixedSize(self._look.gap(size), self._look.gap(size))

    def show_glyph(self, name: str, tone: str) -> None:
        """Another shape or colour."""
        if (name, tone) != (self.name, self.tone):
            self.name, self.tone = name, tone
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The shape; amber ones get their edge."""
        painter = QPainter(self)
        box = QRectF(self.rect())
        if self.name == "diamond" and not self._look.high_contrast:
            draw(painter, self.name, box, self._look.colour("attention.solid"), self._look.colour(_rim(self._look)))
        else:
            draw(painter, self.name, box, self._look.colour(self.tone))


def _rim(look: Look) -> str:
    return "attention.text" if look.theme == "light" else "attention.on_solid"


@dataclass(frozen=True, slots=True)
class Mark:
    """What a badge says: a word, a shape (or none) and a state (or none)."""

    word: str
    glyph: str = ""
    tone: str = ""


class Badge(QWidget):
    """A word on a tint with its shape, 28 high."""

    def __init__(self, look: Look, mark: Mark) -> None:
        super().__init__()
        self._look, self._mark = look, mark
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(mark.word)

    @property
    def mark(self) -> Mark:
        """What it says."""
        return self._mark

    def show_mark(self, mark: Mark) -> None:
        """Say something else."""
        if mark != self._mark:
            self._mark = mark
            self.setAccessibleName(mark.word)
            self.updateGeometry()
            self.update()

    def sizeHint(self) -> QSize:
        """As wide as its word."""
        width = QFontMetrics(self._font()).horizontalAdvance(self._mark.word) + self._look.px(20)
        if self._mark.glyph:
            width += self._look.px(19)
        return QSize(width, self._look.px(28))

    def _font(self) -> QFont:
        return self._look.font(14, 600)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Tint, shape and word; in high contrast a border instead of the tint."""
        look, mark = self._look, self._mark
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        tone = f"{mark.tone}.text" if mark.tone else "ink2"
        inset = 1.0 if look.high_contrast else 0.0
        painter.setPen(QPen(look.colour(tone), 2) if look.high_contrast else Qt.PenStyle.NoPen)
        painter.setBrush(look.colour(f"{mark.tone}.tint" if mark.tone else "sunk"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(inset, inset, -inset, -inset), 6, 6)
        left = look.px(10)
        if mark.glyph:
            side = look.px(16)
            box = QRectF(look.px(7), (self.height() - side) / 2, side, side)
            edge = look.colour("attention.text") if mark.glyph == "diamond" and look.theme == "light" else None
            draw(painter, mark.glyph, box, look.colour("attention.solid" if edge else tone), edge)
            left = look.px(29)
        painter.setPen(look.colour(tone))
        painter.setFont(look.font(14, 600))
        painter.drawText(self.rect().adjusted(left, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, mark.word)


class CounterBadge(QWidget):
    """A number on a disc beside a tab; hidden at zero."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look, self._count, self._tone = look, 0, ""
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.hide()

    def show_count(self, count: int, tone: str = "") -> None:
        """`tone` is empty (a count), `offline` (waiting) or `late` (needs a person)."""
        self._count, self._tone = count, tone
        self.setAccessibleName(str(count))
        self.setVisible(count > 0)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """A disc, or a pill for large numbers."""
        side = self._look.px(24)
        return QSize(
            max(side, QFontMetrics(self._look.font(14, 600)).horizontalAdvance(str(self._count)) + self._look.px(14)), side
        )

    def paintEvent(self, event: QPaintEvent) -> None:
        """The disc and its number."""
        look = self._look
        fill, text = {"late": ("late.solid", "late.on_solid"), "offline": ("offline.tint", "offline.text")}.get(
            self._tone, ("ink", "bg") if look.high_contrast else ("sunk", "ink")
        )
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(look.colour(text), 2) if look.high_contrast and self._tone == "offline" else Qt.PenStyle.NoPen)
        painter.setBrush(look.colour(fill))
        inset = 1.0 if look.high_contrast else 0.0
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(inset, inset, -inset, -inset), self.height() / 2, self.height() / 2)
        painter.setPen(look.colour(text))
        painter.setFont(look.font(14, 600))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, str(self._count))


def key_cap_size(look: Look, key: str, size: int = 14) -> QSize:
    """How much room the cap of a key takes."""
    side = look.px(size + 10)
    width = QFontMetrics(look.font(size, 600)).horizontalAdvance(key) + look.px(14)
    return QSize(max(width, side), side)


def draw_key_cap(painter: QPainter, look: Look, key: str, box: QRectF, tone: str, size: int = 14) -> None:
    """A key in a rounded frame of the current text colour."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(look.colour(tone), 1))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
    painter.setFont(look.font(size, 600))
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, key)
    painter.restore()


class KeyCap(QWidget):
    """A key's picture, standing alone in a ticket's head."""

    def __init__(self, look: Look, key: str, tone: str = "ink") -> None:
        super().__init__()
        self._look, self._key, self._tone = look, key, tone
        self.setFixedSize(key_cap_size(look, key))

    def show_key(self, key: str, tone: str) -> None:
        """Another key or colour; an empty key is no cap."""
        self._key, self._tone = key, tone
        self.setVisible(bool(key) and self._look.keys_shown)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The cap."""
        draw_key_cap(QPainter(self), self._look, self._key, QRectF(self.rect()), self._tone)
