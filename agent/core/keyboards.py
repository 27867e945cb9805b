"""Keyboard layouts: which letter a key types in which country; pure tables in the order of the keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

TOP_ROW = (41, *range(2, 14))
KEYS = (*TOP_ROW, *range(16, 28), *range(30, 41), 43, 86, *range(44, 54))
"""Key codes of the letter keys row by row (linux/input-event-codes.h): the key left of 1, ..., the key left of right Shift."""


@dataclass(frozen=True, slots=True)
class Layout:
    """What the keys type alone, with Shift and with AltGr."""

    plain: dict[int, str]
    shifted: dict[int, str]
    alt_gr: dict[int, str] = field(default_factory=dict)
    dead: frozenset[str] = frozenset()
    """Accents that wait for the next key; scanners type a blank after them, which is not part of the code."""

    def level(self, how: str) -> Mapping[int, str]:
        """What the keys type, held `plain`, `shifted` or `alt_gr`."""
        return {"plain": self.plain, "shifted": self.shifted, "alt_gr": self.alt_gr}[how]

    def strokes(self) -> dict[str, tuple[int, str]]:
        """Letter -> the key that types it and how it is held, the easiest way; a blank has key 0."""
        found: dict[str, tuple[int, str]] = {" ": (0, "plain")}
        for how in ("alt_gr", "shifted", "plain"):
            found |= {char: (key, how) for key, char in self.level(how).items()}
        return found


def _layout(plain: str, shifted: str, *, alt_gr: dict[str, str] | None = None, dead: str = "") -> Layout:
    """`alt_gr`: what a key types with AltGr, by what it types alone."""
    alone = dict(zip(KEYS, plain, strict=True))
    keys = {char: key for key, char in alone.items()}
    third = {keys[char]: typed for char, typed in (alt_gr or {}).items()}
    return Layout(alone, dict(zip(KEYS, shifted, strict=True)), third, frozenset(dead))


_DE_THIRD = {"2": "²", "3": "³", "7": "{", "8": "[", "9": "]", "0": "}", "ß": "\\", "q": "@", "e": "€", "+": "~", "<": "|"}
_FR_THIRD = {
    "é": "~", '"': "#", "'": "{", "(": "[", "-": "|", "è": "`", "_": "\\", "ç": "^", "à": "@", ")": "]", "=": "}", "e": "€",
}  # fmt: skip

LAYOUTS = {
    "us": _layout(
        "`1234567890-=qwertyuiop[]asdfghjkl;'\\<zxcvbnm,./",
        '~!@#$%^&*()_+QWERTYUIOP{}ASDFGHJKL:"|>ZXCVBNM<>?',
    ),
    "gb": _layout(
        "`1234567890-=qwertyuiop[]asdfghjkl;'#\\zxcvbnm,./",
        '¬!"£$%^&*()_+QWERTYUIOP{}ASDFGHJKL:@~|ZXCVBNM<>?',
        alt_gr={"4": "€"},
    ),
    "de": _layout(
        "^1234567890ß´qwertzuiopü+asdfghjklöä#<yxcvbnm,.-",
        "°!\"§$%&/()=?`QWERTZUIOPÜ*ASDFGHJKLÖÄ'>YXCVBNM;:_",
        alt_gr=_DE_THIRD,
        dead="^´`",
    ),
    "fr": _layout(
        "²&é\"'(-è_çà)=azertyuiop^$qsdfghjklmù*<wxcvbn,;:!",
        "~1234567890°+AZERTYUIOP¨£QSDFGHJKLM%µ>WXCVBN?./§",
        alt_gr=_FR_THIRD,
        dead="^¨",
    ),
    "es": _layout(
        "º1234567890'¡qwertyuiop`+asdfghjklñ´ç<zxcvbnm,.-",
        'ª!"·$%&/()=?¿QWERTYUIOP^*ASDFGHJKLÑ¨Ç>ZXCVBNM;:_',
        alt_gr={"º": "\\", "1": "|", "2": "@", "3": "#", "4": "~", "6": "¬", "e": "€", "`": "[", "+": "]", "´": "{", "ç": "}"},
        dead="`^´¨",
    ),
    "it": _layout(
        "\\1234567890'ìqwertyuiopè+asdfghjklòàù<zxcvbnm,.-",
        '|!"£$%&/()=?^QWERTYUIOPé*ASDFGHJKLç°§>ZXCVBNM;:_',
        alt_gr={"e": "€", "è": "[", "+": "]", "ò": "@", "à": "#"},
    ),
}
"""Country -> layout, as keyboards of that country are labelled."""
