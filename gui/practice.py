"""The practice cloud's switches: cut and restore the line, place an order, hold up a member's code."""

from __future__ import annotations

from itertools import cycle

from PySide6.QtCore import QObject, Signal

from gui.link.client import Answer, Client
from gui.link.fields import flag, rows, section, texts
from gui.session import Session

STATE_PATH = "/__sandbox__/state"
LINE_PATH = "/__sandbox__/line"
ORDERS_PATH = "/__sandbox__/orders"


class Practice(QObject):
    """Talks to the practice cloud named by CATA_BRIDGE_DEMO_CONTROL."""

    changed = Signal()

    def __init__(self, url: str, client: Client, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._url, self._client, self._session = url.rstrip("/"), client, session
        self._codes = cycle([""])
        self.is_cut = False
        self.can_scan = False

    def load(self) -> None:
        """Ask how the line is and whom could be scanned."""
        self._client.send("GET", self._url + STATE_PATH, done=self._state)

    def switch_line(self) -> None:
        """Cut the internet, or bring it back."""
        self._client.send("POST", self._url + LINE_PATH, {"up": self.is_cut}, done=self._line)

    def place_order(self) -> None:
        """Somebody orders something."""
        self._client.send("POST", self._url + ORDERS_PATH, {}, done=self._told)

    def scan_member(self) -> None:
        """The next practice member holds a code up."""
        self._session.scan(next(self._codes))

    def _state(self, answer: Answer) -> None:
        if not answer.ok:
            return
        codes = [code for member in rows(answer.body, "members") for code in texts(member, "codes")[:1]]
        if codes:
            self._codes, self.can_scan = cycle(codes), True
        self.is_cut = not flag(section(answer.body, "line"), "up", True)
        self.changed.emit()

    def _line(self, answer: Answer) -> None:
        if answer.ok:
            self.is_cut = not flag(answer.body, "up", True)
            self.changed.emit()
        else:
            self._told(answer)

    def _told(self, answer: Answer) -> None:
        if not answer.ok:
            self._session.noticed.emit(answer.message)
