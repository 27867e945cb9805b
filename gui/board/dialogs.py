"""What the board asks: why an order is rejected and what is sold out, which ticket comes back, and the whole list to make."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from PySide6.QtWidgets import QWidget

from gui import formats
from gui.board.flow import BoardFlow
from gui.link.client import Answer
from gui.session import Session
from gui.strings import said, tr
from gui.style import Look
from gui.tickets import words as ticket_words
from gui.widgets.buttons import Kind
from gui.widgets.dialogs import Question, choose
from gui.wire.orders import OrderSeen

REJECT_REASONS = ("sold_out", "too_busy", "closing_soon", "allergy", "other")


class BoardDialogs:
    """Opened over a page; every one has a safe way out."""

    def __init__(self, look: Look, session: Session, flow: BoardFlow, parent: QWidget) -> None:
        self._look, self._session, self._flow, self._parent = look, session, flow, parent

    def reject(self, order: OrderSeen) -> None:
        """Ask for the reason; for what is sold out also which dishes."""

        def chosen(reason: str) -> None:
            if reason == "sold_out" and any(line.code for line in order.lines):
                self._which(order)
            else:
                self._flow.reject(order.id, reason)

        reasons = [(reason, tr(f"reject.{reason}")) for reason in REJECT_REASONS]
        title = tr("reject.title", ref=order.ref_no)
        choose(self._look, self._parent.window(), title, tr("reject.sentence"), reasons, chosen)

    def _which(self, order: OrderSeen) -> None:
        """Sold out for the rest of the day, so that the next order does not ask for it again."""
        question = Question(self._look, self._parent.window(), tr("reject.which"), tr("reject.which_rest"))
        dishes = {line.code: line.name for line in order.lines if line.code}
        marks = [question.add_mark(name, checked=len(dishes) == 1) for name in dishes.values()]
        wrong = question.add_text()

        def press() -> None:
            codes = [code for code, mark in zip(dishes, marks, strict=True) if mark.isChecked()]
            if not codes:
                wrong.show_text(tr("reject.nothing_chosen"))
                return
            question.accept()
            for code in codes:
                self._session.snooze(code, self._end_of_day(), self._tell)
            self._flow.reject(order.id, "sold_out")

        question.add_answers(tr("reject.yes"), press, kind=Kind.DANGER)
        question.open()

    def _tell(self, answer: Answer) -> None:
        if not answer.ok:
            self._session.noticed.emit(said(answer.reason, answer.message))

    def _end_of_day(self) -> datetime:
        local = self._session.now().astimezone(formats.zone(self._session.where()))
        return local.replace(hour=23, minute=59, second=59, microsecond=0)

    def recall(self) -> None:
        """One of the last 50 tickets back."""
        found = self._flow.recallable()
        if not found:
            self._flow.bring_back()
            return
        rows = [(order.id, _recall_words(order)) for order in found]
        self._list(tr("board.recall_title"), tr("board.recall_rest"), rows, self._flow.bring_back)

    def _list(self, title: str, sentence: str, rows: Sequence[tuple[str, str]], on_choice: Callable[[str], None]) -> None:
        choose(self._look, self._parent.window(), title, sentence, rows, on_choice)

    def to_make(self) -> None:
        """Every total."""
        question = Question(self._look, self._parent.window(), tr("board.all_title"), "")
        lines = [f"{count}  {name}" for count, name in ticket_words.to_make(self._flow.orders())]
        question.add_list(lines or [tr("board.nothing")])
        question.add_way_back()
        question.open()


def _recall_words(order: OrderSeen) -> str:
    return f"{order.ref_no}  {ticket_words.dishes(order)}"
