"""F4: for how long the kitchen is busy."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from gui.link.client import Answer
from gui.session import Session
from gui.strings import tr
from gui.style import Look
from gui.widgets.dialogs import Question, choose

BUSY_MINUTES = (10, 20, 30, 60)


def ask_busy(look: Look, window: QWidget, session: Session, forecast: str, tell: Callable[[str], None]) -> Question:
    """Open the choices, with the forecast of lateness where there is one; `tell` hears what came of it."""

    def done(answer: Answer) -> None:
        tell(tr("busy.saved") if answer.ok else answer.message)

    choices = [(str(minutes), tr("busy.plus", minutes=minutes)) for minutes in BUSY_MINUTES]
    choices.append(("0", tr("busy.over")))
    sentence = forecast or tr("busy.sentence")
    return choose(look, window, tr("busy.title"), sentence, choices, lambda value: session.busy(int(value), done))
