"""Three scans become a profile, or the reason why they do not: pure, the same for keys and for bytes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from statistics import median

from agent.core.keyboards import LAYOUTS
from agent.core.scanner_profile import MOST_GAP_S, SHORTEST, Interface, Line, ScannerProfile, Stroke, typed
from agent.core.scanner_wrapping import (
    ENDS,
    Trouble,
    Wrapped,
    described,
    is_damaged,
    is_other_code,
    number_of,
    unwrapped,
    why_unread,
)

ENOUGH = 3
"""So many scans make a profile."""
TWICE_S = 0.5
"""The same code again so soon was read twice: no hand is as quick."""
PARITIES = ("E", "O")


@dataclass(frozen=True, slots=True)
class Keyed:
    """One scan that was typed: its keys in order, up to a pause."""

    strokes: tuple[Stroke, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Sent:
    """One scan that came as bytes: all of them up to a silence."""

    data: bytes = field(repr=False)
    at_s: float
    line: Line | None = None
    """How its serial port was read; None where there is none."""


@dataclass(frozen=True, slots=True)
class Learnt:
    """What scans say; one alone says less than three."""

    profile: ScannerProfile
    numbers: frozenset[int]
    """Test codes among them, from 1."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read keys; an empty layout is as this computer read them itself."""

    layout: str
    swapped: bool

    def text(self, scan: Keyed) -> str:
        """A scan read so."""
        return typed(scan.strokes, self.layout, swapped=self.swapped)


READINGS = [Reading(layout, swapped) for layout in (*LAYOUTS, "") for swapped in (False, True)]


def learn_keys(scans: Sequence[Keyed], interface: Interface) -> Learnt | Trouble:
    """What typed scans say."""
    gaps = [late.at_s - early.at_s for scan in scans for early, late in pairwise(_body(scan))]
    if any(len(_body(scan)) < SHORTEST for scan in scans) or max(gaps) > MOST_GAP_S:
        return Trouble.TYPED
    readings = _readings(scans)
    if not readings:
        return why_unread([reading.text(scan).strip(ENDS) for reading in READINGS for scan in scans])
    if readings[0].swapped and not any(stroke.key for scan in scans for stroke in scan.strokes):
        return Trouble.CAPS_LOCK
    found = unwrapped([readings[0].text(scan) for scan in scans])
    if isinstance(found, Trouble):
        return found
    if _is_repeated([(scan.strokes[0].at_s, scan.strokes[-1].at_s) for scan in scans], found):
        return Trouble.TWICE
    profile = replace(
        described(found, interface),
        layout=_layout(readings, found),
        swaps_case=readings[0].swapped,
        median_ms=round(1000 * median(gaps)),
        slowest_ms=round(1000 * max(gaps)),
    )
    return _learnt(profile, found)


def learn_bytes(scans: Sequence[Sent], interface: Interface) -> Learnt | Trouble:
    """What scans that came over a line say."""
    line = scans[-1].line
    parity = _parity(b"".join(scan.data for scan in scans)) if line else ""
    found = unwrapped([_text(bytes(byte & 0x7F for byte in scan.data) if parity else scan.data) for scan in scans])
    if isinstance(found, Trouble):
        return found
    if _is_repeated([(scan.at_s, scan.at_s) for scan in scans], found):
        return Trouble.TWICE
    if line and parity:
        line = replace(line, parity=parity, bytesize=7)
    return _learnt(replace(described(found, interface), line=line), found)


@dataclass(slots=True)
class Lesson:
    """Scans of one kind, one by one, until three have made a profile; what teaches nothing is said and does not count."""

    interface: Interface
    profile: ScannerProfile | None = None
    trouble: Trouble | None = None
    """What was wrong with the last scan."""
    numbers: frozenset[int] = frozenset()
    """Test codes that came through, from 1."""
    heard: int = 0
    """Scans so far, with those that taught nothing."""
    is_open: bool = False
    """Somebody listens: what is scanned now is heard."""
    gave_up: bool = False
    """Every way to read its line was tried, and none made sense."""
    _scans: list[Keyed | Sent] = field(default_factory=list)

    @property
    def count(self) -> int:
        """Scans that count so far."""
        return len(self._scans)

    def hear(self, scan: Keyed | Sent) -> None:
        """One scan more; after a profile it begins anew."""
        if self.profile is not None:
            self.forget()
        self.heard += 1
        found = self._learn([*self._scans, scan])
        self.trouble = found if isinstance(found, Trouble) else None
        if isinstance(found, Trouble):
            if found is Trouble.TWICE or isinstance(found := self._learn([scan]), Trouble):
                return
            self._scans.clear()
        self._scans.append(scan)
        self.numbers = found.numbers
        if self.count == ENOUGH:
            self.profile = found.profile

    def forget(self) -> None:
        """Begin anew."""
        self.profile = self.trouble = None
        self.numbers = frozenset()
        self._scans.clear()

    def _learn(self, scans: Sequence[Keyed | Sent]) -> Learnt | Trouble:
        keyed = [scan for scan in scans if isinstance(scan, Keyed)]
        sent = [scan for scan in scans if isinstance(scan, Sent)]
        return learn_keys(keyed, self.interface) if keyed else learn_bytes(sent, self.interface)


def _body(scan: Keyed) -> Sequence[Stroke]:
    """Its keys without the end, which may come a moment later."""
    last = max((at for at, stroke in enumerate(scan.strokes) if not stroke.ends), default=-1)
    return scan.strokes[: last + 1]


def _readings(scans: Sequence[Keyed]) -> list[Reading]:
    """The ways to read all of them as codes that know most test codes; other codes say nothing of capitals."""
    if any(_is_lost(scan) for scan in scans):
        return []
    scores: dict[Reading, int] = {}
    for reading in READINGS:
        texts = [reading.text(scan) for scan in scans]
        known = sum(bool(number_of(text)) for text in texts)
        if (known or not reading.swapped) and all(number_of(text) or is_other_code(text) for text in texts):
            scores[reading] = known
    return [reading for reading, score in scores.items() if score == max(scores.values())]


def _is_lost(scan: Keyed) -> bool:
    """Whether it is what became of a test code, and in no way that code."""
    texts = [reading.text(scan).strip(ENDS) for reading in READINGS]
    return not any(map(number_of, texts)) and any(map(is_damaged, texts))


def _layout(readings: Sequence[Reading], found: Sequence[Wrapped]) -> str:
    """The one country that fits; codes of the shop look like codes in several, so they never tell."""
    countries = {reading.layout for reading in readings} - {""}
    return readings[0].layout if len(countries) == 1 and any(one.number for one in found) else ""


def _is_repeated(times: Sequence[tuple[float, float]], found: Sequence[Wrapped]) -> bool:
    pairs = pairwise(zip(times, found, strict=True))
    return any(one.code == other.code and start - end < TWICE_S for ((_, end), one), ((start, _), other) in pairs)


def _learnt(profile: ScannerProfile, found: Sequence[Wrapped]) -> Learnt:
    return Learnt(profile, frozenset(one.number for one in found if one.number))


def _parity(data: bytes) -> str:
    """Of seven-bit text whose eighth bits are parity; empty for any other."""
    found = {byte.bit_count() % 2 for byte in data}
    return PARITIES[found.pop()] if not data.isascii() and len(found) == 1 else ""


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")
