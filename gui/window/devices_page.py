"""The devices page: every device with its state in a sentence and a test, the way to the cloud, and this screen's own look."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from gui import formats
from gui.link.client import Answer
from gui.link.fields import Json, flag, rows, sentence, text
from gui.session import Session
from gui.strings import NAMES, known, language, said, shown_name, told, tr
from gui.style import Look
from gui.widgets.buttons import Button, Kind
from gui.widgets.flow import flowing
from gui.widgets.lifetime import while_there
from gui.widgets.marks import Glyph
from gui.widgets.panels import Piece, column, empty, holder, row, rule, scrolling
from gui.widgets.text import Elided, Text
from gui.wire.status import DeviceSeen

GLYPHS = {
    "ready": ("ready", "ok"),
    "starting": ("clock", "offline"),
    "missing": ("attention", "late"),
    "attention": ("diamond", "attention"),
    "misconfigured": ("attention", "late"),
}


class DevicesPage(QWidget):
    """Rows of devices; the doctor and the zoom below."""

    def __init__(
        self, look: Look, session: Session, on_look: Callable[[str], None], on_open: Callable[[str], None] = lambda name: None
    ) -> None:
        super().__init__()
        self._on_open = on_open
        self._look, self._session, self._on_look = look, session, on_look
        self._shown: tuple[object, ...] | None = None
        self._results: dict[str, tuple[bool, str]] = {}
        self.setProperty("part", "page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(tr("page.devices"))
        self._list, self._probes = QVBoxLayout(), QVBoxLayout()
        self._build()

    def _build(self) -> None:
        look, gap = self._look, self._look.gap(24)
        for layout in (self._list, self._probes):
            layout.setContentsMargins(2, 2, 2, 2)
            layout.setSpacing(0)
        self._probe_panel = holder(column([self._probes], margins=(2, 2, 2, 2)), "panel")
        self._probe_panel.hide()
        inside = QWidget()
        lists = [holder(column([self._list]), "panel"), self._buttons(), self._probe_panel, self._looks(), None]
        inside.setLayout(column(lists, gap=look.gap(16)))
        title = Text(look, tr("page.devices"), size=32, weight=600)
        layout = column([title, look.gap(12), scrolling(inside, tr("page.devices"))], margins=(gap, look.gap(18), gap, 8))
        layout.setStretch(2, 1)
        self.setLayout(layout)

    def _buttons(self) -> QWidget:
        self.doctor = Button(self._look, tr("devices.doctor"), height=64, size=20, on_press=self.find_fault)
        look, press = self._look, self._on_open
        others = [
            Button(look, tr(f"devices.open.{name}"), height=64, size=20, on_press=partial(press, name))
            for name in ("doctor", "settings", "handover", "training")
        ]
        return holder(column([flowing([self.doctor, *others], look.gap(8))]))

    def _looks(self) -> QWidget:
        look, press = self._look, self._on_look
        words = Text(look, tr("look.title", zoom=look.zoom), weight=600, tone="ink2")
        names = ("smaller", "larger", "light", "dark", "contrast", "auto")
        looks = [Button(look, tr(f"look.{name}"), on_press=partial(press, name)) for name in names]
        speaks = [Button(look, name, kind=self._chosen(code), on_press=partial(press, code)) for code, name in NAMES.items()]
        title = Text(look, tr("look.language"), weight=600, tone="ink2")
        gap = look.gap(8)
        return holder(column([words, gap, flowing(looks, gap), look.gap(16), title, gap, flowing(speaks, gap)]))

    def _chosen(self, code: str) -> Kind:
        return Kind.PRIMARY if code == language() else Kind.SECONDARY

    def refresh(self) -> None:
        """Rows are rebuilt only when a device changed."""
        devices = self._session.state.devices
        shown = (*devices, tuple(self._results.items()))
        if shown == self._shown:
            return
        self._shown = shown
        empty(self._list)
        for index, device in enumerate(devices):
            if index:
                self._list.addWidget(rule(self._look))
            self._list.addWidget(self._row(device))
        if not devices:
            self._list.addWidget(holder(column([Text(self._look, tr("devices.none"), tone="ink2")], margins=(24, 16, 24, 16))))

    def tick(self) -> None:
        """Nothing here moves by itself."""

    def _row(self, device: DeviceSeen) -> QFrame:
        look = self._look
        glyph, tone = GLYPHS.get(device.state, ("diamond", "attention"))
        state = f"device.{device.state}"
        sub = told(device.sentence) or (tr(state) if known(state) else device.state)
        name = shown_name(device.name)
        lines = [None, Elided(look, name, size=18, weight=600), Elided(look, sub, tone="ink2")]
        if device.name in self._results:
            worked, found = self._results[device.name]
            lines.append(Elided(look, told(found), weight=600, tone="ok" if worked else "late"))
        is_printer = device.role == "printer"
        button = Button(
            look,
            tr("setup.print" if is_printer else "devices.test"),
            name=tr("setup.print_on" if is_printer else "devices.test_name", name=name),
            on_press=lambda: self._test(device.name, prints=is_printer),
        )
        words = holder(column([*lines, None]))
        mark = Glyph(look, glyph, tone, 24)
        pieces: list[Piece] = [mark, look.gap(14), words, Text(look, device.driver, size=14, tone="ink2"), look.gap(16), button]
        frame = holder(row(pieces, margins=(look.gap(20), look.gap(8), look.gap(12), look.gap(8))))
        frame.setMinimumHeight(look.target(84))
        frame.setAccessibleName(f"{name}. {sub}")
        return frame

    def _test(self, name: str, *, prints: bool = False) -> None:
        def done(answer: Answer) -> None:
            worked = answer.ok and flag(answer.body, "ok", True)
            self._results[name] = (
                worked,
                sentence(answer.body) if answer.ok else answer.message,
            )
            self.refresh()

        self._results[name] = (True, tr("devices.testing"))
        self.refresh()
        ask = self._session.print_test_page if prints else self._session.test_device
        ask(name, while_there(self, done))

    def find_fault(self) -> None:
        """Probe every link to the cloud and show the answers in order."""
        self.doctor.setEnabled(False)

        def done(answer: Answer) -> None:
            self.doctor.setEnabled(True)
            empty(self._probes)
            self._probe_panel.show()
            for probe in rows(answer.body, "probes"):
                glyph = ("ready", "ok") if flag(probe, "ok") else ("attention", "late")
                who = said(text(probe, "who_reason"), text(probe, "who"))
                words = formats.sentences((_probed(probe), who))
                line = row([Glyph(self._look, *glyph, 20), Text(self._look, words, wrap=True)], gap=12, margins=(20, 10, 20, 10))
                line.setStretch(1, 1)
                self._probes.addWidget(holder(line))
            if not answer.ok:
                self._probes.addWidget(holder(column([Text(self._look, answer.message)], margins=(20, 10, 20, 10))))

        self._session.doctor(while_there(self, done))


def _probed(probe: Json) -> str:
    """What was found; a probe of a device begins with the device."""
    return told(sentence(probe))
