"""Whatever agent and drivers can say has words in every language, found in their source and not by a list."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from agent.core.sentence import Sentence, about
from agent.flows.devices.supervisor import STARTING
from gui.link.client import read_answer
from gui.link.fields import sentence, sentences
from gui.strings import REASONS, said, speak, told
from gui.words.english import WORDS
from tests.support import reasons
from tests.support.reasons import bare_sentences, said_reasons

OTHERS = sorted(REASONS)
ELSEWHERE = {reason.removeprefix("preflight.") for reason in WORDS if reason.startswith("preflight.")}
"""Findings of the preflight have words of their own, with the item's name."""
LATIN = re.compile(r"(?<![A-Za-z{])[A-Za-z]{3,}(?![A-Za-z}])")
HOLE = re.compile(r"{(\w+)}")
NAMES = {"Cata", "Bridge", "POS", "PIN", "ESC", "USB", "DSK", "CFG", "OFB", "CLK", "DAT", "ORD", "KEY"}


@pytest.fixture(autouse=True)
def english_afterwards() -> Iterator[None]:
    yield
    speak("en")


@pytest.mark.parametrize("code", OTHERS)
def test_every_reason_that_the_source_says_has_words(code: str) -> None:
    missing = {reason: place for reason, place in said_reasons().items() if reason not in REASONS[code]}
    assert {reason: place for reason, place in missing.items() if reason not in ELSEWHERE} == {}


def test_no_device_and_no_probe_speaks_without_a_word() -> None:
    assert bare_sentences() == []


def test_the_walk_sees_each_way_of_saying_something() -> None:
    source = """
GONE = Sentence("It is gone.", "is_gone")
def one(status):
    raise Refused("is_refused", "No.")
    raise Unreachable("a" if status else "b", "It cannot be reached.")
    reason, words = "in_a_pair", "It was named before."
    raise NeedsPerson(reason, words)
    sink.refuse_scan("by_method", "This is no code.")
TABLE = {"in_a_table": "It stands in a table."}
"""
    found = {word for word, _line in reasons._words(ast.parse(source))}
    assert found == {"is_gone", "is_refused", "a", "b", "in_a_pair", "by_method", "in_a_table"}


@pytest.mark.parametrize("code", ["zh", "ta"])
def test_what_is_said_holds_no_english(code: str) -> None:
    bare = {reason: set(LATIN.findall(words)) - NAMES for reason, words in REASONS[code].items()}
    assert {reason: words for reason, words in bare.items() if words} == {}


def test_the_values_are_the_same_in_every_language() -> None:
    holes = {
        code: {reason: sorted(set(re.findall(r"{(\w+)}", words))) for reason, words in REASONS[code].items()} for code in OTHERS
    }
    assert all(each == holes[OTHERS[0]] for each in holes.values())


def test_a_sentence_is_said_with_its_values_and_the_name_of_its_device() -> None:
    wrong = Sentence("This PC's clock is off by 300 seconds.", "clock_wrong", seconds=300)
    out = about("kitchen-printer", Sentence("The printer is out of paper.", "paper_out"))
    assert (told(wrong), told(out)) == (wrong, "kitchen-printer: The printer is out of paper.")
    speak("zh")
    assert "300 秒" in told(wrong)
    assert told(out) == f"Kitchen printer: {REASONS['zh']['paper_out']}"
    assert told(STARTING) == "正在启动。"


def test_what_no_table_knows_or_fits_is_said_as_it_came() -> None:
    speak("ta")
    assert told("A driver from outside says so.") == "A driver from outside says so."
    assert told(Sentence("Brand new.", "brand_new")) == "Brand new."
    assert told(Sentence("Off by how much?", "clock_wrong")) == "Off by how much?"


def test_sentences_come_off_the_wire_with_what_they_say() -> None:
    speak("zh")
    one = sentence({"sentence": "Ready on COM3.", "reason": "ready_on", "values": {"port": "COM3", "odd": [1]}})
    assert (one, told(one), dict(one.values)) == ("Ready on COM3.", "在 COM3 就绪。", {"port": "COM3"})
    body = {"problems": ["The order does not say what was paid.", "Odd."], "problems_told": [{"reason": "total_missing"}]}
    assert [told(each) for each in sentences(body, "problems")] == [REASONS["zh"]["total_missing"], "Odd."]


def test_a_silence_is_told_by_the_word_of_its_own() -> None:
    """One word stands for every silence in the API; what the details know is not lost in another language."""
    speak("zh")
    silence = b'{"error": {"code": 503, "reason": "offline", "message": "The POS does not answer.", "details": "device_silent"}}'
    assert read_answer(503, silence).message == REASONS["zh"]["device_silent"]
    assert said("offline", "") == REASONS["zh"]["offline"]
