"""The amount and its keypad: money from the right, the points it gives, earn over redeem."""

from __future__ import annotations

from dataclasses import dataclass, replace

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QGridLayout, QHBoxLayout, QWidget

from gui import formats
from gui.counter.desk import Mode
from gui.counter.flow import CounterFlow
from gui.strings import tr
from gui.style import Look
from gui.widgets.buttons import Button, Kind
from gui.widgets.panels import Piece, column, holder, row
from gui.widgets.text import Text


@dataclass(frozen=True, slots=True)
class Plan:
    """Heights at 100 %, and what gives way; a lower window takes the next plan."""

    key: int = 64
    field: int = 80
    primary: int = 72
    other: int = 64
    title: bool = True
    preview: bool = True
    """The primary says the same."""
    unit: bool = True
    beside: bool = False
    """The two buttons stand side by side."""
    tight: bool = False
    """Less room around everything, a smaller word on the primary, and no key caps on the two."""


LEAST = 300
LAYOUTS = 2
"""A button that became narrower grows for its second line; the second time is counted with it."""
LOW = Plan(48, 64, 64, 48)
TIGHT = replace(LOW, preview=False, beside=True, tight=True)
"""For a small screen below three bands."""
LOWEST = replace(LOW, preview=False, title=False, unit=False)
PLANS = (Plan(), Plan(key=56), Plan(key=48), LOW, replace(LOW, preview=False), replace(LOW, preview=False, beside=True), TIGHT)
FOLDED_PLANS = (Plan(), Plan(preview=False), Plan(preview=False, title=False), replace(LOW, preview=False, title=False), LOWEST)
KEYS = (("7", "8", "9"), ("4", "5", "6"), ("1", "2", "3"), ("00", "0", "erase"))


