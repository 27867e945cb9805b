"""The help page: which key does what, and how to reach whoever can help."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from gui.session import Session
from gui.strings import tr
from gui.style import Look
from gui.widgets.marks import KeyCap
from gui.widgets.panels import column, holder, scrolling
from gui.widgets.text import Text

KEYS = ("f1", "f2", "f3", "f4", "pages", "f9", "digits", "enter", "backspace", "ctrl_z", "esc", "zoom")


class HelpPage(QWidget):
    """Keys in two columns of words."""

    def __init__(self, look: Look, session: Session) -> None:
        super().__init__()
        self._session = session
        self.setProperty("part", "page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(tr("page.help"))
        grid = QGridLayout()
        grid.setSpacing(look.gap(16))
        grid.setColumnStretch(1, 1)
        for at, key in enumerate(KEYS):
            grid.addWidget(KeyCap(look, tr(f"help.key.{key}")), at, 0, Qt.AlignmentFlag.AlignLeft)
            grid.addWidget(Text(look, tr(f"help.{key}"), wrap=True), at, 1)
        self._version = Text(look, "", tone="ink2", size=14)
        side = look.gap(32)
        inside = QWidget()
        inside.setLayout(column([holder(column([grid], margins=(side, side, side, side)), "panel"), self._version, None], gap=16))
        gap = look.gap(24)
        title = Text(look, tr("page.help"), size=32, weight=600)
        layout = column([title, look.gap(12), scrolling(inside, tr("page.help"))], margins=(gap, look.gap(18), gap, 8))
        layout.setStretch(2, 1)
        self.setLayout(layout)

    def refresh(self) -> None:
        """The version that support will ask for."""
        status = self._session.state.status
        self._version.setText(tr("help.version", version=status.version if status else "?"))

    def tick(self) -> None:
        """Nothing here moves."""
