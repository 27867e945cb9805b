"""How this screen likes to look: zoom and colours, kept in `screen.json` of the home directory."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, replace
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from gui.fields import as_object, text, whole
from gui.style import ZOOM_STEPS, Look, Theme

FILE = "screen.json"


@dataclass(frozen=True, slots=True)
class Taste:
    """What was chosen; `auto` follows the system."""

    theme: str = "auto"
    zoom: int = 100

    def look(self) -> Look:
        """The look that this comes to now."""
        theme = Theme(self.theme) if self.theme in set(Theme) else system_theme()
        return Look(theme, self.zoom)

    def changed(self, word: str) -> Taste:
        """After `smaller`, `larger`, `normal`, or the name of a theme."""
        steps = {"smaller": -1, "larger": 1}
        if word in steps:
            nearest = min(range(len(ZOOM_STEPS)), key=lambda at: abs(ZOOM_STEPS[at] - self.zoom))
            return replace(self, zoom=ZOOM_STEPS[max(0, min(len(ZOOM_STEPS) - 1, nearest + steps[word]))])
        return replace(self, zoom=100) if word == "normal" else replace(self, theme=word)


def system_theme() -> Theme:
    """High contrast before dark before light, as the system has it."""
    hints = QGuiApplication.styleHints()
    accessibility = getattr(hints, "accessibility", lambda: None)()
    contrast = accessibility.contrastPreference() if accessibility is not None else None
    if contrast is not None and contrast == getattr(Qt, "ContrastPreference").HighContrast:  # noqa: B009  newer than the stubs
        return Theme.CONTRAST
    return Theme.DARK if hints.colorScheme() is Qt.ColorScheme.Dark else Theme.LIGHT


def load_taste(home: Path) -> Taste:
    """What was kept, or the default."""
    try:
        source = as_object(json.loads((home / FILE).read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return Taste()
    zoom = whole(source, "zoom", 100)
    return Taste(text(source, "theme", "auto"), max(ZOOM_STEPS[0], min(ZOOM_STEPS[-1], zoom)))


def keep_taste(home: Path, taste: Taste) -> None:
    """Keep it; a home that cannot be written to is no reason to fail."""
    try:
        (home / FILE).write_text(json.dumps({"theme": taste.theme, "zoom": taste.zoom}), encoding="utf-8")
        os.chmod(home / FILE, 0o600)
    except OSError:
        return
