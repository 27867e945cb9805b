"""Scanners of four countries, learnt from three scans each, among typing: every one read, nothing pressed, nothing lost."""

from __future__ import annotations

import random
from dataclasses import dataclass

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QKeyEvent
from pytestqt.qtbot import QtBot

from agent.core.keyboards import LAYOUTS
from agent.core.scan import TEST_CODES
from agent.core.scanner_learning import Lesson
from agent.core.scanner_profile import Ending, Interface, ScannerProfile
from agent.core.scanner_wrapping import Trouble
from gui.wedge.burst import BurstDetector, Verdict
from tests.faults import figures
from tests.gui.test_wedge_mix import Desk, desk

__all__ = ["desk"]

SCANS = 5000
HELD = {
    "plain": Qt.KeyboardModifier.NoModifier,
    "shifted": Qt.KeyboardModifier.ShiftModifier,
    "alt_gr": Qt.KeyboardModifier.GroupSwitchModifier,
}
KEYS = {"\r": Qt.Key.Key_Return, "\t": Qt.Key.Key_Tab}
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-/:?=+"


@dataclass(frozen=True)
class Scanner:
    """How one is set."""

    layout: str
    end: str = "\r"
    prefix: str = ""
    tail: str = ""
    swaps_case: bool = False

    def scan(self, desk: Desk, code: str, *, slowest: float, chance: random.Random, computer: str, caps: bool) -> None:
        """Type a code, as a computer of this country with this Caps Lock hears it."""
        of = LAYOUTS[self.layout].strokes()
        for char in self.prefix + code + self.tail + self.end:
            desk.now += chance.uniform(0.001, slowest)
            desk.wedge._quiet()
            sent = char.swapcase() if self.swaps_case else char
            key, how = of.get(sent, (0, "plain"))
            text = LAYOUTS[computer].level(how).get(key, sent)
            text = text.swapcase() if caps and text.isalpha() and len(text.swapcase()) == 1 else text
            for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
                event = QKeyEvent(kind, KEYS.get(char, 0), HELD[how], key + 8 if key else 0, 0, 0, text)
                QCoreApplication.sendEvent(desk.window, event)


SCANNERS = [
    Scanner("us"),
    Scanner("de", end="\t"),
    Scanner("fr", prefix="#"),
    Scanner("gb", end=""),
    Scanner("us", tail="$", swaps_case=True),
    Scanner("de", end="\t\r"),
]


def learn(desk: Desk, scanner: Scanner, chance: random.Random, *, slowest: float = 0.030) -> ScannerProfile:
    """Three scans of the test codes, as the doctor hears them."""
    lesson = Lesson(Interface.SCREEN)
    hearing = desk.wedge.heard.connect(lambda scan: lesson.hear(scan))
    desk.wedge.listen(True)
    for code in TEST_CODES:
        scanner.scan(desk, code, slowest=slowest, chance=chance, computer=chance.choice(["us", "de"]), caps=chance.random() < 0.5)
        desk.rest()
        desk.wedge._whole.stop()
        desk.wedge._tell_lesson()
    desk.wedge.listen(False)
    desk.wedge.heard.disconnect(hearing)
    assert lesson.profile is not None, lesson.trouble
    return lesson.profile


