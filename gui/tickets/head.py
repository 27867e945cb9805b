"""The head of a ticket: the digit that picks it, its number, and its age, on one line or on two."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui.icons.glyphs import draw
from gui.style import Look
from gui.tickets.words import Age, Pace
from gui.widgets.dish import Scale
from gui.widgets.marks import draw_key_cap, key_cap_size

TONES = {Pace.DUE: "attention", Pace.LATE: "late.on_solid", Pace.READY: "ok"}


class TicketHead(QWidget):
    """Painted whole; its ground is the ticket's."""

    def __init__(self, look: Look, scale: Scale, ref: str, *, prefix: str = "") -> None:
        super().__init__()
        self._look, self._scale, self._ref, self._prefix = look, scale, ref, prefix
        self._key = ""
        self._lit = False
        self.age = Age(Pace.CALM, "")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        policy = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def show_key(self, key: str) -> None:
        """Another digit, or none."""
        key = key if self._look.keys_shown else ""
        if key != self._key:
            self._key = key
            self.updateGeometry()
            self.update()

    def show_age(self, age: Age) -> bool:
        """Another age; whether it is another one."""
        if age == self.age:
            return False
        self.age = age
        self.updateGeometry()
        self.update()
        return True

    def light(self, lit: bool) -> None:
        """Its ground flashes, or rests again."""
        self._lit = lit
        self.update()

    def text_tone(self) -> str:
        """The token of its number."""
        return self._tone("late.on_solid" if self.age.pace is Pace.LATE else "ink")

    def _tone(self, rest: str) -> str:
        return "attention.on_solid" if self._lit else rest

    def hasHeightForWidth(self) -> bool:
        """Narrow is high."""
        return True

    def heightForWidth(self, width: int) -> int:
        """One line, or two where number and age do not fit beside each other."""
        line = max(self._look.gap(self._scale.head), self._look.line(self._scale.number) + self._look.gap(8))
        return line if self._fits(width) else line + self._look.line(self._scale.age) + self._look.gap(4)

    def sizeHint(self) -> QSize:
        """At the width of a column."""
        return QSize(self._look.gap(240), self.heightForWidth(self._look.gap(240)))

    def words_width(self) -> int:
        """Width of the wider of its two parts, for measuring."""
        return max(self._left_width(), self._right_width()) + 2 * self._side()

    def _side(self) -> int:
        return self._look.gap(12)

    def _fonts(self) -> tuple[QFont, QFont, QFont]:
        look, scale = self._look, self._scale
        age = 16 if self.age.pace is Pace.READY and scale.age < 20 else scale.age
        return look.font(scale.number, 700), look.font(age, 700, tabular=True), look.font(min(scale.age, 16), 600)

    def _left_width(self) -> int:
        cap = key_cap_size(self._look, self._key, self._scale.key).width() + self._look.gap(10) if self._key else 0
        return cap + QFontMetrics(self._fonts()[0]).horizontalAdvance(self._ref)

    def _right_width(self) -> int:
        _, age, prefix = self._fonts()
        width = QFontMetrics(age).horizontalAdvance(self.age.text)
        if self.age.glyph:
            width += self._glyph_side() + self._look.gap(8)
        return width + (QFontMetrics(prefix).horizontalAdvance(self._prefix) + self._look.gap(8) if self._has_prefix() else 0)

    def _has_prefix(self) -> bool:
        return bool(self._prefix) and self.age.pace is Pace.NEW and not self._look.folded

    def _glyph_side(self) -> int:
        return self._look.gap(max(20, self._scale.age))

    def _fits(self, width: int) -> bool:
        return self._left_width() + self._right_width() + 2 * self._side() + self._look.gap(12) <= width

    def paintEvent(self, event: QPaintEvent) -> None:
        """Key, number, and at the right the age with its shape."""
        look, painter = self._look, QPainter(self)
        one = self._fits(self.width())
        line = self.height() if one else self.height() - look.line(self._scale.age) - look.gap(4)
        room = QRect(self._side(), 0, self.width() - 2 * self._side(), line)
        tone = self.text_tone()
        left = room.left()
        if self._key:
            cap = key_cap_size(look, self._key, self._scale.key)
            box = QRectF(left, (line - cap.height()) / 2, cap.width(), cap.height())
            draw_key_cap(painter, look, self._key, box, tone, self._scale.key)
            left += cap.width() + look.gap(10)
        painter.setFont(self._fonts()[0])
        painter.setPen(look.colour(tone))
        painter.drawText(room.adjusted(left - room.left(), 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, self._ref)
        if not one:
            room = QRect(self._side(), line - look.gap(4), room.width(), self.height() - line)
        self._paint_age(painter, room)

    def _paint_age(self, painter: QPainter, room: QRect) -> None:
        look, (_, age_font, prefix_font) = self._look, self._fonts()
        tone = self._tone(TONES.get(self.age.pace, "ink"))
        left = room.right() - self._right_width() + 1
        if self._has_prefix():
            painter.setFont(prefix_font)
            painter.setPen(look.colour(self._tone("ink")))
            painter.drawText(QRect(left, room.top(), room.width(), room.height()), Qt.AlignmentFlag.AlignVCenter, self._prefix)
            left += QFontMetrics(prefix_font).horizontalAdvance(self._prefix) + look.gap(8)
        if self.age.glyph:
            side = self._glyph_side()
            box = QRectF(left, room.top() + (room.height() - side) / 2, side, side)
            amber = self.age.glyph == "diamond" and not (look.high_contrast or self._lit)
            rim = look.colour("attention.text" if look.theme == "light" else "attention.on_solid") if amber else None
            draw(painter, self.age.glyph, box, look.colour("attention.solid" if amber else tone), rim)
            left += side + look.gap(8)
        painter.setFont(age_font)
        painter.setPen(look.colour(tone))
        painter.drawText(QRect(left, room.top(), room.width(), room.height()), Qt.AlignmentFlag.AlignVCenter, self.age.text)
