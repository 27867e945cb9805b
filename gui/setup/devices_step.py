"""Plugging things in: the devices of one role, adding one by its kind, and its settings as its driver describes them."""

from __future__ import annotations

from functools import partial

from PySide6.QtWidgets import QVBoxLayout, QWidget

from gui.link.client import Answer
from gui.link.fields import Json, rows, text
from gui.setup.draft import DeviceDraft, Draft, Step
from gui.setup.flow import SetupFlow
from gui.setup.form import Form
from gui.setup.place_steps import line, named
from gui.setup.setting_words import name_of, summary
from gui.strings import shown_name, tr
from gui.style import Look
from gui.widgets.buttons import Button, Kind
from gui.widgets.dialogs import ask, choose
from gui.widgets.flow import flowing
from gui.widgets.marks import Glyph
from gui.widgets.panels import Piece, column, empty, holder, row, rule
from gui.widgets.text import Elided, Text


class DeviceEditor(QWidget):
    """A list of what is there, or the form of one device."""

    def __init__(self, look: Look, flow: SetupFlow, step: Step) -> None:
        super().__init__()
        self._look, self._flow, self._step = look, flow, step
        self._shown: object = None
        self._form: Form | None = None
        self._body = QVBoxLayout()
        self._body.setContentsMargins(0, 0, 0, 0)
        self._body.setSpacing(look.gap(12))
        self.setLayout(column([self._body]))

    def refresh(self, draft: Draft) -> None:
        """The list is rebuilt when it changed; a form that is open stays as it is."""
        kinds = self._flow.drivers_of(self._step)
        there = [one for one in draft.devices if draft.roles.get(one.driver) == self._role()]
        shown = (tuple((one.name, one.driver) for one in there), tuple(text(one, "kind") for one in kinds))
        if self._form is None and shown != self._shown:
            self._shown = shown
            self._list(there, kinds)

    def _role(self) -> str:
        return {Step.POS: "pos", Step.SCANNER: "scanner", Step.PRINTER: "printer"}[self._step]

    def _list(self, there: list[DeviceDraft], kinds: list[Json]) -> None:
        look = self._look
        empty(self._body)
        pieces: list[Piece] = []
        for index, device in enumerate(there):
            pieces += [rule(look)] if index else []
            pieces.append(self._row(device))
        if pieces:
            self._body.addWidget(holder(column(pieces, margins=(2, 2, 2, 2)), "panel"))
        self._body.addWidget(Text(look, tr("setup.which_kind"), weight=600, tone="ink2"))
        buttons = [
            Button(look, text(one, "kind"), name=tr("setup.add", kind=text(one, "kind")), on_press=partial(self.open, one))
            for one in kinds
        ]
        self._body.addWidget(holder(flowing_column(buttons, look)))

    def _row(self, device: DeviceDraft) -> QWidget:
        look, name = self._look, shown_name(device.name)
        words = holder(column([None, Elided(look, name, weight=600), Elided(look, device.driver, size=14, tone="ink2"), None]))
        change = Button(look, tr("setup.change"), name=f"{tr('setup.change')}: {name}", on_press=partial(self._change, device))
        remove = Button(
            look,
            tr("setup.remove"),
            kind=Kind.DANGER,
            name=f"{tr('setup.remove')}: {name}",
            on_press=partial(self._remove, device),
        )
        pieces: list[Piece] = [Glyph(look, "ready", "ok", 24), look.gap(14), words, change, look.gap(8), remove]
        frame = holder(row(pieces, margins=(look.gap(20), look.gap(8), look.gap(12), look.gap(8))))
        frame.setMinimumHeight(look.target(72))
        return frame

    def _change(self, device: DeviceDraft) -> None:
        kind = next((one for one in self._flow.drivers if text(one, "kind") == device.driver), None)
        if kind is not None:
            self.open(kind, device)

    def _remove(self, device: DeviceDraft) -> None:
        title, rest = tr("setup.remove_title", name=shown_name(device.name)), tr("setup.remove_rest")
        ask(self._look, self.window(), title, rest, tr("setup.remove_yes"), lambda: self._flow.unplug(device.name))

    def open(self, kind: Json, device: DeviceDraft | None = None) -> None:
        """The form of one kind of device."""
        look, driver = self._look, text(kind, "kind")
        empty(self._body)
        self._body.addWidget(Text(look, driver, size=24, weight=600))
        self._body.addWidget(Text(look, summary(driver, text(kind, "summary")), tone="ink2", wrap=True))
        taken = {one.name for one in self._flow.draft.devices}
        name = device.name if device else driver if driver not in taken else f"{driver}-{len(taken) + 1}"
        self._name = line(look, tr("setup.name"), name, lambda: None)
        self._name.setEnabled(device is None)
        self._secret = line(look, tr("setup.secret"), "", lambda: None, secret=True)
        self._form = Form(look, rows(kind, "fields"), device.options if device else {}, lambda: None, kind=driver)
        pieces: list[Piece] = [named(look, tr("setup.name"), self._name), look.gap(16)]
        if self._step is Step.POS:
            pieces += [named(look, tr("setup.secret"), self._secret, tr("setup.secret_why")), look.gap(16)]
        pieces += [self._form, look.gap(16), self._buttons(kind, driver)]
        self._body.addWidget(holder(column(pieces, margins=(look.gap(24),) * 4), "panel"))
        self._name.setFocus()

    def _buttons(self, kind: Json, driver: str) -> QWidget:
        look = self._look
        self._problem = Text(look, "", weight=600, tone="late", wrap=True)
        self._problem.hide()
        save = Button(look, tr("setup.save"), kind=Kind.PRIMARY, height=64, size=20, on_press=lambda: self._save(driver))
        cancel = Button(look, tr("setup.cancel"), height=64, size=20, on_press=self.close_form)
        pieces: list[QWidget] = [save, cancel]
        if text(kind, "outlet_field"):
            pieces.append(Button(look, tr("setup.list_shops"), height=64, on_press=lambda: self._ask_shops(kind)))
        return holder(column([self._problem, look.gap(8), flowing(pieces, look.gap(8))]))

    def _drafted(self, driver: str) -> DeviceDraft:
        values = self._form.values() if self._form else {}
        return DeviceDraft(name=self._name.text().strip(), driver=driver, options=values)

    def _save(self, driver: str) -> None:
        missing = self._form.missing() if self._form else ""
        if missing:
            self._problem.show_text(tr("setup.needs_value", field=missing))
            return

        def done(problem: str) -> None:
            if problem:
                self._problem.show_text(problem)
            else:
                self.close_form()

        self._flow.plug_in(self._drafted(driver), self._secret.text().strip(), done)

    def _ask_shops(self, kind: Json) -> None:
        key = text(kind, "outlet_field")

        def done(answer: Answer) -> None:
            shops = [(text(one, "id"), f"{text(one, 'name')} ({text(one, 'id')})") for one in rows(answer.body, "outlets")]
            if not answer.ok or not shops:
                self._problem.show_text(answer.message or tr("setup.no_shops"))
                return
            title = tr("setup.choose_shop")
            choose(self._look, self.window(), title, name_of(text(kind, "kind"), key), shops, lambda shop: self._put(key, shop))

        self._flow.outlets(self._drafted(text(kind, "kind")), self._secret.text().strip(), done)

    def _put(self, key: str, shop: str) -> None:
        if self._form is not None:
            self._form.put(key, shop)

    def close_form(self) -> None:
        """Back to the list."""
        self._form, self._shown = None, None
        self.refresh(self._flow.draft)


def flowing_column(buttons: list[Button], look: Look) -> QVBoxLayout:
    """Buttons in lines, as a layout of their own."""
    return column([flowing(list(buttons), look.gap(8))])
