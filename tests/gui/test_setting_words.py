"""Every driver and every setting that a form shows has a name and a description in every language, by walking the registry."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from agent.settings import Settings
from agent.setup.fields import FieldKind, driver_fields, settings_fields
from drivers.registry import SHIPPED, spec_of
from gui.setup.form import Form
from gui.setup.setting_words import KINDS, SETTINGS, TILL, described, name_of, summary
from gui.strings import known, speak
from gui.style import Look
from gui.widgets.text import Text

OTHERS = sorted(SETTINGS)
SHOWN = [
    (kind, each.key) for kind in SHIPPED for each in driver_fields(spec_of(kind).settings) if each.kind is not FieldKind.TABLE
]
SCRIPT = {"zh": re.compile("[\u4e00-\u9fff]"), "ta": re.compile("[\u0b80-\u0bff]")}


@pytest.fixture(autouse=True)
def english_afterwards() -> Iterator[None]:
    yield
    speak("en")


@pytest.mark.parametrize("code", OTHERS)
def test_every_setting_of_every_driver_has_words(code: str) -> None:
    table = SETTINGS[code]
    used = {f"{kind}.{key}" if f"{kind}.{key}" in table else key for kind, key in SHOWN}
    assert used - table.keys() == set()
    assert table.keys() - used == set()
    assert KINDS[code].keys() == SHIPPED.keys()
    assert [key for key, (name, words) in table.items() if not name.strip() or not re.fullmatch(r".*[.。)）]", words)] == []


@pytest.mark.parametrize("code", OTHERS)
def test_every_setting_of_the_till_has_a_name(code: str) -> None:
    """What a shop changes first has one in the screen's own tables, English included."""
    shown = {each.key for each in settings_fields(Settings(), {}) if each.kind is not FieldKind.TABLE}
    rare = {key for key in shown if not known(f"settings.{key}")}
    assert (rare - TILL[code].keys(), TILL[code].keys() - rare) == (set(), set())
    speak(code)
    assert [key for key in shown if code in SCRIPT and not SCRIPT[code].search(name_of("", key))] == []


@pytest.mark.parametrize("code", sorted(SCRIPT))
def test_no_name_and_no_description_was_left_in_english(code: str) -> None:
    names = [key for key, (name, _words) in SETTINGS[code].items() if not SCRIPT[code].search(name)]
    assert [key for key in names if re.search("[A-Za-z]{3}", SETTINGS[code][key][0])] == []
    bare = [key for key, (_name, words) in SETTINGS[code].items() if not SCRIPT[code].search(words)]
    assert set(bare) <= {"parity"}
    assert [kind for kind, words in KINDS[code].items() if not SCRIPT[code].search(words)] == []


def test_a_form_speaks_the_language_of_the_screen(qtbot: QtBot) -> None:
    speak("zh")
    fields = [{"key": "port", "kind": "text", "required": True, "description": "Path of the port."}]
    form = Form(Look(language="zh"), fields, {}, lambda: None, kind="serial-scanner")
    qtbot.addWidget(form)
    shown = [each.text() for each in form.findChildren(Text)]
    assert shown[:2] == list(SETTINGS["zh"]["port"])
    assert form.missing() == SETTINGS["zh"]["port"][0]
    assert name_of("tcp-scanner", "port") == SETTINGS["zh"]["tcp-scanner.port"][0]


def test_a_driver_from_outside_is_shown_as_it_declares_itself() -> None:
    speak("ta")
    assert (name_of("acme-pos", "port"), described("acme-pos", "port", "Of the till.")) == ("Port", "Of the till.")
    assert summary("acme-pos", "Acme's own.") == "Acme's own."
    speak("en")
    assert described("serial-scanner", "port", "As declared.") == "As declared."
    assert name_of("serial-scanner", "repeat_window_s") == "Repeat window (s)"
