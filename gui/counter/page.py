"""The counter page: scan or type a member, see the balance, earn, redeem, take back, claim a sale."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QStackedLayout, QWidget

from gui.counter.activity import LastScans, MemberToday, SalesPanel
from gui.counter.answer_panel import AnswerPanel
from gui.counter.by_hand import ByHandQuestion
from gui.counter.card import MemberCard
from gui.counter.desk import Mode
from gui.counter.flow import CounterFlow
from gui.counter.keypad import Keypad
from gui.icons.glyphs import draw
from gui.session import Session
from gui.strings import tr
from gui.style import Look
from gui.widgets.buttons import CONFIRM_KEYS, Button
from gui.widgets.field import Field
from gui.widgets.panels import Piece, column, holder, row, scrolling
from gui.widgets.text import Text
from gui.wire.sales import SaleSeen

WIDEST = 1360
SIDE_WIDTH, NARROW_SIDE_WIDTH = 424, 376
NARROW, WIDE = 1120, 1440


class LampSquare(QWidget):
    """The large scan lamp of the empty counter."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look, self._ready = look, True
        self.setFixedSize(look.gap(128), look.gap(128))

    def show_ready(self, ready: bool) -> None:
        """Whether the next scan would be taken."""
        self._ready = ready
        self.setAccessibleName(tr("lamp.ready" if ready else "lamp.not_ready"))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """A solid square with the code frame in it."""
        look, painter = self._look, QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        tone = "ok" if self._ready else "late"
        painter.setBrush(look.colour(f"{tone}.solid"))
        painter.drawRoundedRect(QRectF(self.rect()), 24, 24)
        inset = self.width() * 0.2
        box = QRectF(self.rect()).adjusted(inset, inset, -inset, -inset)
        draw(painter, "scan" if self._ready else "scan-struck", box, look.colour(f"{tone}.on_solid"))


class EmptyCounter(QFrame):
    """Nobody stands at the counter: what to do, and the typed way."""

    def __init__(self, look: Look, flow: CounterFlow) -> None:
        super().__init__()
        self._flow = flow
        self.setProperty("part", "panel")
        self.lamp = LampSquare(look)
        self._title = Text(look, tr("counter.scan"), size=32 if look.folded else 44, weight=600, wrap=True)
        self._hint = Text(look, tr("counter.hint"), size=14 if look.folded else 20, tone="ink2", wrap=True)
        self.field = Field(look, tr("counter.field"), height=64, hint=True)
        self.field.setMaximumWidth(look.gap(404))
        self.field.returnPressed.connect(self.submit)
        self.search = Button(look, tr("counter.find"), key=tr("key.f2"), height=64, size=20, on_press=self.submit)
        for text in (self._title, self._hint):
            text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        entry: QBoxLayout = row([None, self.field, look.gap(8), self.search, None])
        entry.setStretch(1, 10)
        if look.folded:
            entry = column([self.field, look.gap(8), self.search])
            self.field.setMaximumWidth(16777215)
        if look.folded:
            self.lamp.hide()
        lamp = row([None, self.lamp, None])
        pieces: list[Piece] = [None, lamp, look.gap(8 if look.folded else 30), self._title, look.gap(8), self._hint]
        pieces += [look.gap(16 if look.folded else 40), entry, None]
        self.setLayout(column(pieces, margins=(look.gap(32), look.gap(24), look.gap(32), look.gap(24))))

    def submit(self) -> None:
        """Look up what is typed, or ask for it."""
        if self.field.text().strip():
            self._flow.find(self.field.text())
        else:
            self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def refresh(self, *, ready: bool, lost: bool = False) -> None:
        """The lamp, the field and the sale that waits for a member; `lost` is without anybody to ask."""
        self.lamp.show_ready(ready)
        sale = self._flow.desk.sale
        scan = tr("counter.scan_for", receipt=sale.receipt) if sale else tr("counter.scan")
        self._title.setText(tr("counter.paper") if lost else scan)
        self._hint.setText(tr("counter.paper_hint" if lost else "counter.hint" if ready else "counter.hint_typed"))
        self.search.setEnabled(not self._flow.desk.sending and not lost)


