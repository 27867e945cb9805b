"""From the key presses of a keyboard scanner to the bytes it meant, whatever country it is set to; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from agent.core.keyboards import KEYS, Layout
from agent.core.scanner_profile import Stroke

ESC, TAB, ENTER, SPACE, CAPS_LOCK, KEYPAD_ENTER = 1, 15, 28, 57, 58, 96
SHIFTS, CONTROLS, ALT, ALT_GR = {42, 54}, {29, 97}, 56, 100
"""Key codes of linux/input-event-codes.h."""
SAME_EVERYWHERE = {
    ESC: "\x1b",
    TAB: "\t",
    ENTER: "\r",
    KEYPAD_ENTER: "\r",
    SPACE: " ",
    55: "*",
    74: "-",
    78: "+",
    98: "/",
    83: ".",
}
KEYPAD = {82: "0", 79: "1", 80: "2", 81: "3", 75: "4", 76: "5", 77: "6", 71: "7", 72: "8", 73: "9"}
CONTROL_KEYS = {char: chr(ord(char) & 0x1F) for char in "@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_"}
"""What Ctrl makes of a key: scanners type FNC1 as Ctrl and ]."""
LOST = "\0"
"""Stands for keys that got lost: the framing refuses a code that holds it."""
PRESSED, RELEASED = 1, 0


@dataclass(slots=True)
class Keyboard:
    """Follows the keys that are held down."""

    layout: Layout
    swaps_case: bool = False
    """It sends capitals for small letters, for it believes that Caps Lock is on."""
    _held: set[int] = field(default_factory=set)
    _is_caps: bool = False
    """The scanner itself pressed Caps Lock; that of other keyboards is none of its business."""
    _alt_digits: str = ""
    _is_dead: bool = False

    def key(self, code: int, value: int) -> str:
        """What this event types, mostly nothing; repeats of a held key are not typed again."""
        if value == RELEASED:
            self._held.discard(code)
            return self._alt_code() if code == ALT else ""
        if value != PRESSED:
            return ""
        self._held.add(code)
        if code == CAPS_LOCK:
            self._is_caps = not self._is_caps
        if ALT in self._held and code in KEYPAD:
            self._alt_digits += KEYPAD[code]
            return ""
        return self._accented(self._typed(code))

    def stroke(self, code: int, value: int, at_s: float) -> Stroke | None:
        """The event as a stroke that is not read yet; None for what types nothing."""
        has_place = code in KEYS and not self._held & CONTROLS
        how, text = self._how(), self.key(code, value)
        if value != PRESSED or not (text or has_place):
            return None
        if self._is_caps and text.isalpha():
            how = {"plain": "shifted", "shifted": "plain"}.get(how, how)
        return Stroke(text, at_s, code if has_place else 0, how)

    def lose(self) -> str:
        """Events were lost: nothing is known of what is held down."""
        self._held.clear()
        self._alt_digits, self._is_caps, self._is_dead = "", False, False
        return LOST

    def _typed(self, code: int) -> str:
        if same := SAME_EVERYWHERE.get(code) or KEYPAD.get(code):
            return same
        char = self._level().get(code, "")
        if self._held & CONTROLS and ALT not in self._held:
            return CONTROL_KEYS.get(char.upper(), "")
        return char.swapcase() if self._is_caps != self.swaps_case and len(char.swapcase()) == 1 else char

    def _level(self) -> Mapping[int, str]:
        return self.layout.level(self._how())

    def _how(self) -> str:
        if ALT_GR in self._held or (ALT in self._held and self._held & CONTROLS):
            return "alt_gr"
        return "shifted" if self._held & SHIFTS else "plain"

    def _accented(self, char: str) -> str:
        was_dead, self._is_dead = self._is_dead, char in self.layout.dead if char else self._is_dead
        return "" if was_dead and char == " " else char

    def _alt_code(self) -> str:
        """The letter of an Alt code (Alt held, digits of the keypad): cp1252 with a leading 0, else cp437."""
        digits, self._alt_digits = self._alt_digits, ""
        if not digits:
            return ""
        return bytes([int(digits) % 256]).decode("cp1252" if digits.startswith("0") else "cp437", errors="replace")
