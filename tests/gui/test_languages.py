"""Five complete languages, switched while the screen runs, with nothing said past the tables."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from agent.core.money import Money
from gui import formats, strings
from gui.session import Session
from gui.strings import NAMES, REASONS, TABLES, said, speak, tr
from gui.style import Look
from gui.taste import Taste, keep_taste, load_taste
from gui.widgets.buttons import Button
from gui.widgets.dialogs import Question
from gui.widgets.marks import Badge
from gui.widgets.tabs import TextTab
from gui.window.main import MainWindow
from gui.window.tray import Tray
from gui.words import customer
from gui.words.customer import SENTENCES
from gui.words.english import WORDS
from gui.words.signs import SIGNS
from tests.gui import gallery, sample
from tests.support.reasons import said_reasons

ROOT = Path(__file__).parents[2]
OTHERS = sorted(TABLES.keys() - {"en"})
ZONE = formats.zone("Asia/Singapore")
SAME = {
    "app.name",
    "help.version",
    "member.no_balance",
    "busy.for",
    "ticket.note",
    "locale.clock",
    "locale.exact",
    "locale.day",
    "menu.for_hours",
}
"""Names, signs and bare values, which are what they are in every language."""
FOR_PEOPLE = re.compile(r"[A-Za-z]{2,} [a-z]{2,}|^[A-Z][a-z]+(…|\.)?$")
STYLE_SHEET = re.compile(r"\bpx\b|border")
NOT_FOR_PEOPLE = {
    "Authorization",
    "Accept",
    "Json",
    "Rp",
    "Inter",
    "English",
    "total|amount|was paid",
    "The screen of Cata Bridge.",
}
"""HTTP headers, types, a currency, a font, a language's own name, the agent's words for money, and the command line's help."""


@pytest.fixture(autouse=True)
def english_afterwards() -> Iterator[None]:
    yield
    speak("en")


def holes(sentence: str) -> list[str]:
    return sorted(re.findall(r"{(\w+)}", sentence))


@pytest.mark.parametrize("code", OTHERS)
def test_a_language_has_every_sentence_with_the_same_values_and_none_more(code: str) -> None:
    table = TABLES[code]
    assert (WORDS.keys() - table.keys(), table.keys() - WORDS.keys()) == (set(), set())
    assert [key for key in WORDS if holes(WORDS[key]) != holes(table[key])] == []
    assert [key for key, words in table.items() if not words.strip()] == []
    assert not SIGNS.keys() & WORDS.keys()


@pytest.mark.parametrize("code", ["zh", "ta"])
def test_nothing_was_left_in_english(code: str) -> None:
    assert [key for key, words in TABLES[code].items() if words == WORDS[key] and key not in SAME] == []
    script = re.compile("[\u4e00-\u9fff]" if code == "zh" else "[\u0b80-\u0bff]")
    bare = [key for key, words in TABLES[code].items() if not script.search(words) and re.search("[A-Za-z]{3}", words)]
    assert set(bare) <= SAME


def test_what_the_agent_says_is_told_by_its_reason_and_else_as_it_came() -> None:
    keys = [table.keys() for table in REASONS.values()]
    assert all(each == keys[0] for each in keys)
    paths = (path for folder in ("agent", "drivers", "gui") for path in (ROOT / folder).rglob("*.py"))
    source = "".join(path.read_text(encoding="utf-8") for path in paths if "words" not in path.parts)
    unsaid = keys[0] - said_reasons().keys()
    assert [reason for reason in unsaid if not re.search(rf"\b{reason}\b", source)] == []
    speak("zh")
    assert said("insufficient_points", "This member does not have enough points.") == "这位会员的积分不足。"
    assert said("disk_almost_full", "The disk is almost full. DSK-01").endswith("DSK-01")
    assert said("brand_new_reason", "As it came.") == "As it came."


