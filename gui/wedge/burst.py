"""Tell a scanner that types from a person that types: pure, on key times that are handed in."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from agent.core.scanner_profile import MOST_GAP_S, SHORTEST, ScannerProfile

GAP_S = 0.045
"""Scanners type a key every 1 to 30 ms, people need 80 ms and more."""
TAIL_S = 0.25
"""An Enter that comes so soon after a scan still belongs to it."""
TERMINATORS = frozenset({"\r", "\n", "\t"})


class Verdict(StrEnum):
    """What to do with a key."""

    PASS = "pass"
    """Let it through as it is."""
    HOLD = "hold"
    """Keep it back; `released` or `scanned` tells its end."""
    DROP = "drop"
    """It belongs to a scan: nobody sees it."""


@dataclass(frozen=True, slots=True)
class Step:
    """The verdict on one key, and what it settled about the keys held before it."""

    verdict: Verdict
    released: int = 0
    """So many held keys, from the oldest, were typed by a person: replay them first."""
    scanned: str = ""
    """The held keys were a scan of this text: drop them."""


@dataclass(slots=True)
class BurstDetector:
    """Keys in, verdicts out. Held keys are settled by the next key or by `quiet`."""

    gap_s: float = GAP_S
    shortest: int = SHORTEST
    ending: str | None = None
    """The keys that the scanner presses after a code; None: not learnt, so any that comes at once is one of them."""
    _owed: str = ""
    """Of the ending of the last scan, what has not come yet."""
    _text: list[str] = field(default_factory=list)
    _last: float = 0.0
    _scan_end: float = float("-inf")

    @classmethod
    def of(cls, profile: ScannerProfile | None) -> BurstDetector:
        """A detector for one scanner, never looser than a hand is slow; without a profile for all of them."""
        if profile is None:
            return cls()
        return cls(profile.gap_s, max(SHORTEST, profile.shortest), profile.keys_after)

    @classmethod
    def patient(cls) -> BurstDetector:
        """One that hears a scanner as slow as a scanner can be."""
        return cls(MOST_GAP_S)

    @property
    def holding(self) -> int:
        """How many keys are kept back."""
        return len(self._text)

    @property
    def reading(self) -> bool:
        """Enough came fast enough: this is a scan."""
        return len(self._text) >= self.shortest

    def key(self, text: str, at: float, *, repeat: bool = False) -> Step:
        r"""One key press: its text (a terminator as `\r`, `\n` or `\t`), its time in seconds, whether a held key repeats."""
        if repeat:
            return self._person(at)
        before = Step(Verdict.HOLD)
        if self._text and at - self._last > self.gap_s:
            before = self._settle(self._last)
        if text in TERMINATORS:
            return self._terminator(text, at, before)
        self._text.append(text)
        self._last = at
        return Step(Verdict.HOLD, before.released, before.scanned)

    def other(self) -> Step:
        """A key without text (an arrow, a function key, a shortcut): it passes, after what was held."""
        return self._passing(self._settle(self._last))

    def quiet(self, at: float) -> Step | None:
        """Called when time has passed: settles what is held once the gap is over, else None."""
        if not self._text or at - self._last <= self.gap_s:
            return None
        return self._settle(self._last)

    def _terminator(self, text: str, at: float, before: Step) -> Step:
        if self.reading:
            scanned = self._settle(at).scanned
            self._owed = self._owed.replace(text, "", 1)
            return Step(Verdict.DROP, 0, scanned)
        if self._is_owed(text) and (before.scanned or at - self._scan_end <= TAIL_S):
            self._scan_end = at
            self._owed = self._owed.replace(text, "", 1)
            return Step(Verdict.DROP, before.released, before.scanned)
        return self._passing(Step(Verdict.PASS, before.released + self._settle(at).released, before.scanned))

    def _is_owed(self, text: str) -> bool:
        return self.ending is None or text in self._owed

    def _person(self, at: float) -> Step:
        return self._passing(self._settle(at))

    def _passing(self, settled: Step) -> Step:
        return Step(Verdict.PASS, settled.released, settled.scanned)

    def _settle(self, at: float) -> Step:
        text, count, was_scan = "".join(self._text), len(self._text), self.reading
        self._text.clear()
        if was_scan:
            self._scan_end, self._owed = at, self.ending or ""
            return Step(Verdict.DROP, 0, text)
        return Step(Verdict.PASS, count)
