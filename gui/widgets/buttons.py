"""Painted buttons: primary, secondary, quiet, danger, keypad key and a ticket's foot."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QKeyEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from gui.icons.glyphs import draw
from gui.strings import tr
from gui.style import Look
from gui.widgets.marks import draw_key_cap, key_cap_size

CONFIRM_KEYS = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
RADIUS = 8


class Kind(StrEnum):
    """What a button is for."""

    PRIMARY = "primary"
    SECONDARY = "secondary"
    QUIET = "quiet"
    DANGER = "danger"
    KEY = "key"
    FOOT = "foot"


TEXT_TONES = {
    Kind.PRIMARY: "on_accent",
    Kind.SECONDARY: "ink",
    Kind.QUIET: "accent",
    Kind.DANGER: "late",
    Kind.KEY: "ink",
    Kind.FOOT: "accent",
}
REST_FILLS = {Kind.PRIMARY: "accent", Kind.KEY: "bg", Kind.FOOT: "accent_tint"}


class Button(QAbstractButton):
    """A button with a label, an optional glyph, and the key that does the same."""

    def __init__(
        self,
        look: Look,
        text: str,
        *,
        kind: Kind = Kind.SECONDARY,
        key: str = "",
        glyph: str = "",
        height: int = 48,
        size: int = 16,
        weight: int = 600,
        name: str = "",
        centred: bool | None = None,
        on_press: Callable[[], None] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._look, self.kind, self.key, self.glyph = look, kind, key if look.keys_shown else "", glyph
        self._font = look.font(size, weight)
        self._centred = not (self.key or kind is Kind.FOOT) if centred is None else centred
        self._name = name
        self.plain = False
        """A foot without the tint, where nothing waits."""
        self._least = look.target(height)
        self.setText(text)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.toggled.connect(self._show_tick)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        if on_press is not None:
            self.clicked.connect(lambda _checked=False: on_press())

    def setText(self, text: str) -> None:
        """The label; also what a screen reader says unless a name was given."""
        super().setText(text.replace("&", "&&"))
        self._label = text
        self.setAccessibleName(self._name or text)
        if self.isVisible():
            self._grow()
        else:
            self.setMinimumHeight(max(self._least, self._lines(10_000) if text else 0))
        self.updateGeometry()

    def set_centred(self, centred: bool) -> None:
        """Where the label stands."""
        self._centred = centred
        self.update()

    def set_least(self, height: int) -> None:
        """Another least height in px; two lines of a label may need more."""
        self._least = height
        self._grow()

    def set_key(self, key: str) -> None:
        """Another key cap, or none, which leaves the label its room."""
        if key != self.key:
            self.key = key
            self._grow()
            self.update()

    def set_size(self, size: int) -> None:
        """Another size of the label, at 100 %."""
        font = self._look.font(size, self._font.weight())
        if font != self._font:
            self._font = font
            self._grow()
            self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A label on two lines may need a higher button."""
        self._grow()

    def _grow(self) -> None:
        wanted = max(self._least, self._lines(self.label_room().width()) if self._label else 0)
        if wanted != self.minimumHeight():
            self.setMinimumHeight(wanted)

    def _show_tick(self, ticked: bool) -> None:
        """What is ticked carries a tick, not only a colour."""
        self.glyph = "ready" if ticked else ""
        self.setAccessibleDescription(tr("button.ticked") if ticked else "")
        self.update()

    def _lines(self, width: int) -> int:
        """Height of the label in this width, with room above and below."""
        room = QRect(0, 0, max(1, width), 10_000)
        return QFontMetrics(self._font).boundingRect(room, int(Qt.TextFlag.TextWordWrap), self._label).height() + 8

    def label(self) -> str:
        """The label as shown."""
        return self._label

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter presses it as Space does."""
        if event.key() in CONFIRM_KEYS:
            self.click()
        else:
            super().keyPressEvent(event)

    def sizeHint(self) -> QSize:
        """Room for the label on one line."""
        words = QFontMetrics(self._font).horizontalAdvance(self._label)
        width = words + 2 * self._padding() + self._extra() + 4
        least = self._look.target(48) if self.kind in {Kind.KEY, Kind.QUIET} else self._look.gap(96)
        return QSize(max(width, least), self.minimumHeight())

    def minimumSizeHint(self) -> QSize:
        """Room for the label on two lines; a label wraps before it is shortened."""
        longest = max((QFontMetrics(self._font).horizontalAdvance(word) for word in self._label.split()), default=0)
        return QSize(max(self._look.target(48), longest + 2 * self._padding() + self._extra()), self.minimumHeight())

    def _padding(self) -> int:
        return self._look.gap({Kind.KEY: 4, Kind.QUIET: 8, Kind.FOOT: 12}.get(self.kind, 21))

    def _extra(self) -> int:
        room = key_cap_size(self._look, self.key).width() + self._look.gap(10) if self.key else 0
        return room + (self._look.gap(24) if self.glyph and self._label else 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Ground, focus ring, label and key cap."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        tone = self._text_tone()
        painter.save()
        self._paint_ground(painter)
        painter.restore()
        self._paint_label(painter, tone)

    def _alarmed(self) -> bool:
        return self._look.high_contrast and self.isEnabled() and (self.underMouse() or self.isDown())

    def _text_tone(self) -> str:
        if not self.isEnabled():
            return "dis"
        return "bg" if self._alarmed() else TEXT_TONES[self.kind]

    def _fill(self) -> QColor:
        look = self._look
        if not self.isEnabled():
            return look.colour("sunk")
        if self._alarmed():
            return look.colour("accent_hover")
        if self.isChecked():
            return look.colour("accent_tint")
        if self.kind is Kind.PRIMARY:
            return look.colour("accent_pressed" if self.isDown() else "accent_hover" if self.underMouse() else "accent")
        if self.isDown():
            return look.colour("sunk")
        if self.underMouse():
            return look.colour("accent_tint")
        rest = "surface" if self.plain else REST_FILLS.get(self.kind, "surface")
        return QColor(Qt.GlobalColor.transparent) if self.kind is Kind.QUIET else look.colour(rest)

    def _border(self) -> QPen:
        look = self._look
        if self.kind in {Kind.PRIMARY, Kind.QUIET, Kind.FOOT} and self.isEnabled():
            return QPen(Qt.PenStyle.NoPen)
        if not self.isEnabled():
            return QPen(look.colour("line"), 2)
        if self.kind is Kind.KEY:
            return QPen(look.colour("edge"), 2 if look.high_contrast else 1)
        return QPen(look.colour("late" if self.kind is Kind.DANGER else "edge"), 2)

    def _paint_ground(self, painter: QPainter) -> None:
        box, ring = QRectF(self.rect()), self._look.high_contrast + 3
        if self.hasFocus():
            painter.setPen(QPen(self._look.colour("focus"), ring))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(box.adjusted(ring / 2, ring / 2, -ring / 2, -ring / 2), RADIUS, RADIUS)
            gap = ring + (2 if self.kind is Kind.PRIMARY else 0)
            box = box.adjusted(gap, gap, -gap, -gap)
        pen = QPen(Qt.PenStyle.NoPen) if self.hasFocus() else self._border()
        half = pen.widthF() / 2 if pen.style() is not Qt.PenStyle.NoPen else 0.0
        painter.setPen(pen)
        painter.setBrush(self._fill())
        if self.kind is Kind.FOOT and not self.hasFocus():
            painter.setClipRect(self.rect())
            box = box.adjusted(0, -RADIUS, 0, 0)
        radius = RADIUS - half - (self.kind is Kind.FOOT)
        painter.drawRoundedRect(box.adjusted(half, half, -half, -half), radius, radius)

    def _paint_label(self, painter: QPainter, tone: str) -> None:
        look = self._look
        room, glyph, cap = self._rooms()
        if self.key:
            draw_key_cap(painter, look, self.key, QRectF(cap), tone)
        if self.glyph:
            draw(painter, self.glyph, QRectF(glyph), look.colour(tone))
        painter.setPen(look.colour(tone))
        painter.setFont(self._font)
        side = Qt.AlignmentFlag.AlignHCenter if self._centred else Qt.AlignmentFlag.AlignLeft
        painter.drawText(room, int(side | Qt.AlignmentFlag.AlignVCenter) | int(Qt.TextFlag.TextWordWrap), self._label)

    def _rooms(self) -> tuple[QRect, QRect, QRect]:
        """Where label, glyph and key cap stand; without a label the glyph stands in the middle."""
        look = self._look
        room = self.rect().adjusted(self._padding(), 0, -self._padding(), 0)
        cap = QRect(QPoint(), key_cap_size(look, self.key))
        if self.key:
            cap.moveTo(room.right() - cap.width() + 1, (self.height() - cap.height()) // 2)
            room.setRight(cap.left() - look.gap(10))
        side = look.gap(16 if self._label else 24)
        glyph = QRect(0, (self.height() - side) // 2, side, side)
        glyph.moveLeft(room.right() - side + 1 if self._label else room.center().x() - side // 2)
        if self.glyph and self._label:
            room.setRight(glyph.left() - look.gap(8))
        return room, glyph, cap

    def label_room(self) -> QRect:
        """Where the label is written, for measuring."""
        return self._rooms()[0]

    def label_font(self) -> QFont:
        """The font of the label, for measuring."""
        return self._font
