"""What a scanner that types really sent, whatever layout and Caps Lock this computer has: pure, from text and physical keys."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass

ROWS = {2: ("1234567890-=", "!@#$%^&*()_+"), 16: ("qwertyuiop[]", "QWERTYUIOP{}"), 30: ("asdfghjkl;'`", 'ASDFGHJKL:"~')}
LAST_ROW = (43, ("\\zxcvbnm,./", "|ZXCVBNM<>?"))
"""The US layout, which scanners use as they come: first scan code (set 1, as evdev and Windows count them) and keys."""
SPACE = 57
X11_OFFSET = 8
"""X11 numbers the same keys so much higher."""
US = {
    **{first + at: (plain[at], shifted[at]) for first, (plain, shifted) in ROWS.items() for at in range(len(plain))},
    **{LAST_ROW[0] + at: (LAST_ROW[1][0][at], LAST_ROW[1][1][at]) for at in range(len(LAST_ROW[1][0]))},
    SPACE: (" ", " "),
}
CODE = re.compile(r"[A-Z0-9][A-Z0-9:/.@_+-]{3,}|https?://\S+", re.ASCII)
"""What codes look like; links of member apps included."""


def physical(scan_code: int, *, shift: bool, platform: str = sys.platform) -> str:
    """The character of a key on a US keyboard, or nothing where the platform does not say which key it was."""
    if platform == "darwin":
        return ""
    number = scan_code - X11_OFFSET if platform.startswith("linux") else scan_code
    pair = US.get(number)
    return pair[shift] if pair else ""


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