def test_five_thousand_scans_of_learnt_scanners_among_typing(desk: Desk) -> None:
    chance = random.Random(13)
    sent: list[str] = []
    expected, wrong_field, number = "", 0, 0
    for scanner in SCANNERS:
        desk.wedge.use(learn(desk, scanner, chance))
        assert desk.scans == sent
        for _ in range(SCANS // len(SCANNERS) + 1):
            number += 1
            caps, in_field = chance.random() < 0.3, chance.random() < 0.5
            (desk.field if in_field else desk.button).setFocus()
            for char in chance.choices("abcdefghij", k=chance.randint(0, 3)) if in_field else ():
                desk.key(char, chance.uniform(0.08, 0.4), layout="us", caps=caps)
                expected += char.swapcase() if caps else char
            desk.rest()
            code = "".join(chance.choices(LETTERS, k=chance.randint(6, 16)))
            scanner.scan(desk, code, slowest=0.030, chance=chance, computer=chance.choice(["us", "de", "fr", "gb"]), caps=caps)
            sent.append(code)
            desk.rest()
            wrong_field += desk.field.text() != expected
            if len(expected) > 2000:
                desk.field.clear()
                expected = ""
    wrong = sum(one != other for one, other in zip(sent, desk.scans, strict=False))
    figures.record("wedge", "scans of learnt scanners mixed with typing", number)
    figures.record("wedge", "scans of learnt scanners read wrong or lost", wrong + abs(len(sent) - len(desk.scans)))
    figures.record("wedge", "of those in a field, a button pressed, or typing lost", wrong_field + desk.presses)
    assert (wrong, len(desk.scans), wrong_field, desk.presses) == (0, len(sent), 0, 0)
    assert number >= SCANS


def test_a_scanner_read_by_the_profile_of_another_country_is_read_wrong(desk: Desk) -> None:
    """Planted: the keyboard that was learnt is not the scanner's."""
    chance = random.Random(3)
    desk.wedge.use(learn(desk, Scanner("de"), chance))
    Scanner("us").scan(desk, "Zy-1", slowest=0.03, chance=chance, computer="us", caps=False)
    desk.rest()
    figures.planted("wedge", "the profile of another country's scanner", found=desk.scans != ["Zy-1"])
    assert desk.scans == ["Yzß1"]


@pytest.mark.parametrize("slowest_ms", [0, 1, 30, 45, 60, 80, 1000])
def test_no_profile_takes_a_person_for_a_scanner(slowest_ms: int) -> None:
    detector = BurstDetector.of(ScannerProfile(interface=Interface.SCREEN, slowest_ms=slowest_ms, shortest=1))
    verdicts = [detector.key(char, at * 0.080) for at, char in enumerate("four letters")]
    assert not any(step.scanned for step in verdicts)
    assert sum(step.released for step in verdicts) == len(verdicts) - 1


def test_a_slow_scanner_is_read_once_it_was_learnt(desk: Desk) -> None:
    chance = random.Random(5)
    slow = Scanner("us")

    def scan_slowly(code: str) -> None:
        for char in code + "\r":
            desk.key(char, 0.055, layout="us")
        desk.rest()

    desk.field.setFocus()
    scan_slowly("KK-MEI-001")
    assert (desk.scans, desk.field.text()) == ([], "KK-MEI-001")
    desk.field.clear()
    learnt = learn(desk, slow, chance, slowest=0.055)
    desk.wedge.use(learnt)
    scan_slowly("KK-MEI-001")
    assert (desk.scans, desk.field.text(), learnt.gap_s) == (["KK-MEI-001"], "", 0.060)


def test_an_enter_right_after_a_scan_is_the_persons_where_the_scanner_sends_none() -> None:
    for ending, expected in ((Ending.NONE, Verdict.PASS), (Ending.TAB, Verdict.PASS), (Ending.CR, Verdict.DROP)):
        detector = BurstDetector.of(ScannerProfile(interface=Interface.SCREEN, slowest_ms=10, ending=ending))
        for at, char in enumerate("KK-MEI-001"):
            detector.key(char, at * 0.01)
        detector.quiet(0.3)
        assert detector.key("\r", 0.31).verdict is expected
        assert detector.key("\r", 0.32).verdict is Verdict.PASS


def test_scans_mixed_with_typing_are_said_and_make_no_profile(desk: Desk, qtbot: QtBot) -> None:
    lesson = Lesson(Interface.SCREEN)
    desk.wedge.heard.connect(lambda scan: lesson.hear(scan))
    desk.wedge.listen(True)
    for char in "CATA-TEST":
        desk.key(char, 0.01, layout="us")
    desk.key("x", 0.055, layout="us")
    for char in "-1\r":
        desk.key(char, 0.01, layout="us")
    with qtbot.waitSignal(desk.wedge.heard):
        desk.rest()
    assert (lesson.count, lesson.trouble, desk.scans) == (0, Trouble.UNEQUAL, [])
