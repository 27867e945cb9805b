"""No boxes: every letter of every sentence has a glyph in a font of this computer."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from PySide6.QtGui import QTextLayout
from PySide6.QtWidgets import QApplication

from gui import fonts
from gui.strings import NAMES, REASONS, TABLES
from gui.style import Look
from gui.words.customer import SENTENCES

ROOT = Path(__file__).parents[2]


def boxes(text: str, look: Look) -> str:
    """The letters that would be shown as a box."""
    layout = QTextLayout(text, look.font(16))
    layout.beginLayout()
    layout.createLine()
    layout.endLayout()
    return "".join(
        text[place]
        for run in layout.glyphRuns()
        for glyph, place in zip(run.glyphIndexes(), run.stringIndexes() or [0] * len(run.glyphIndexes()), strict=False)
        if glyph == 0
    )


@pytest.mark.parametrize("code", TABLES)
def test_every_letter_has_a_glyph(qapp: QApplication, code: str) -> None:
    if lacking := fonts.missing():
        pytest.skip(f"no font here for {', '.join(lacking)}: run installer/linux/fonts.sh")
    sentences = [*TABLES[code].values(), *REASONS.get(code, {}).values(), *SENTENCES[code].values(), *NAMES.values()]
    assert {found: words for words in sentences if (found := boxes(words, Look(language=code)))} == {}


def test_a_letter_that_no_font_has_is_seen_as_a_box(qapp: QApplication) -> None:
    assert boxes("a\U000e01f0\ue9ff", Look())


def test_the_set_up_script_changes_nothing_where_all_is_there(qapp: QApplication, tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\nexit 0\n")
    python.chmod(0o700)
    ended = subprocess.run(["sh", ROOT / "installer/linux/fonts.sh", python], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
