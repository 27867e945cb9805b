"""Scans among typing in a real window, on four layouts, with Caps Lock: every one read, nothing pressed, nothing lost."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QKeyEvent, QWindow
from PySide6.QtWidgets import QApplication, QLineEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from agent.core.keyboards import LAYOUTS as KEYBOARDS
from gui.style import Look
from gui.wedge.filter import WedgeFilter
from gui.wedge.layout import LayoutMemory, on_us_keyboard, place
from gui.widgets.buttons import Button
from tests.faults import figures

SCANS = 5000
US = KEYBOARDS["us"]
SHIFT, NONE = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.NoModifier
PLAIN = {char: code for code, char in US.plain.items()}
SHIFTED = {char: code for code, char in US.shifted.items()}
GERMAN = str.maketrans("yzYZ-_/", "zyZYß?-")
FRENCH = str.maketrans("1234567890-qwazmQWAZM", "&é\"'(-è_çà)azqw,AZQW?")
BRITISH = str.maketrans('"@#', '@"£')
LAYOUTS = {"us": str.maketrans("", ""), "uk": BRITISH, "de": GERMAN, "fr": FRENCH}
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ0123456789"


@dataclass
class Desk:
    """A field and a button that has the focus in turn, and a clock that only the test moves."""

    window: QWindow
    field: QLineEdit
    button: Button
    wedge: WedgeFilter
    now: float = 100.0
    scans: list[str] = dataclasses.field(default_factory=list)
    presses: int = 0

    def key(self, char: str, gap: float, *, layout: str, caps: bool = False) -> None:
        """One key of a US scanner or of a person, as a computer with this layout understands it."""
        self.now += gap
        self.wedge._quiet()
        shift = char not in PLAIN
        code = (SHIFTED if shift else PLAIN).get(char, 0)
        text = char.translate(LAYOUTS[layout])
        if caps and text.isalpha():
            text = text.swapcase()
        key = Qt.Key.Key_Return if char == "\r" else Qt.Key(ord(text.upper()) if len(text) == 1 and ord(text) < 128 else 0)
        for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            event = QKeyEvent(kind, key, SHIFT if shift else NONE, code + 8 if code else 0, 0, 0, text)
            QCoreApplication.sendEvent(self.window, event)

    def rest(self) -> None:
        """Nobody types for a while."""
        self.now += 1.0
        self.wedge._quiet()

    def _pressed(self) -> None:
        self.presses += 1


@pytest.fixture
def desk(qtbot: QtBot, qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setattr("gui.wedge.layout.sys.platform", "linux")
    holder = QWidget()
    button, line = Button(Look(), "Earn"), QLineEdit()
    layout = QVBoxLayout(holder)
    layout.addWidget(button)
    layout.addWidget(line)
    qtbot.addWidget(holder)
    holder.show()
    holder.activateWindow()
    qtbot.waitUntil(holder.isActiveWindow)
    handle = holder.windowHandle()
    wedge = WedgeFilter(now=lambda: made.now)
    made = Desk(handle, line, button, wedge)
    wedge.scanned.connect(made.scans.append)
    button.clicked.connect(lambda _checked=False: made._pressed())
    qapp.installEventFilter(wedge)
    yield made
    qapp.removeEventFilter(wedge)


def test_five_thousand_scans_among_typing(desk: Desk) -> None:
    chance = random.Random(11)
    sent: list[str] = []
    expected, typed, wrong_field = "", 0, 0
    for number in range(SCANS):
        layout = list(LAYOUTS)[number * len(LAYOUTS) // SCANS]
        caps = chance.random() < 0.3
        in_field = chance.random() < 0.5
        (desk.field if in_field else desk.button).setFocus()
        for char in chance.choices("abcdefghij", k=chance.randint(0, 3)) if in_field else ():
            desk.key(char, chance.uniform(0.08, 0.4), layout="us", caps=caps)
            expected, typed = expected + (char.swapcase() if caps else char), typed + 1
        desk.rest()
        wrong_field += desk.field.text() != expected
        code = "".join(chance.choices(LETTERS, k=chance.randint(6, 16)))
        code = code[:3] + "-" + code[3:] if chance.random() < 0.5 else code
        for char in code + "\r":
            desk.key(char, chance.uniform(0.001, 0.030), layout=layout, caps=caps)
        sent.append(code)
        desk.rest()
        wrong_field += desk.field.text() != expected
        if len(expected) > 2000:
            desk.field.clear()
            expected = ""
    right = sum(one == other for one, other in zip(sent, desk.scans, strict=False))
    figures.record("wedge", "scans mixed with typing, four layouts, Caps Lock", SCANS)
    figures.record("wedge", "scans read wrong or lost", SCANS - right)
    figures.record("wedge", "scans in a field, or typed characters lost", wrong_field)
    figures.record("wedge", "buttons pressed by a scan", desk.presses)
    assert (len(desk.scans), wrong_field, desk.presses) == (SCANS, 0, 0)
    assert right >= 0.999 * SCANS
    assert typed > SCANS / 2


def test_a_detector_that_is_too_patient_swallows_typing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted: a gap as long as a person's makes a word a scan."""
    monkeypatch.setattr(desk.wedge._detector, "gap_s", 0.5)
    desk.field.setFocus()
    for char in "abcdef":
        desk.key(char, 0.2, layout="us")
    desk.rest()
    figures.planted("wedge", "a gap as long as a person's", found=bool(desk.scans))
    assert (desk.field.text(), desk.scans) == ("", ["abcdef"])


@pytest.mark.parametrize(("layout", "caps"), [("fr", False), ("de", False), ("uk", True), ("us", True)])
def test_a_code_is_read_as_the_scanner_sent_it(desk: Desk, layout: str, caps: bool) -> None:
    for char in "ZYX-0129\r":
        desk.key(char, 0.01, layout=layout, caps=caps)
    desk.rest()
    assert desk.scans == ["ZYX-0129"]


def test_a_scanner_that_was_set_to_the_layout_of_this_computer_is_learnt() -> None:
    memory = LayoutMemory()
    assert memory.read("QA-1234", "az)&é\"'") == "QA-1234"
    assert memory.trusts_keys < 0
    assert memory.read("ZY1234", "YZ1234") == "ZY1234"


def test_keys_are_told_by_their_place() -> None:
    assert on_us_keyboard(place(30 + 8, platform="linux"), "shifted") == "A"
    assert on_us_keyboard(place(30, platform="win32"), "plain") == "a"
    assert on_us_keyboard(place(12 + 8, platform="linux2"), "plain") == "-"
    assert (place(30, platform="darwin"), place(999, platform="win32"), on_us_keyboard(0, "plain")) == (0, 0, "")
