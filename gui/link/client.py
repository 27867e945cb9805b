"""One HTTP call to the till API: a deadline, and an answer that is a body or a reason with a sentence."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

from PySide6.QtCore import QByteArray, QObject, QTimer, QUrl
from PySide6.QtNetwork import QNetworkAccessManager, QNetworkProxy, QNetworkReply, QNetworkRequest

from gui.link.address import Address
from gui.link.fields import Json, as_object, section, text, values
from gui.strings import is_known, said, tr

DEADLINE_S = 6.0
NUMBER = "call"
STATUS = QNetworkRequest.Attribute.HttpStatusCodeAttribute


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a call; `reason` is empty when it went well."""

    status: int
    """0 when there was no answer."""
    body: Json = field(default_factory=dict, repr=False)
    reason: str = ""
    message: str = ""

    @property
    def ok(self) -> bool:
        """It went well."""
        return not self.reason


Done = Callable[[Answer], None]


class Client(QObject):
    """Calls the till API; every call ends exactly once, at its deadline at the latest."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._manager = QNetworkAccessManager(self)
        self._manager.setProxy(QNetworkProxy(QNetworkProxy.ProxyType.NoProxy))
        self._manager.finished.connect(self._finished)
        self._address: Address | None = None
        self._held: list[Callable[[], None]] | None = None
        self._open: dict[int, Done] = {}
        self._count = 0

    def aim(self, address: Address | None) -> None:
        """Where calls go from now on, those that were held first."""
        self._address = address
        held, self._held = self._held or [], None
        for call in held:
            call()

    def hold(self) -> None:
        """Until `aim` calls wait: whoever is there is still proving to be the agent."""
        self._held = self._held or []

    def call(
        self,
        method: str,
        path: str,
        body: Json | None = None,
        *,
        done: Done,
        deadline_s: float = DEADLINE_S,
        key: str = "",
    ) -> None:
        """`path` begins with `/v1/`; `key` goes out as Idempotency-Key."""
        if self._address is None and self._held is not None:
            self._held.append(partial(self.call, method, path, body, done=done, deadline_s=deadline_s, key=key))
            return
        if self._address is None:
            QTimer.singleShot(0, self, lambda: done(_absent()))
            return
        headers = {"Authorization": f"Bearer {self._address.token}"} | ({"Idempotency-Key": key} if key else {})
        self.send(method, self._address.url + path, body, done=done, deadline_s=deadline_s, headers=headers)

    def send(
        self,
        method: str,
        url: str,
        body: Json | None = None,
        *,
        done: Done,
        deadline_s: float = DEADLINE_S,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """The same to a whole URL, for the practice cloud's switch."""
        request = bare_request(url, headers or {})
        request.setHeader(QNetworkRequest.KnownHeaders.ContentTypeHeader, "application/json")
        payload = QByteArray(json.dumps(body or {}).encode() if method == "POST" else b"")
        reply = self._manager.sendCustomRequest(request, QByteArray(method.encode()), payload)
        self._count += 1
        self._open[self._count] = done
        reply.setProperty(NUMBER, self._count)
        timer = QTimer(reply)
        timer.setSingleShot(True)
        timer.timeout.connect(reply.abort)
        timer.start(round(deadline_s * 1000))

    def _finished(self, reply: QNetworkReply) -> None:
        """A call has ended; streams carry no number and are their owner's."""
        done = self._open.pop(int(reply.property(NUMBER) or 0), None)
        if done is None:
            return
        status = reply.attribute(STATUS)
        answer = read_answer(int(status) if status else 0, bytes(reply.readAll().data()))
        reply.deleteLater()
        done(answer)

    def stream(self, path: str, headers: Mapping[str, str]) -> QNetworkReply | None:
        """Open a reply that never ends, or None while there is no address."""
        if self._address is None:
            return None
        allowed = {"Authorization": f"Bearer {self._address.token}", "Accept": "text/event-stream", **headers}
        return self._manager.get(bare_request(self._address.url + path, allowed))


def bare_request(url: str, headers: Mapping[str, str]) -> QNetworkRequest:
    """A request that follows no redirect and keeps no cookie."""
    request = QNetworkRequest(QUrl(url))
    request.setAttribute(QNetworkRequest.Attribute.RedirectPolicyAttribute, QNetworkRequest.RedirectPolicy.ManualRedirectPolicy)
    for attribute in (QNetworkRequest.Attribute.CookieLoadControlAttribute, QNetworkRequest.Attribute.CookieSaveControlAttribute):
        request.setAttribute(attribute, QNetworkRequest.LoadControl.Manual)
    for name, value in headers.items():
        request.setRawHeader(QByteArray(name.encode()), QByteArray(value.encode()))
    return request


def _absent() -> Answer:
    return Answer(0, reason="agent_gone", message=tr("call.gone"))


def read_answer(status: int, raw: bytes) -> Answer:
    """An answer from a status and a body; refusals bring their own sentence."""
    if status == 0:
        return _absent()
    try:
        body = as_object(json.loads(raw or b"{}"))
    except ValueError:
        return Answer(status, reason="unreadable", message=tr("call.unreadable"))
    if 200 <= status < 300:
        return Answer(status, body)
    problem = section(body, "error")
    reason = text(problem, "reason") or f"http_{status}"
    # One word stands for every silence; the details know which, and so do the tables.
    word = details if is_known(details := text(problem, "details")) else reason
    return Answer(status, body, reason, said(word, text(problem, "message"), values(problem)) or tr("call.refused"))
