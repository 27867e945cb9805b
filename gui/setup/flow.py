"""Set-up as one live value: what a step asks of the agent, and waiting until what was written is in force."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from agent.core.scan import TEST_CODES
from gui.link.client import Answer
from gui.link.fields import Json, as_object, flag, moment, rows, sentence, text
from gui.session import Session
from gui.setup.draft import ROLES, DeviceDraft, Draft, Step, held_back
from gui.strings import said, told, tr
from gui.wire.scans import ScanSeen

SLOW_S = 35.0
LOOK_MS = 250
LOOKS = 80
"""After so many looks an agent that was to come back has not."""


class SetupFlow(QObject):
    """The draft and everything that moves it."""

    changed = Signal()
    finished = Signal()

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.draft = Draft()
        self.drivers: list[Json] = []
        """As the till API describes them."""
        self._run, self._looks = "", 0
        self._then: Callable[[], None] = lambda: None
        self._look = QTimer(self)
        self._look.setSingleShot(True)
        self._look.timeout.connect(self._look_again)
        session.scanned.connect(self.heard_scan)
        session.changed.connect(self._see_order)

    def change(self, **fields: Any) -> None:
        """Enter something."""
        self.draft = replace(self.draft, **fields)
        self.changed.emit()

    def begin(self) -> None:
        """From the first step; what is set already is loaded."""
        self.draft = Draft(roles=self.draft.roles)
        self.load()
        self.changed.emit()

    def load(self) -> None:
        """Begin with what is set already."""
        self._session.ask("GET", "/v1/setup/drivers", {}, self._take_drivers)
        self._session.ask("GET", "/v1/setup", {}, self._loaded)

    def _take_drivers(self, answer: Answer) -> None:
        if answer.ok:
            self.drivers = rows(answer.body, "drivers")
            self.change(roles={text(one, "kind"): text(one, "role") for one in self.drivers})

    def _loaded(self, answer: Answer) -> None:
        if answer.ok:
            self.take_settings(answer.body)
        else:
            self._fail(answer)

    def take_settings(self, seen: Json) -> None:
        """What the till API says is set."""
        self._run = text(seen, "run")
        fields = {text(one, "key"): one for one in rows(seen, "fields")}
        devices = tuple(
            DeviceDraft(name=text(one, "name"), driver=text(one, "driver"), options=as_object(one.get("options")))
            for one in rows(seen, "devices")
        )
        names = seen.get("secrets")
        url = text(fields.get("cloud.base_url"), "value")
        self.change(
            loaded=True,
            pin_set=flag(seen, "pin_set"),
            provider=text(fields.get("cloud.provider"), "value", "cata"),
            url=self.draft.url or url,
            has_key=isinstance(names, list) and "api-key" in names and (self.draft.url or url) == url,
            outlet_id=self.draft.outlet_id or text(fields.get("outlet.id"), "value"),
            outlet_name=self.draft.outlet_name or text(fields.get("outlet.name"), "value"),
            till=text(fields.get("outlet.till"), "value", "till-1"),
            devices=devices,
            locked={key: text(one, "locked") for key, one in fields.items() if text(one, "locked")}
            | ({"devices": decided} if (decided := text(seen, "devices_locked")) else {}),
        )

    def go_on(self) -> None:
        """Continue: do what the step is for, then show the next."""
        if held_back(self.draft):
            return
        match self.draft.step:
            case Step.KEY if not self.draft.cloud_ok:
                self.try_key()
            case Step.OUTLET:
                self.write(self._place(), self._next)
            case Step.FINISHED:
                self.finished.emit()
            case _:
                self._next()

    def go_back(self) -> None:
        """The step before."""
        if self.draft.step > Step.ADDRESS and not self.draft.busy:
            self.change(step=Step(self.draft.step - 1), problem="")

    def skip(self) -> None:
        """There is nothing of this kind here; the sheet says so."""
        self.draft = replace(self.draft, skipped=self.draft.skipped | {self.draft.step})
        self._next()

    def _next(self) -> None:
        if self.draft.step < Step.FINISHED:
            self.change(step=Step(self.draft.step + 1), problem="")

    def try_key(self) -> None:
        """Ask the cloud who the key belongs to; Continue does it too."""
        draft = self.draft
        body = {"base_url": draft.url.strip(), "provider": draft.provider} | ({"key": draft.key} if draft.key else {})

        def done(answer: Answer) -> None:
            if answer.ok:
                until = moment(answer.body, "expires_at")
                self.change(busy=False, problem="", cloud_ok=True, cloud_name=text(answer.body, "name"), cloud_until=until)
            else:
                self._fail(answer)

        self.change(busy=True, problem="")
        self._session.ask("POST", "/v1/setup/cloud", body, done, deadline_s=SLOW_S)

    def _place(self) -> dict[str, object]:
        draft = self.draft
        wanted = {
            "cloud.provider": draft.provider,
            "cloud.base_url": draft.url.strip().rstrip("/"),
            "outlet.id": draft.outlet_id.strip(),
            "outlet.name": draft.outlet_name.strip(),
            "outlet.till": draft.till.strip(),
        }
        settings = {key: value for key, value in wanted.items() if key not in draft.locked}
        secrets = {"api-key": draft.key} if draft.key else {}
        return {"settings": settings, "secrets": secrets}

    def plug_in(self, device: DeviceDraft, secret: str, done: Callable[[str], None]) -> None:
        """Add a device or set one anew; `done` gets the sentence why it does not fit, or nothing."""
        others = [one for one in self.draft.devices if one.name != device.name]
        body: dict[str, object] = {"devices": [one.body for one in (*others, device)]}
        if secret:
            body["secrets"] = {f"device/{device.name}": secret}
        self.write(body, lambda: done(""), done)

    def unplug(self, name: str) -> None:
        """Remove a device."""
        self.write({"devices": [one.body for one in self.draft.devices if one.name != name]}, lambda: None)

    def outlets(self, device: DeviceDraft, secret: str, done: Callable[[Answer], None]) -> None:
        """The shops that a POS knows."""
        body: dict[str, object] = {"device": device.body} | ({"secret": secret} if secret else {}) | self._pin()
        self._session.ask("POST", "/v1/setup/outlets", body, done, deadline_s=SLOW_S)

    def _pin(self) -> dict[str, object]:
        return {"pin": self.draft.pin} if self.draft.pin else {}

    def write(self, body: Json, then: Callable[[], None], refused: Callable[[str], None] = lambda sentence: None) -> None:
        """Write, wait until it is in force, go on; a refusal stays on the page."""

        def done(answer: Answer) -> None:
            if not answer.ok:
                self._fail(answer)
                refused(self.draft.problem)
            elif answer.body.get("changed"):
                self._then, self._looks = then, 0
                self._look.start(LOOK_MS)
            else:
                self.change(busy=False)
                then()

        self.change(busy=True, problem="")
        self._session.ask("POST", "/v1/setup", {**body, **self._pin()}, done, deadline_s=SLOW_S)

    def _look_again(self) -> None:
        def done(answer: Answer) -> None:
            self._looks += 1
            if answer.ok and text(answer.body, "run") != self._run:
                self.take_settings(answer.body)
                self.change(busy=False)
                self._then()
            elif self._looks < LOOKS:
                self._look.start(LOOK_MS)
            else:
                self.change(busy=False, problem=tr("setup.not_back"))

        self._session.ask("GET", "/v1/setup", {}, done)

    def _fail(self, answer: Answer) -> None:
        self.change(busy=False, problem=said(answer.reason, answer.message))

    def heard_scan(self, scan: ScanSeen) -> None:
        """A test code came through whole."""
        if scan.code in TEST_CODES:
            self.change(codes=self.draft.codes | {scan.code}, scanner=scan.device or self.draft.scanner)

    def print_page(self, name: str) -> None:
        """A test page from one printer."""

        def done(answer: Answer) -> None:
            worked = answer.ok and flag(answer.body, "ok")
            problem = told(sentence(answer.body)) if answer.ok else answer.message
            self.change(busy=False, printed=self.draft.printed or worked, problem="" if worked else problem)

        self.change(busy=True, problem="")
        self._session.ask("POST", "/v1/setup/test-print", {"name": name}, done, deadline_s=SLOW_S)

    def place_order(self) -> None:
        """An order marked TEST."""

        def done(answer: Answer) -> None:
            if answer.ok:
                self.change(busy=False, order_id=text(answer.body, "id"))
            else:
                self._fail(answer)

        self.change(busy=True, problem="")
        self._session.ask("POST", "/v1/setup/test-order", {}, done)

    def complete_order(self) -> None:
        """Take the practice order off the board."""
        self._session.move_order(self.draft.order_id, "COMPLETED", lambda answer: None if answer.ok else self._fail(answer))

    def _see_order(self) -> None:
        order = self._session.state.orders.get(self.draft.order_id) if self.draft.order_id else None
        if order is not None and order.status == "COMPLETED" and not self.draft.order_done:
            self.change(order_done=True, problem="")

    def drivers_of(self, step: Step) -> list[Json]:
        """Kinds of devices that a step offers: those that can be used on this computer, practice ones last."""
        found = [one for one in self.drivers if text(one, "role") == ROLES.get(step) and not text(one, "why_unavailable")]
        return sorted(found, key=lambda one: text(one, "kind").startswith("simulated"))
