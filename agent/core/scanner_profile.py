"""How one scanner sends its codes, as far as it was learnt, and how its keys are read by that; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from agent.core.keyboards import LAYOUTS
from agent.core.symbology import split_aim

LEAST_GAP_S, MOST_GAP_S = 0.030, 0.060
"""Between these lies the longest pause within a code, whatever was learnt: people need 80 ms and more for a key."""
SHORTEST = 4
"""Fewer characters than this are never a scan."""
LONGEST_SHORTEST = 8
"""Nor does what was learnt ask for more than this: the next code may be a short one."""
ENDS = "\r\n\t"


class Interface(StrEnum):
    """What heard the scanner."""

    SCREEN = "screen"
    """It types into the screen, which is not told which device typed."""
    HID = "hid"
    SERIAL = "serial"
    NETWORK = "network"


class Ending(StrEnum):
    """What a scanner sends after a code; the words of the setting `suffix`."""

    CR = "cr"
    """Enter, where it types."""
    LF = "lf"
    CRLF = "crlf"
    TAB = "tab"
    ETX = "etx"
    NONE = "none"


ENDINGS = {"\r": Ending.CR, "\n": Ending.LF, "\r\n": Ending.CRLF, "\t": Ending.TAB, "\x03": Ending.ETX, "": Ending.NONE}


class CheckDigit(StrEnum):
    """Whether codes of goods come with their last digit."""

    UNKNOWN = ""
    SENT = "sent"
    LEFT_OUT = "left_out"


@dataclass(frozen=True, slots=True)
class Stroke:
    """One key that was pressed."""

    text: str
    """What this computer took it for; the end of a code as CR, LF or TAB."""
    at_s: float
    key: int = 0
    """Its place on the keyboard (linux/input-event-codes.h); 0 when unknown, or when it types the same everywhere."""
    how: str = "plain"
    """`plain`, `shifted` or `alt_gr`."""

    @property
    def ends(self) -> bool:
        """Whether this ends a code."""
        return self.text in {"\r", "\n", "\t"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """How a serial port was read."""

    baud: int
    parity: str = "N"
    bytesize: int = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class ScannerProfile:
    """What three scans told."""

    interface: Interface
    layout: str = ""
    """Country that it types for, of keyboards.LAYOUTS; empty while its codes could not tell."""
    swaps_case: bool = False
    """It sends capitals for small letters and the other way round: it believes that Caps Lock is on."""
    median_ms: int = 0
    """From one key to the next; 0 where there are no keys."""
    slowest_ms: int = 0
    prefix: str = ""
    code_id_length: int = 0
    """Characters of the maker's own code id, which differ from one kind of code to another."""
    has_aim: bool = False
    symbologies: tuple[str, ...] = ()
    """Kinds of codes that it named."""
    tail: str = ""
    """Characters that it adds after a code, before the end."""
    ending: Ending = Ending.CR
    check_digit: CheckDigit = CheckDigit.UNKNOWN
    shortest: int = SHORTEST
    line: Line | None = None
    """How its serial port has to be read."""

    @property
    def gap_s(self) -> float:
        """The longest pause within one of its codes."""
        return max(LEAST_GAP_S, min(MOST_GAP_S, 2 * self.slowest_ms / 1000))

    @property
    def keys_after(self) -> str:
        """The keys of its ending, as they are heard."""
        extra = "".join(char for char in self.tail if char in ENDS)
        return extra + next(keys for keys, ending in ENDINGS.items() if ending is self.ending)

    def read(self, strokes: Sequence[Stroke]) -> str:
        """The code of a burst; empty when this scanner did not type it, or when its keyboard was not learnt."""
        if not self.layout or not all(stroke.key or not stroke.text.isalpha() for stroke in strokes):
            return ""
        text, tail = typed(strokes, self.layout, swapped=self.swaps_case).rstrip(ENDS), self.tail.rstrip(ENDS)
        if not text.startswith(self.prefix) or not text.endswith(tail):
            return ""
        return split_aim(text[len(self.prefix) + self.code_id_length :].removesuffix(tail))[1]


def typed(strokes: Sequence[Stroke], layout: str, *, swapped: bool = False) -> str:
    """What keys mean on a country's keyboard; an empty `layout` is that of this computer, as it read them itself."""
    dead = LAYOUTS[layout].dead if layout else frozenset()
    found = ""
    was_dead = False
    for stroke in strokes:
        char = LAYOUTS[layout].level(stroke.how).get(stroke.key, "") if layout and stroke.key else stroke.text
        if not (was_dead and char == " "):
            found += char.swapcase() if swapped and len(char.swapcase()) == 1 else char
        was_dead = char in dead
    return found
