"""Bursts and typing are told apart by time alone."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from gui.wedge.burst import BurstDetector, Verdict


def play(keys: list[tuple[str, float]]) -> tuple[list[str], str]:
    """Feed keys at their times; gives the scans and the text that reached the widgets."""
    detector, scans, typed, held = BurstDetector(), [], "", ""
    for text, at in keys:
        if (late := detector.quiet(at)) is not None:
            typed, held = typed + held[: late.released], held[late.released :]
            scans += [late.scanned] if late.scanned else []
            held = "" if late.scanned else held
        step = detector.key(text, at)
        typed, held = typed + held[: step.released], held[step.released :]
        if step.scanned:
            scans.append(step.scanned)
            held = ""
        if step.verdict is Verdict.HOLD:
            held += text
        elif step.verdict is Verdict.PASS:
            typed += text
    end = detector.quiet(keys[-1][1] + 10) if keys else None
    if end is not None:
        scans += [end.scanned] if end.scanned else []
        typed += "" if end.scanned else held
    return scans, typed


def spaced(text: str, gap: float, start: float = 0.0) -> list[tuple[str, float]]:
    return [(char, start + index * gap) for index, char in enumerate(text)]


@given(st.text("0123456789ABCxyz-", min_size=4, max_size=40), st.floats(0.001, 0.030))
def test_a_scan_with_its_enter_reaches_nobody(code: str, gap: float) -> None:
    assert play(spaced(code + "\r", gap)) == ([code], "")


@given(st.text("abc 0123\r\t", max_size=40), st.floats(0.080, 0.400))
def test_what_a_person_types_arrives_whole(text: str, gap: float) -> None:
    assert play(spaced(text, gap)) == ([], text)


def test_a_scan_between_typed_letters_takes_none_of_them() -> None:
    keys = spaced("mei", 0.12) + spaced("KK-MEI-001\r", 0.008, 1.0) + spaced("@example", 0.12, 2.0)
    assert play(keys) == (["KK-MEI-001"], "mei@example")


def test_an_enter_that_comes_late_still_belongs_to_the_scan() -> None:
    assert play([*spaced("12345678", 0.01), ("\r", 0.25)]) == (["12345678"], "")


def test_enter_alone_passes_at_once() -> None:
    assert BurstDetector().key("\r", 1.0).verdict is Verdict.PASS


def test_two_keys_rolled_over_are_typing() -> None:
    assert play([("a", 0.0), ("b", 0.02), ("\r", 0.2)]) == ([], "ab\r")


def test_a_key_held_down_is_typing() -> None:
    detector = BurstDetector()
    assert {detector.key("7", at / 33, repeat=True).verdict for at in range(20)} == {Verdict.PASS}


def test_five_thousand_scans_among_typing_are_all_right() -> None:
    chance = random.Random(7)
    keys: list[tuple[str, float]] = []
    codes, words, at = [], "", 0.0
    for _ in range(5000):
        code = "".join(chance.choices("0123456789ABCDEF", k=chance.randint(6, 24)))
        gap = chance.uniform(0.001, 0.030)
        keys += spaced(code + "\r", gap, at)
        codes.append(code)
        at += gap * len(code) + chance.uniform(0.4, 1.0)
        for char in chance.choices("abcdef ", k=chance.randint(0, 5)):
            keys.append((char, at))
            words += char
            at += chance.uniform(0.08, 0.4)
    assert play(keys) == (codes, words)
