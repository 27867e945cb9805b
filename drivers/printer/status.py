"""What an ESC/POS printer answers to real-time status requests; pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from agent.core.sentence import Sentence

PRINTER, OFFLINE, FAULT, PAPER = 1, 2, 3, 4
"""The `n` of `DLE EOT n`."""
IN_ORDER = b"\x1dr\x01"
"""`GS r 1`: answered only when everything before it has been worked off."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a printer does not print."""

    reason: str
    """Stable machine word."""
    message: str
    """One plain sentence."""


READY = Sentence("Ready.", "printer_ready")
PAPER_LOW = Sentence("Ready; the paper is nearly at its end.", "paper_low")
PAPER_OUT = Trouble("paper_out", "The printer is out of paper; put in a new roll.")
COVER_OPEN = Trouble("cover_open", "The printer's cover is open; close it.")
CUTTER_STUCK = Trouble("printer_fault", "The printer reports a fault, perhaps a stuck cutter; switch it off and on again.")
OFF_LINE = Trouble("printer_offline", "The printer is switched to off-line; press its feed button or switch it off and on.")


def ask(kind: int) -> bytes:
    """The request for one status byte."""
    return b"\x10\x04" + bytes([kind])


def is_status(byte: int) -> bool:
    """Whether a byte is an answer to `ask`: its fixed bits say so."""
    return byte & 0x93 == 0x12


def trouble_of(answers: dict[int, int]) -> Trouble | None:
    """The most telling trouble in the answers, or None."""
    offline, paper = answers.get(OFFLINE, 0), answers.get(PAPER, 0)
    if offline & 0x04:
        return COVER_OPEN
    if paper & 0x60 or offline & 0x20:
        return PAPER_OUT
    if offline & 0x40 or answers.get(FAULT, 0) & 0x68:
        return CUTTER_STUCK
    return OFF_LINE if answers.get(PRINTER, 0) & 0x08 else None


def is_paper_low(answers: dict[int, int]) -> bool:
    """Whether the roll is near its end."""
    return bool(answers.get(PAPER, 0) & 0x0C)


def without_letters(missing: Iterable[str]) -> Sentence:
    """Ready, but some of what was printed had no picture."""
    letters = "".join(sorted(missing))[:20]
    words = f"Ready, but no font on this computer has these letters: {letters}."
    return Sentence(words, "letters_missing", letters=letters)