class AmountField(QWidget):
    """What is typed, large, with its unit at the left."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look, self._unit, self._text = look, "", "0"
        self.setFixedHeight(look.target(80))

    def say(self, unit: str, text: str, spoken: str) -> None:
        """Unit, digits, and the whole in words."""
        self._unit, self._text = unit, text
        self.setAccessibleName(spoken)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """A framed field that is always the one in use."""
        look = self._look
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(look.colour("focus"), 3))
        painter.setBrush(look.colour("surface"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1.5, 1.5, -1.5, -1.5), 7, 7)
        room = self.rect().adjusted(look.gap(18), 0, -look.gap(18), 0)
        painter.setFont(look.font(24))
        painter.setPen(look.colour("ink2"))
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, self._unit)
        painter.setFont(look.font(44, 700, tabular=True))
        painter.setPen(look.colour("ink"))
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, self._text)


class Keypad(QFrame):
    """The right panel while a member stands at the counter."""

    def __init__(self, look: Look, flow: CounterFlow) -> None:
        super().__init__()
        self._look, self._flow = look, flow
        self.setProperty("part", "panel")
        self._title = Text(look, weight=600, tone="ink2")
        self._receipt_word = Text(look, tr("word.receipt"), tone="ink2")
        self._receipt = Text(look, weight=600)
        self._field = AmountField(look)
        self._gives = Text(look, tr("keypad.gives"), size=16 if look.folded else 20, tone="ink2")
        self._points = Text(look, size=20, weight=600)
        self._keys = self._make_keys()
        self._unit = Button(look, "", kind=Kind.QUIET, size=14, on_press=self._switch_unit)
        self._primary = Button(
            look, "", kind=Kind.PRIMARY, key=tr("key.enter"), height=72, size=20 if look.folded else 24, on_press=flow.act
        )
        other_size = 16 if look.folded else 20
        self._other = Button(
            look,
            "",
            key="" if look.folded else tr("key.f3"),
            height=64,
            size=other_size,
            centred=False,
            on_press=self._switch_redeem,
        )
        self._show_keys = Button(look, tr("keypad.show"), height=64, size=other_size, on_press=self._toggle_keys)
        self._build()

    def _build(self) -> None:
        look = self._look
        receipt = row([None, self._receipt_word, look.gap(5), self._receipt])
        head = column([self._title, row([self._unit, receipt])]) if look.folded else row([self._title, self._unit, receipt])
        self._preview = holder(row([self._gives, None, self._points], margins=(0, 0, 0, look.gap(14))))
        (self._keys if look.folded else self._show_keys).hide()
        foot = QHBoxLayout()
        foot.setSpacing(look.gap(8))
        foot.addWidget(self._other, 1)
        foot.addWidget(self._show_keys, 1)
        side = look.gap(24)
        pieces: list[Piece] = [head, look.gap(4), self._field, look.gap(14), self._preview, self._keys, None]
        self._answers = column([self._primary, foot], gap=look.gap(8))
        self._digit_keys = self._keys.findChildren(Button)
        pieces += [look.gap(8), self._answers]
        self.setLayout(column(pieces, margins=(side, look.gap(20), side, look.gap(18))))

    def _make_keys(self) -> QFrame:
        look, grid = self._look, QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(look.gap(8))
        for y, line in enumerate(KEYS):
            for x, key in enumerate(line):
                grid.addWidget(self._key(key), y, x)
        return holder(grid)

    def _key(self, key: str) -> Button:
        if key == "erase":
            return Button(
                self._look, "", kind=Kind.KEY, glyph="backspace", height=64, name=tr("keypad.erase"), on_press=self._flow.erase
            )
        name = tr("keypad.digit", digit=key)
        press = self._flow.type
        return Button(self._look, key, kind=Kind.KEY, height=64, size=28, name=name, on_press=lambda: press(key))

    def minimumSizeHint(self) -> QSize:
        """Less than any plan, so that a window can be made lower and the next plan taken."""
        return QSize(super().minimumSizeHint().width(), self._look.gap(LEAST))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The primary never leaves the window."""
        self._fit()

    def _fit(self) -> None:
        """The first plan whose pieces fit into the height."""
        layout, grid = self.layout(), self._keys.layout()
        for plan in FOLDED_PLANS if self._look.folded else PLANS:
            self._follow(plan)
            if layout is None or grid is None:
                return
            grid.activate()
            for _ in range(LAYOUTS):
                layout.invalidate()
                layout.activate()
            if layout.minimumSize().height() <= self.height():
                return

    def _follow(self, plan: Plan) -> None:
        look, desk, direction = self._look, self._flow.desk, QBoxLayout.Direction
        self._pack(tight=plan.tight)
        self._title.setVisible(plan.title)
        self._preview.setVisible(plan.preview)
        self._unit.setVisible(plan.unit and self._flow.offers_points() and desk.mode is not Mode.REDEEM and not desk.receipt)
        self._field.setFixedHeight(look.target(plan.field))
        self._primary.set_least(look.target(plan.primary))
        self._other.set_least(look.target(plan.other))
        self._show_keys.set_least(look.target(plan.other))
        for key in self._digit_keys:
            key.set_least(plan.key if plan.key < PLANS[0].key else look.target(plan.key))
        self._answers.setDirection(direction.LeftToRight if plan.beside else direction.TopToBottom)

    def _pack(self, *, tight: bool) -> None:
        """The room around the pieces; keys and buttons keep their measures."""
        look, layout = self._look, self.layout()
        side, top, foot = look.gap(24), look.gap(8 if tight else 20), look.gap(8 if tight else 18)
        if layout is not None:
            layout.setContentsMargins(side, top, side, foot)
        self._primary.set_size(20 if tight or look.folded else 24)
        self._primary.set_key("" if tight else tr("key.enter"))
        self._other.set_key("" if tight or look.folded else tr("key.f3"))

    def _toggle_keys(self) -> None:
        self._keys.setVisible(self._keys.isHidden())

    def _switch_unit(self) -> None:
        self._flow.switch(Mode.AMOUNT if self._flow.desk.mode is Mode.POINTS else Mode.POINTS)

    def _switch_redeem(self) -> None:
        self._flow.switch(Mode.AMOUNT if self._flow.desk.mode is Mode.REDEEM else Mode.REDEEM)

    def refresh(self) -> None:
        """What is typed, what it is worth, and what the buttons would do."""
        desk, mode = self._flow.desk, self._flow.desk.mode
        self._title.setText(tr(f"keypad.title.{mode}"))
        self._receipt.show_text(desk.receipt)
        self._receipt_word.setVisible(bool(desk.receipt))
        self._unit.setText(tr("keypad.by_amount" if mode is Mode.POINTS else "keypad.by_points"))
        self._show_field()
        self._show_buttons()
        self._fit()

    def _show_field(self) -> None:
        mode, currency = self._flow.desk.mode, self._flow.currency()
        if mode is Mode.AMOUNT:
            money = self._flow.amount()
            self._field.say(
                formats.symbol(currency), formats.amount(money), f"{tr('keypad.title.amount')} {formats.price(money)}"
            )
        else:
            shown = formats.number(self._flow.desk.digits)
            self._field.say("", shown, f"{tr(f'keypad.title.{mode}')} {shown}")
        points = self._flow.points()
        member = self._flow.desk.member
        self._gives.setText(tr("keypad.left" if mode is Mode.REDEEM else "keypad.gives"))
        left = (member.balance if member else 0) - (points or 0)
        worth = left if mode is Mode.REDEEM else points
        self._points.setText(formats.counted("point", worth) if worth is not None else tr("keypad.later"))
        self._points.set_tone("late" if mode is Mode.REDEEM and left < 0 else "ink")

    def _show_buttons(self) -> None:
        desk, points = self._flow.desk, self._flow.points()
        if desk.mode is Mode.REDEEM:
            self._primary.setText(tr("keypad.redeem", points=formats.counted("point", points or 0)))
            self._other.setText(tr("keypad.earn_instead"))
        else:
            worth = formats.counted("point", points) if points is not None else tr("word.points")
            self._primary.setText(tr("keypad.earn", points=worth))
            self._other.setText(tr("keypad.redeem_short" if self._look.folded else "keypad.redeem_points"))
        self._primary.setEnabled(self._flow.can_act())
        self._other.setEnabled(not desk.sending)
