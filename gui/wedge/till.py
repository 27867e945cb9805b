"""The scanner that types into this till: what was learnt of it, and whether somebody is learning it now."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from agent.core.scanner_profile import ScannerProfile


class TypingScanner(QObject):
    """Between the event filter, the doctor's page and what is kept."""

    heard = Signal(object)
    """A Keyed, while it is being learnt."""
    listening = Signal(bool)
    """Scans are to learn from, or to act on again."""
    changed = Signal()
    """Another profile is in force."""

    def __init__(self, profile: ScannerProfile | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.profile = profile

    def use(self, profile: ScannerProfile | None) -> None:
        """Read it so from now on; None reads every scanner as it comes."""
        self.profile = profile
        self.changed.emit()
