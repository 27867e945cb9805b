"""A line to type in: named, tall enough for a finger, and without a menu that would speak another language."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QWidget

from gui.style import Look


class Field(QLineEdit):
    """What is typed stays plain text; a secret one shows dots and is never looked at for scans."""

    def __init__(
        self,
        look: Look,
        name: str,
        *,
        height: int = 56,
        size: int = 20,
        hint: bool = False,
        secret: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._hint = hint
        self.setFont(look.font(size))
        self.setFixedHeight(max(look.target(height), look.line(size) + look.gap(16)))
        self.setEchoMode(QLineEdit.EchoMode.Password if secret else QLineEdit.EchoMode.Normal)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.set_name(name)

    def set_name(self, name: str) -> None:
        """What a screen reader says; where there is no label above, the field shows it while it is empty."""
        self.setAccessibleName(name)
        if self._hint:
            self.setPlaceholderText(name)