class CounterPage(QWidget):
    """Left the customer, right what is done for them."""

    def __init__(self, look: Look, session: Session, flow: CounterFlow) -> None:
        super().__init__()
        self._look, self._session, self._flow = look, session, flow
        self._ready = True
        self.setProperty("part", "page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(tr("page.counter"))
        self.empty = EmptyCounter(look, flow)
        self.card = MemberCard(look, flow.dismiss, flow.redeem_ready)
        self.today = MemberToday(look, flow.take_back)
        self.sales = SalesPanel(look, self._claim)
        self.scans = LastScans(look)
        self.keypad = Keypad(look, flow)
        self.answer = AnswerPanel(look, flow)
        self._build()
        flow.changed.connect(self.refresh)
        flow.found.connect(self._member_found)
        flow.by_hand_asked.connect(self._ask_by_hand)

    def _build(self) -> None:
        gap = self._look.gap(24)
        left = column([self.empty, self.card, self.sales, self.today], gap=gap)
        left.setStretch(0, 1)
        left.setStretch(3, 1)
        pane = QWidget()
        pane.setLayout(left)
        self._side_box = QFrame()
        self._side = QStackedLayout(self._side_box)
        for panel in (self.scans, self.keypad, self.answer):
            self._side.addWidget(panel)
        inside = holder(row([scrolling(pane, tr("page.counter")), self._side_box], gap=gap))
        inside.setMaximumWidth(WIDEST)
        layout = row([inside])
        layout.setAlignment(inside, Qt.AlignmentFlag(0))
        layout.setContentsMargins(gap, gap, gap, gap)
        self.setLayout(layout)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Narrow windows get narrower margins and a narrower right side."""
        narrow = self.width() < NARROW
        margin = 16 if narrow else 24
        across = max(margin, (self.width() - WIDEST) // 2)
        layout = self.layout()
        if layout is not None:
            layout.setContentsMargins(across, margin, across, margin)
        wanted = NARROW_SIDE_WIDTH if narrow else SIDE_WIDTH
        self._side_box.setFixedWidth(min(self._look.gap(wanted), round(self.width() * 0.42)))

    def show_ready(self, ready: bool) -> None:
        """Whether the next scan would be taken."""
        self._ready = ready

    def refresh(self) -> None:
        """Everything as it stands."""
        desk, state = self._flow.desk, self._session.state
        now = self._session.now()
        where = state.status.timezone if state.status else "Asia/Singapore"
        self.empty.setVisible(desk.member is None)
        self.card.setVisible(desk.member is not None)
        self.today.setVisible(desk.member is not None and not self._look.folded)
        sales = () if desk.sale is not None else state.sales
        self.sales.refresh(sales, where, now, member=desk.member is not None, most=3 if desk.member is None else 1)
        if desk.member is None:
            self.empty.refresh(ready=self._ready, lost=self._session.state.link.is_lost)
            self.scans.refresh(state, where)
            self._side.setCurrentWidget(self.scans)
            return
        self.card.show_member(desk.member, desk.found_by, state, now)
        self.today.refresh(desk, state, where, now)
        panel: QWidget = self.keypad if desk.answer is None else self.answer
        self._side.setCurrentWidget(panel)
        (self.keypad if desk.answer is None else self.answer).refresh()

    def tick(self) -> None:
        """A second passed."""
        self._flow.tick()
        self.refresh()

    def find_member(self) -> None:
        """F2: the typed way."""
        if self._flow.desk.member is not None:
            self._flow.dismiss()
        self.empty.submit()

    def redeem(self) -> None:
        """F3: redeem, ask again, or back to earning."""
        desk = self._flow.desk
        if desk.answer is not None:
            self.answer.ask_again()
        elif desk.member is not None:
            self._flow.switch(Mode.AMOUNT if desk.mode is Mode.REDEEM else Mode.REDEEM)

    def _claim(self, sale: SaleSeen) -> None:
        self._flow.attach(sale)
        if self._flow.desk.member is None:
            self.empty.field.setFocus(Qt.FocusReason.OtherFocusReason)

    def _ask_by_hand(self, wrong: str) -> None:
        """Once; a second refusal is said in the question that is open."""
        if not wrong and not self.findChildren(ByHandQuestion):
            ByHandQuestion(self._look, self, self._flow).open()

    def _member_found(self) -> None:
        self.empty.field.clear()
        self.setFocus(Qt.FocusReason.OtherFocusReason)
        self.refresh()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Digits, Enter, Backspace, Esc; on the empty counter typing goes into the field."""
        if self._flow.desk.member is None:
            self._type_ahead(event)
        elif event.key() in CONFIRM_KEYS:
            (self._flow.go_on if self._flow.desk.answer is not None else self._flow.act)()
        elif event.key() == Qt.Key.Key_Backspace:
            self._flow.erase()
        elif event.key() == Qt.Key.Key_Escape:
            self._escape()
        elif event.text().isdigit() and event.text().isascii():
            self._flow.type(event.text())
        else:
            super().keyPressEvent(event)

    def _type_ahead(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.empty.field.clear()
            self._flow.dismiss()
        elif event.text() and event.text().isprintable():
            self.empty.field.setFocus(Qt.FocusReason.OtherFocusReason)
            self.empty.field.insert(event.text())
        else:
            super().keyPressEvent(event)

    def _escape(self) -> None:
        """One step back, never a loss: leave an answer, leave redeeming, then leave the member."""
        if self._flow.desk.answer is not None:
            self._flow.go_on()
        elif self._flow.desk.mode is Mode.REDEEM:
            self._flow.switch(Mode.AMOUNT)
        else:
            self._flow.dismiss()
