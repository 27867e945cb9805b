"""How this screen likes to look, what it speaks and which scanner types into it, kept in `screen.json` of the home directory."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import platformdirs
from PySide6.QtCore import QLocale, QSettings, Qt
from PySide6.QtGui import QGuiApplication

from agent.core.scanner_profile import ScannerProfile
from gui.link.address import APP
from gui.link.fields import as_object, text, whole
from gui.strings import NAMES
from gui.style import ZOOM_STEPS, Look, Theme
from gui.wedge.profile import read_profile

FILE = "screen.json"
CLIENT_AREA_ANIMATION = 0x1042
"""SPI_GETCLIENTAREAANIMATION of winuser.h."""


@dataclass(frozen=True, slots=True)
class Taste:
    """What was chosen; `auto` follows the system."""

    theme: str = "auto"
    zoom: int = 100
    language: str = ""
    """A key of strings.NAMES; empty follows the system."""
    scanner: ScannerProfile | None = None
    """What was learnt of the scanner that types into this screen."""

    def look(self) -> Look:
        """The look that this comes to now."""
        theme = Theme(self.theme) if self.theme in set(Theme) else system_theme()
        language = self.language if self.language in NAMES else system_language()
        return Look(theme, self.zoom, still=system_still(), language=language)

    def changed(self, word: str) -> Taste:
        """After `smaller`, `larger`, `normal`, a language, or the name of a theme."""
        steps = {"smaller": -1, "larger": 1}
        if word in steps:
            nearest = min(range(len(ZOOM_STEPS)), key=lambda at: abs(ZOOM_STEPS[at] - self.zoom))
            return replace(self, zoom=ZOOM_STEPS[max(0, min(len(ZOOM_STEPS) - 1, nearest + steps[word]))])
        if word in NAMES:
            return replace(self, language=word)
        return replace(self, zoom=100) if word == "normal" else replace(self, theme=word)


def system_theme() -> Theme:
    """High contrast before dark before light, as the system has it."""
    hints = QGuiApplication.styleHints()
    accessibility = getattr(hints, "accessibility", lambda: None)()
    contrast = accessibility.contrastPreference() if accessibility is not None else None
    if contrast is not None and contrast == getattr(Qt, "ContrastPreference").HighContrast:  # noqa: B009  newer than the stubs
        return Theme.CONTRAST
    return Theme.DARK if hints.colorScheme() is Qt.ColorScheme.Dark else Theme.LIGHT


def system_still() -> bool:
    """Whether the system was told to move nothing: Windows' animations, the Mac's reduced motion, GTK's or KDE's animations."""
    if sys.platform == "win32":
        import ctypes

        animates = ctypes.c_int(1)
        ctypes.windll.user32.SystemParametersInfoW(CLIENT_AREA_ANIMATION, 0, ctypes.byref(animates), 0)
        return not animates.value
    if sys.platform == "darwin":
        file = Path.home() / "Library/Preferences/com.apple.universalaccess.plist"
        return bool(QSettings(str(file), QSettings.Format.NativeFormat).value("reduceMotion", False, type=bool))
    return _kept("gtk-4.0/settings.ini", "Settings/gtk-enable-animations", "1") in {"0", "false"} or (
        _kept("kdeglobals", "KDE/AnimationDurationFactor", "1") in {"0", "0.0"}
    )


def _kept(file: str, key: str, default: str) -> str:
    """A value of the desktop's own settings, in lower case."""
    folder = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    return str(QSettings(str(folder / file), QSettings.Format.IniFormat).value(key, default)).lower()


def system_language() -> str:
    """What the system's user reads, where the screen speaks it."""
    for name in QLocale.system().uiLanguages():
        if (code := name.partition("-")[0]) in NAMES:
            return code
    return "en"


def folder_of(home: Path) -> Path:
    """The home directory; where it belongs to a service, the folder of whoever looks at the screen."""
    return home if os.access(home, os.W_OK) else Path(platformdirs.user_config_dir(APP, appauthor=False))


def load_taste(home: Path) -> Taste:
    """What was kept, or the default."""
    try:
        source = as_object(json.loads((folder_of(home) / FILE).read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return Taste()
    zoom = max(ZOOM_STEPS[0], min(ZOOM_STEPS[-1], whole(source, "zoom", 100)))
    return Taste(text(source, "theme", "auto"), zoom, text(source, "language"), read_profile(source.get("scanner")))


def keep_taste(home: Path, taste: Taste) -> None:
    """Keep it; a folder that cannot be written to is no reason to fail."""
    folder = folder_of(home)
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        (folder / FILE).write_text(json.dumps(asdict(taste)), encoding="utf-8")
        os.chmod(folder / FILE, 0o600)
    except OSError:
        return
