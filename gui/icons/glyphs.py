"""Shapes on a 16 grid: each is one path with real cut-outs, filled in one colour."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPainterPathStroker, QPen, QPixmap

Point = tuple[float, float]
EDGED = frozenset({"diamond"})
"""Glyphs that carry an edge when filled with the light amber."""


def _stroke(path: QPainterPath, width: float, *, dashes: Sequence[float] = (), flat: bool = False) -> QPainterPath:
    stroker = QPainterPathStroker()
    stroker.setWidth(width)
    stroker.setCapStyle(Qt.PenCapStyle.FlatCap if flat else Qt.PenCapStyle.RoundCap)
    stroker.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    if dashes:
        stroker.setDashPattern(list(dashes))
    return stroker.createStroke(path).simplified()


def _line(*points: Point, width: float = 2.0, flat: bool = False) -> QPainterPath:
    path = QPainterPath(QPointF(*points[0]))
    for point in points[1:]:
        path.lineTo(*point)
    return _stroke(path, width, flat=flat)


def _polygon(*points: Point, soft: float = 0.0) -> QPainterPath:
    path = QPainterPath(QPointF(*points[0]))
    for point in points[1:]:
        path.lineTo(*point)
    path.closeSubpath()
    return path.united(_stroke(path, soft)) if soft else path


def _circle(x: float, y: float, radius: float) -> QPainterPath:
    path = QPainterPath()
    path.addEllipse(QPointF(x, y), radius, radius)
    return path


def _arc(radius: float, start: float, span: float) -> QPainterPath:
    box = QRectF(8 - radius, 8 - radius, 2 * radius, 2 * radius)
    path = QPainterPath()
    path.arcMoveTo(box, start)
    path.arcTo(box, start, span)
    return path


def _square(size: float, radius: float) -> QPainterPath:
    path = QPainterPath()
    path.addRoundedRect(QRectF(8 - size / 2, 8 - size / 2, size, size), radius, radius)
    return path


def _bang(top: float, foot: float, dot: float, width: float = 1.8) -> QPainterPath:
    return _line((8, top), (8, foot), width=width).united(_circle(8, dot, width * 0.56))


def _question(scale: float = 1.0) -> QPainterPath:
    path = QPainterPath(QPointF(8 - 2 * scale, 8 - 1.6 * scale))
    path.cubicTo(8 - 2 * scale, 8 - 4.4 * scale, 8 + 2.2 * scale, 8 - 4.4 * scale, 8 + 2.2 * scale, 8 - 1.7 * scale)
    path.cubicTo(8 + 2.2 * scale, 8 - 0.1 * scale, 8, 8 - 0.2 * scale, 8, 8 + 1.2 * scale)
    return _stroke(path, 1.7 * scale).united(_circle(8, 8 + 3.6 * scale, 1.05 * scale))


def _ready() -> QPainterPath:
    return _circle(8, 8, 7.5).subtracted(_line((4.6, 8.3), (7, 10.7), (11.4, 5.7)))


def _working() -> QPainterPath:
    upper = _stroke(_arc(6, 172, -128), 2, flat=True)
    lower = _stroke(_arc(6, -8, -128), 2, flat=True)
    head = _polygon((15, 1.6), (15, 6.9), (9.7, 6.9))
    tail = _polygon((1, 14.4), (1, 9.1), (6.3, 9.1))
    return upper.united(lower).united(head).united(tail)


def _cloud() -> QPainterPath:
    body = QPainterPath()
    body.addRoundedRect(QRectF(0.1, 6.6, 15.8, 7.4), 3.7, 3.7)
    cloud = body.united(_circle(6.6, 6.5, 4.4)).united(_circle(11.6, 7.9, 3.4))
    slash: tuple[Point, Point] = ((1.6, 14.6), (14.4, 1.6))
    return cloud.subtracted(_line(*slash, width=4.0, flat=True)).united(_line(*slash, width=1.8))


def _triangle() -> QPainterPath:
    return _polygon((8, 2), (14.4, 13.4), (1.6, 13.4), soft=1.8).subtracted(_bang(5.9, 9.0, 11.6))


def _paused() -> QPainterPath:
    bars = QPainterPath()
    bars.addRect(QRectF(5, 4.8, 2, 6.4))
    bars.addRect(QRectF(9, 4.8, 2, 6.4))
    return _square(14.4, 3).subtracted(bars)


def _setup() -> QPainterPath:
    return _stroke(_square(12.8, 2.6), 2).united(_question(0.95))


def _diamond() -> QPainterPath:
    return _polygon((8, 1.1), (14.9, 8), (8, 14.9), (1.1, 8), soft=1.4).subtracted(_bang(4.9, 8.6, 11.1, 1.7))


def _clock() -> QPainterPath:
    return _stroke(_circle(8, 8, 6.4), 2).united(_line((8, 4.7), (8, 8.2), (10.4, 9.6), width=1.7))


def _checking() -> QPainterPath:
    return _stroke(_circle(8, 8, 6.6), 1.8, dashes=(1.5, 1.15), flat=True).united(_question(0.72))


def _corners() -> QPainterPath:
    path = QPainterPath()
    for flip_x, flip_y in ((1, 1), (-1, 1), (1, -1), (-1, -1)):
        corner = QPainterPath(QPointF(8 - 6.6 * flip_x, 8 - 3.2 * flip_y))
        corner.lineTo(8 - 6.6 * flip_x, 8 - 4.8 * flip_y)
        corner.quadTo(8 - 6.6 * flip_x, 8 - 6.6 * flip_y, 8 - 4.8 * flip_x, 8 - 6.6 * flip_y)
        corner.lineTo(8 - 3.2 * flip_x, 8 - 6.6 * flip_y)
        path = path.united(_stroke(corner, 1.9))
    return path


def _frame() -> QPainterPath:
    path = _corners()
    for x in (4.9, 8.0, 11.1):
        path = path.united(_line((x, 5.2), (x, 10.8), width=1.7, flat=True))
    return path


def _frame_struck() -> QPainterPath:
    slash: tuple[Point, Point] = ((2, 14), (14, 2))
    return _frame().subtracted(_line(*slash, width=4.4, flat=True)).united(_line(*slash, width=1.8))


def _backspace() -> QPainterPath:
    outline = QPainterPath(QPointF(1.2, 8))
    for point in ((5.2, 3), (14.6, 3), (14.6, 13), (5.2, 13)):
        outline.lineTo(*point)
    outline.closeSubpath()
    cross = _line((7.8, 6.2), (11.4, 9.8), width=1.4).united(_line((11.4, 6.2), (7.8, 9.8), width=1.4))
    return _stroke(outline, 1.4).united(cross)


def _arrow() -> QPainterPath:
    return _line((2, 8), (14, 8), width=1.8).united(_line((9, 3.2), (14, 8), (9, 12.8), width=1.8))


def _plus() -> QPainterPath:
    return _line((3, 8), (13, 8)).united(_line((8, 3), (8, 13)))


def _print() -> QPainterPath:
    body = _stroke(_rect(2, 6, 12, 5.4), 1.6)
    paper = _stroke(_rect(4.6, 2, 6.8, 4), 1.6)
    return body.united(paper).united(_rect(4.6, 9, 6.8, 5))


def _rect(x: float, y: float, width: float, height: float) -> QPainterPath:
    path = QPainterPath()
    path.addRoundedRect(QRectF(x, y, width, height), 0.8, 0.8)
    return path


SHAPES: dict[str, Callable[[], QPainterPath]] = {
    "ready": _ready,
    "working": _working,
    "offline": _cloud,
    "attention": _triangle,
    "paused": _paused,
    "setup": _setup,
    "diamond": _diamond,
    "clock": _clock,
    "checking": _checking,
    "scan": _frame,
    "scan-struck": _frame_struck,
    "backspace": _backspace,
    "arrow": _arrow,
    "minus": lambda: _line((3, 8), (13, 8)),
    "plus": _plus,
    "print": _print,
    "down": lambda: _line((3, 6), (8, 11), (13, 6)),
}


@lru_cache(maxsize=64)
def shape(name: str) -> QPainterPath:
    """The path of a glyph on the 16 grid; KeyError for a name that is not in SHAPES."""
    return SHAPES[name]().simplified()


def draw(painter: QPainter, name: str, box: QRectF, colour: QColor, edge: QColor | None = None) -> None:
    """Fill a glyph into a square box; `edge` draws the rim and the mark of an amber shape."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(box.topLeft())
    painter.scale(box.width() / 16, box.height() / 16)
    if edge is not None and name in EDGED:
        painter.fillPath(_polygon((8, 1.1), (14.9, 8), (8, 14.9), (1.1, 8), soft=1.4), colour)
        painter.strokePath(_polygon((8, 1), (15, 8), (8, 15), (1, 8), soft=0.2), QPen(edge, 1.4))
        painter.fillPath(_bang(4.9, 8.6, 11.1, 1.9), edge)
    else:
        painter.fillPath(shape(name), colour)
    painter.restore()


def pixmap(name: str, size: int, colour: QColor, ratio: float = 1.0) -> QPixmap:
    """A glyph as a picture of `size` logical pixels on nothing."""
    picture = QPixmap(round(size * ratio), round(size * ratio))
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    draw(painter, name, QRectF(0, 0, size, size), colour)
    painter.end()
    return picture
