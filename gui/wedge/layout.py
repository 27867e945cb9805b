"""What a scanner that types really sent, whatever layout and Caps Lock this computer has: pure, from text and physical keys."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from agent.core.keyboards import KEYS, LAYOUTS
from agent.core.scanner_profile import ScannerProfile, Stroke, typed

X11_OFFSET = 8
"""X11 numbers the same keys so much higher."""
CAME_AS = "us"
"""The country that scanners type for as they come."""
CODE = re.compile(r"[A-Z0-9][A-Z0-9:/.@_+-]{3,}|https?://\S+", re.ASCII)
"""What codes look like; links of member apps included."""


def place(scan_code: int, *, platform: str = sys.platform) -> int:
    """The place of a key that types other things in other countries; 0 for other keys, and where the platform does not say."""
    if platform == "darwin":
        return 0
    number = scan_code - X11_OFFSET if platform.startswith("linux") else scan_code
    return number if number in KEYS else 0


def on_us_keyboard(key: int, how: str) -> str:
    """The character of a key on a US keyboard, or nothing."""
    return LAYOUTS[CAME_AS].level(how).get(key, "")


@dataclass(slots=True)
class LayoutMemory:
    """Learns from scans that only one reading makes sense of, and reads the doubtful ones as those."""

    trusts_keys: int = 0
    """Above zero the keys have been right more often than the text."""

    def read(self, text: str, keys: str) -> str:
        """The code of a burst: `text` as this computer understood it, `keys` as the physical keys say (empty when unknown)."""
        if not keys or keys == text:
            return text
        by_text, by_keys = bool(CODE.fullmatch(text)), bool(CODE.fullmatch(keys))
        if by_text != by_keys:
            self.trusts_keys = max(-9, min(9, self.trusts_keys + (1 if by_keys else -1)))
            return keys if by_keys else text
        return keys if self.trusts_keys > 0 else text

    def code(self, strokes: Sequence[Stroke], profile: ScannerProfile | None) -> str:
        """The code of a burst: as the scanner that was learnt sends it, else as it makes most sense."""
        if profile is not None and (found := profile.read(strokes)):
            return found
        are_told = all(stroke.key or not stroke.text.isalpha() for stroke in strokes)
        return self.read("".join(stroke.text for stroke in strokes), typed(strokes, CAME_AS) if are_told else "")
