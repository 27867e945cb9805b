"""Whether this computer can show every language of the screen: `python -m gui.fonts` exits 1 and names what is missing."""

from __future__ import annotations

import sys

from PySide6.QtGui import QFontDatabase, QGuiApplication

SCRIPTS = {
    "English": QFontDatabase.WritingSystem.Latin,
    "简体中文": QFontDatabase.WritingSystem.SimplifiedChinese,
    "தமிழ்": QFontDatabase.WritingSystem.Tamil,
}
"""One language of each script, by its own name."""


def missing() -> list[str]:
    """Languages whose letters no font here has; needs a running QGuiApplication."""
    return [name for name, script in SCRIPTS.items() if not QFontDatabase.families(script)]


if __name__ == "__main__":
    _app = QGuiApplication(sys.argv[:1])
    found = missing()
    print(", ".join(found))  # noqa: T201  the answer to whoever asked
    sys.exit(1 if found else 0)
