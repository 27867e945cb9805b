"""The living connection to the agent: finds it, starts it, hears its events, and comes back when it comes back."""

from __future__ import annotations

import logging
from pathlib import Path

from PySide6.QtCore import QElapsedTimer, QObject, QTimer, Signal
from PySide6.QtNetwork import QNetworkReply

from agent.core.backoff import Backoff
from agent.core.clock import Clock
from agent.core.ids import Ids
from gui.link import proof
from gui.link.address import Address, read_address, start_agent
from gui.link.client import STATUS, Client
from gui.link.proof import Proof
from gui.link.sse import EventReader

log = logging.getLogger(__name__)

RECONNECT = Backoff(base_s=0.3, cap_s=1.0)
"""A try on this computer costs nothing, and somebody waits for the counter."""
SILENCE_S = 25.0
"""The agent speaks at least every 10 seconds; a longer silence is a dead line."""
LOOK_MS = 1000
WOKE_S = 10.0
"""The clock on the wall went on by so much more than it should between two looks: the computer slept, and what the stream
says since is not known to be all of it."""
START_AFTER_FAILURES = 2
"""One failure may be an agent that is just restarting; from the second on it is started."""
BELIEVED_FALSE = 2
"""One false proof may come from an agent that has just started, and whose address was read a moment too early."""
START_AGAIN_MS = 20_000
"""A slow computer may need so long to start an agent; a second one would only slow the first."""


class AgentLink(QObject):
    """Event stream of whichever agent runs in a home directory."""

    heard = Signal(str, object)
    """Name and data."""
    opened = Signal()
    lost = Signal()
    usurped = Signal()
    """Another program answers in the agent's place; it was told nothing."""

    def __init__(
        self,
        home: Path,
        client: Client,
        ids: Ids,
        *,
        starts_agent: bool = True,
        clock: Clock | None = None,
        parent: QObject | None = None,
    ) -> None:
        """`clock` tells that the computer slept; without one nobody looks."""
        super().__init__(parent)
        self._home, self._client, self._ids, self._starts_agent = home, client, ids, starts_agent
        self._reader = EventReader()
        self._reply: QNetworkReply | None = None
        self._failures = self._false = self._asked = 0
        self._started = QElapsedTimer()
        self._retry = _timer(self, self.connect_now)
        self._watchdog = _timer(self, self._failed)
        self._clock, self._looked_at = clock, clock.now() if clock else None
        self._wakes = QTimer(self)
        self._wakes.timeout.connect(self._look_at_clock)
        if clock is not None:
            self._wakes.start(LOOK_MS)

    def connect_now(self) -> None:
        """Read where the agent is, let it prove itself and open the stream; failures are tried again by themselves."""
        self._retry.stop()
        self._drop()
        address, self._asked = read_address(self._home), self._asked + 1
        if address is None:
            self._failed()
            return
        asked = self._asked
        self._client.hold()
        proof.ask(self._client, address, self._ids.token(), lambda found: self._proved(found, address, asked))

    def _proved(self, found: Proof, address: Address, asked: int) -> None:
        """Only now the token goes out; an answer that nobody waits for any more changes nothing."""
        if asked != self._asked:
            return
        self._false = self._false + 1 if found is Proof.FALSE else 0
        if found is not Proof.GOOD:
            self._failed()
            return
        self._client.aim(address)
        self._open_stream()

    def _open_stream(self) -> None:
        headers = {"Last-Event-ID": self._reader.last_id} if self._reader.last_id else {}
        reply = self._client.stream("/v1/events", headers)
        if reply is None:
            self._failed()
            return
        self._reply = reply
        self._reader.restart()
        reply.readyRead.connect(self._read)
        reply.finished.connect(self._failed)
        self._watchdog.start(round(SILENCE_S * 1000))

    def _look_at_clock(self) -> None:
        """After a sleep, or a clock that was set, the stream is opened anew and everything is asked again."""
        if self._clock is None or self._looked_at is None:
            return
        before, self._looked_at = self._looked_at, self._clock.now()
        if abs((self._looked_at - before).total_seconds() - LOOK_MS / 1000) > WOKE_S:
            log.info("the clock jumped; the agent is asked again")
            self._reader = EventReader()
            self.setProperty("open", False)
            self.connect_now()

    def close(self) -> None:
        """Let go for good."""
        self._asked += 1
        self._wakes.stop()
        self._retry.stop()
        self._drop()

    def _drop(self) -> None:
        self._watchdog.stop()
        self._client.aim(None)
        reply, self._reply = self._reply, None
        if reply is not None:
            reply.readyRead.disconnect(self._read)
            reply.finished.disconnect(self._failed)
            reply.abort()
            reply.deleteLater()

    def _read(self) -> None:
        reply = self._reply
        if reply is None:
            return
        self._watchdog.start(round(SILENCE_S * 1000))
        status = reply.attribute(STATUS)
        chunk = bytes(reply.readAll().data())
        if status != 200:
            return
        if self._failures or not self._is_open():
            self._open()
        try:
            events = self._reader.feed(chunk)
        except ValueError:
            self._failed()
            return
        for event in events:
            self.heard.emit(event.name, event.data)

    def _is_open(self) -> bool:
        return bool(self.property("open"))

    def _open(self) -> None:
        if self._failures:
            log.info("agent found again failures=%s", self._failures)
        self._failures = 0
        self._started.invalidate()
        self.setProperty("open", True)
        self.opened.emit()

    def _failed(self) -> None:
        self._drop()
        self._failures += 1
        log.log(logging.WARNING if self._failures == 1 else logging.DEBUG, "agent not reached failures=%s", self._failures)
        self.setProperty("open", False)
        (self.usurped if self._false >= BELIEVED_FALSE else self.lost).emit()
        if self._starts_agent and self._failures >= START_AFTER_FAILURES:
            self._start()
        delay = RECONNECT.delay_s(self._failures, self._ids.fraction())
        self._retry.start(round(100 + delay * 1000))

    def _start(self) -> None:
        if not self._started.isValid() or self._started.hasExpired(START_AGAIN_MS):
            self._started.start()
            start_agent(self._home)


def _timer(owner: AgentLink, run: object) -> QTimer:
    timer = QTimer(owner)
    timer.setSingleShot(True)
    timer.timeout.connect(run)
    return timer