def literals(path: Path) -> set[str]:
    """Strings of a module that look like words for people, without docstrings, log lines and what is raised."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    quiet: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            quiet |= {each.value for each in node.body if isinstance(each, ast.Expr)}
        caller = node.func.value if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) else None
        if isinstance(node, ast.Raise) or getattr(caller, "id", "") in {"log", "parser"}:
            quiet |= set(ast.walk(node))
    texts = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and node not in quiet)
    return {text for text in texts if isinstance(text, str) and FOR_PEOPLE.search(text) and not STYLE_SHEET.search(text)}


def test_no_module_says_anything_past_the_tables() -> None:
    found = {text for path in (ROOT / "gui").rglob("*.py") if "words" not in path.parts for text in literals(path)}
    assert found - NOT_FOR_PEOPLE == set()


def spoken(widget: QWidget) -> Iterator[str]:
    """Everything that a window shows or says."""
    for each in [widget, *widget.findChildren(QWidget)]:
        yield each.accessibleName()
        yield each.toolTip()
        if isinstance(each, QLabel):
            yield each.text()
        if isinstance(each, Button | TextTab):
            yield each.label()
        if isinstance(each, Badge):
            yield each.mark.word


def outside(text: str) -> list[str]:
    """Words of a text that stand in no wrapped sentence."""
    while (shorter := re.sub("⟦[^⟦⟧]*⟧", " ", text)) != text:
        text = shorter
    return re.findall("[A-Za-z]{3,}", text)


def test_every_word_on_every_page_comes_from_the_tables_or_from_the_data(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    """A made-up language wraps each sentence; whatever letters stand outside of the wrapping must be data."""
    monkeypatch.setattr(strings, "TABLES", {**TABLES, "xx": {key: f"⟦{words}⟧" for key, words in WORDS.items()}})
    parts = [value for name, value in vars(sample).items() if name.isupper()]
    data = json.dumps([sample.status(), gallery.LONG, gallery.PROBLEMS, *parts], default=str)
    data += " ".join([*NAMES.values(), *SENTENCES["en"].values(), *customer.NAMES.values(), *SIGNS.values()])
    window = MainWindow(Look(language="xx"), sample.session(sample.base()))
    qtbot.addWidget(window)
    window.resize(1280, 800)
    strays = set()
    for name, scene in gallery.SCENES.items():
        scene(window)
        window.tick()
        words = {word for text in spoken(window) for word in outside(text)}
        strays |= {(name, word) for word in words if word.lower() not in data.lower()}
    assert strays == set()


def test_everything_speaks_the_other_language_at_once(qtbot: QtBot, window: MainWindow, session: Session) -> None:
    tray = Tray(session, lambda _name: None, lambda: None, lambda _word: None, window)
    window.ask_busy()
    question = window.findChild(Question)
    assert question is not None
    field = question.add_field(tr("discard.reason"))
    field.setText("typed")
    window.set_look(Look(language="ta"))
    tray.say_again()
    assert question.windowTitle() == TABLES["ta"]["busy.title"]
    assert {button.label() for button in question.findChildren(Button)} >= {
        TABLES["ta"]["busy.over"],
        TABLES["ta"]["dialog.cancel"],
        "+10 நிமி",
    }
    assert (field.accessibleName(), field.text()) == (TABLES["ta"]["discard.reason"], "typed")
    assert window.top.tabs[window.page].label() == TABLES["ta"]["page.counter"]
    assert window.status_line.accessibleName().startswith(TABLES["ta"]["state.ready"])
    words = [action.text() for action in tray.menu.actions() if action.text()]
    assert (words[0], words[-1]) == (TABLES["ta"]["tray.open"], TABLES["ta"]["tray.quit"])
    assert tray.tray.toolTip().startswith(TABLES["ta"]["state.ready"])
    question.reject()


def test_the_language_is_chosen_in_the_tray_and_by_its_own_name(window: MainWindow, session: Session) -> None:
    wanted: list[str] = []
    tray = Tray(session, lambda _name: None, lambda: None, wanted.append, window)
    choices = {action.text(): action for action in tray._languages.actions()}
    assert list(choices) == list(NAMES.values())
    choices["தமிழ்"].trigger()
    assert wanted == ["ta"]


def test_each_screen_keeps_its_own_language(tmp_path: Path) -> None:
    taste = Taste().changed("zh").changed("larger")
    keep_taste(tmp_path, taste)
    assert load_taste(tmp_path) == taste
    assert taste.look().language == "zh"
    assert Taste(language="tlh").look().language in NAMES


def test_where_the_home_belongs_to_a_service_each_user_keeps_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gui.taste.platformdirs.user_config_dir", lambda *_args, **_more: str(tmp_path / "mine"))
    monkeypatch.setattr("gui.taste.os.access", lambda *_args: False)
    keep_taste(tmp_path / "home", Taste(language="ms"))
    assert load_taste(tmp_path / "home").language == "ms"
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize(("code", "price", "rupiah", "points", "clock", "day"), [
    ("en", "S$1,234.50", "Rp12,500", "1 point", "12:41", "30 Nov"), ("zh", "S$1,234.50", "Rp12,500", "1 分", "12:41", "11月30日"),
    ("ms", "S$1,234.50", "Rp12,500", "1 mata", "12:41", "30 Nov"), ("ta", "S$1,234.50", "Rp12,500", "1 புள்ளி", "12:41", "30 நவ."),
    ("id", "S$\xa01.234,50", "Rp\xa012.500", "1 poin", "12.41", "30 Nov"),
])  # fmt: skip
def test_money_counts_and_times_are_written_as_the_language_writes_them(
    code: str, price: str, rupiah: str, points: str, clock: str, day: str
) -> None:
    speak(code)
    moment = datetime(2026, 11, 30, 4, 41, tzinfo=UTC)
    assert (formats.price(Money(123450, "SGD")), formats.price(Money(1250000, "IDR"))) == (price, rupiah)
    assert (formats.counted("point", 1), formats.clock(moment, ZONE), formats.day(moment, ZONE)) == (points, clock, day)


def test_times_are_the_outlets_and_not_this_computers() -> None:
    late = datetime(2026, 11, 30, 17, 5, tzinfo=UTC)
    assert (formats.clock(late, ZONE), formats.day(late, ZONE)) == ("01:05", "1 Dec")
    assert formats.clock(late, formats.zone("Asia/Jakarta")) == "00:05"


def test_a_sentence_knows_how_to_say_itself_again() -> None:
    busy = tr("busy.for", span=formats.counted("minute", 1))
    speak("id")
    assert busy == "1 minute"
    assert busy.again() == "1 menit"
    speak("klingon")
    assert strings.language() == "en"


def test_sentences_stand_one_after_the_other_as_their_script_has_it() -> None:
    assert formats.sentences(["Not sent yet.", "", "Sent by itself."]) == "Not sent yet. Sent by itself."
    assert formats.sentences(["没有找到会员。", "请再扫一次。"]) == "没有找到会员。请再扫一次。"
