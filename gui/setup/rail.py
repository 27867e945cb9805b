"""The rail at the left of set-up: eight steps, which are done, and where we are."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QVBoxLayout

from gui.setup.draft import Draft, Step
from gui.strings import tr
from gui.style import Look
from gui.widgets.marks import Glyph
from gui.widgets.panels import column, empty, holder, row
from gui.widgets.text import Text

WIDTH = 264


class Rail(QFrame):
    """Rebuilt when the step changes."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._shown: object = None
        self.setProperty("part", "rail")
        self.setFixedWidth(look.gap(WIDTH))
        self._steps = QVBoxLayout()
        self._steps.setContentsMargins(0, 0, 0, 0)
        self._steps.setSpacing(look.gap(4))
        title = Text(look, tr("setup.title"), size=20, weight=600, wrap=True)
        lead = Text(look, tr("setup.lead"), size=14, tone="ink2", wrap=True)
        side = look.gap(24)
        self.setLayout(
            column([title, look.gap(4), lead, look.gap(20), self._steps, None], margins=(side, look.gap(32), side, side))
        )

    def refresh(self, draft: Draft) -> None:
        """Mark what is done; what was left out has a mark of its own."""
        if (draft.step, draft.skipped) == self._shown:
            return
        self._shown = (draft.step, draft.skipped)
        empty(self._steps)
        for step in Step:
            self._steps.addWidget(self._row(step, draft))

    def _row(self, step: Step, draft: Draft) -> QFrame:
        look, here = self._look, step is draft.step
        words = tr(f"setup.step.{step.name.lower()}")
        label = Text(look, words, weight=700 if here else 400, tone="accent" if here else "ink2", wrap=True)
        done = step < draft.step
        skipped = done and step in draft.skipped
        mark = (
            Glyph(look, "paused" if skipped else "ready", "ink2" if skipped else "ok", 24)
            if done
            else Text(look, str(int(step)), weight=700 if here else 600, tone="accent" if here else "ink2", tabular=True)
        )
        slot = holder(row([None, mark, None] if not done else [mark]))
        slot.setFixedWidth(look.gap(24))
        line = row([slot, label], gap=look.gap(14))
        line.setStretch(1, 1)
        frame = holder(line)
        frame.setMinimumHeight(look.gap(44))
        state = tr("setup.left_out") if skipped else tr("setup.done") if done else tr("setup.here") if here else ""
        frame.setAccessibleName(f"{int(step)}. {words}. {state}".strip())
        return frame
