"""Redeeming without a connection: what it can cost, in money, before anybody switches it on; a manager does, with the PIN."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame

from gui import formats
from gui.link.client import Answer
from gui.session import Session
from gui.strings import known, said, tr
from gui.style import Look
from gui.widgets.buttons import Button, Kind
from gui.widgets.dialogs import Question
from gui.widgets.panels import Piece, column, row
from gui.widgets.text import Text
from gui.wire.offline_burn import OfflineBurnSeen, read_offline_burn

PLACE = "/v1/offline-burn"


class OfflineBurnPanel(QFrame):
    """How it stands, and its one switch."""

    def __init__(self, look: Look, session: Session) -> None:
        super().__init__()
        self._look, self._session = look, session
        self.seen = OfflineBurnSeen()
        self._locked = ""
        self.setProperty("part", "panel")
        title = Text(look, tr("offline_burn.title"), size=20, weight=600, wrap=True)
        self.state = Text(look, "", wrap=True)
        self.worst = Text(look, "", size=20, weight=600, wrap=True)
        self._each = Text(look, "", tone="ink2", wrap=True)
        self._cost = Text(look, "", tone="late", wrap=True)
        self.switch = Button(look, "", on_press=self.press)
        side, gap = look.gap(24), look.gap(8)
        pieces: list[Piece] = [title, self.state, self.worst, self._each, self._cost, row([self.switch, None])]
        self.setLayout(column(pieces, gap=gap, margins=(side, side, side, side)))
        self.show_seen(self.seen)

    def open(self, locked: str = "") -> None:
        """Ask how it stands; `locked` is why the setting cannot be changed here, if it cannot."""
        self._locked = locked
        self._session.ask("GET", PLACE, {}, self._take)

    def _take(self, answer: Answer) -> None:
        if answer.ok:
            self.show_seen(read_offline_burn(answer.body))
        else:
            self._session.noticed.emit(said(answer.reason, answer.message))

    def show_seen(self, seen: OfflineBurnSeen) -> None:
        """The worst case stands there whether it is on or off."""
        self.seen = seen
        self.state.setText(self._words())
        self.worst.show_text(tr("offline_burn.worst", amount=formats.price(seen.worst_case)) if seen.worst_case else "")
        each = tr("offline_burn.each", cap=formats.price(seen.device_cap), count=seen.devices) if seen.device_cap else ""
        self._each.show_text(each)
        costs = [("granted", seen.granted), ("lost", seen.lost)]
        said_costs = [tr(f"offline_burn.{key}", amount=formats.price(cost)) for key, cost in costs if cost and cost.minor]
        self._cost.show_text(formats.sentences(said_costs))
        self.switch.setText(tr("offline_burn.switch_off" if seen.on else "offline_burn.switch_on"))
        self.switch.setVisible(seen.on or (seen.allowed and seen.worst_case is not None))

    def _words(self) -> str:
        seen = self.seen
        if seen.on:
            return tr("offline_burn.on")
        if not seen.allowed:
            return tr(f"setup.locked.{self._locked}") if self._locked else tr("offline_burn.denied")
        why = f"offline_burn.why.{seen.why}"
        return f"{tr('offline_burn.off')} {tr(why) if known(why) else ''}".strip()

    def press(self) -> None:
        """Off at once; on only with a manager who has read what it can cost."""
        if self.seen.on:
            self._session.ask("POST", f"{PLACE}/off", {}, self._take)
        else:
            self.ask()

    def ask(self) -> Question:
        """The worst case in money, and the PIN; what is agreed to is what was shown."""
        seen = self.seen
        assert seen.worst_case is not None
        amount, agreed = formats.price(seen.worst_case), str(seen.worst_case)
        sentence = tr("offline_burn.ask", count=seen.devices, amount=amount)
        question = Question(self._look, self.window(), tr("offline_burn.title"), sentence)
        pin = question.add_pin(tr("discard.pin"))
        wrong = question.add_text()

        def done(answer: Answer) -> None:
            if answer.ok:
                question.accept()
                self._take(answer)
            else:
                wrong.show_text(said(answer.reason, answer.message))

        def press() -> None:
            self._session.ask("POST", f"{PLACE}/on", {"worst_case": agreed, "pin": pin.field.text()}, done)

        pin.field.returnPressed.connect(press)
        question.add_answers(tr("offline_burn.yes", amount=amount), press, kind=Kind.DANGER)
        question.open()
        pin.field.setFocus()
        return question
