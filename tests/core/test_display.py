"""The customer reads points and what became of them, and nothing about who anybody is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agent.core.display import Lines, of_entry, of_scan
from agent.core.entry import Entry, EntryKind, Outcome
from agent.core.money import Points
from agent.core.scan import Scan, ScanKind
from tests.support.samples import MEI, NOON, an_entry


def scan(kind: ScanKind, **more: object) -> Scan:
    return Scan(id="s", device="front", code="KK-MEI-001", symbology="qr", kind=kind, at=NOON, **more)  # type: ignore[arg-type]


def entry(kind: EntryKind, outcome: Outcome, points: int | None = 12) -> Entry:
    return replace(an_entry(1, kind, None, NOON), outcome=outcome, points=None if points is None else Points(points))


@pytest.mark.parametrize(
    ("found", "lines"),
    [
        (scan(ScanKind.MEMBER, member=replace(MEI, balance=Points(1250))), ("Welcome", "1,250 points")),
        (scan(ScanKind.MEMBER, member=replace(MEI, balance=Points(1), fresh=False)), ("Welcome", "about 1 point")),
        (scan(ScanKind.MEMBER, reason="offline"), ("Welcome", "Points can be saved")),
        (scan(ScanKind.PRODUCT), None),
        (scan(ScanKind.UNKNOWN), None),
    ],
)
def test_a_scan(found: Scan, lines: Lines | None) -> None:
    assert of_scan(found) == lines


@pytest.mark.parametrize(
    ("found", "lines"),
    [
        (entry(EntryKind.EARN, Outcome.QUEUED), ("Saved", "+12 points to come")),
        (entry(EntryKind.EARN, Outcome.CONFIRMED), ("Confirmed", "+12 points")),
        (entry(EntryKind.EARN, Outcome.DECLINED), None),
        (entry(EntryKind.BURN, Outcome.QUEUED), ("One moment", "12 points asked for")),
        (entry(EntryKind.BURN, Outcome.UNKNOWN), ("One moment", "Still asking")),
        (entry(EntryKind.BURN, Outcome.CONFIRMED), ("Confirmed", "-12 points")),
        (entry(EntryKind.BURN, Outcome.DECLINED), ("Not redeemed", "Your points are safe")),
        (replace(entry(EntryKind.BURN, Outcome.QUEUED), reverses="e-0"), None),
        (entry(EntryKind.SNOOZE, Outcome.QUEUED), None),
        (entry(EntryKind.EARN, Outcome.QUEUED, None), None),
    ],
)
def test_an_entry(found: Entry, lines: Lines | None) -> None:
    assert of_entry(found) == lines


def test_every_line_fits_the_usual_display_and_saved_is_never_confirmed() -> None:
    shown = {outcome: of_entry(entry(kind, outcome, 99_999)) for kind in (EntryKind.EARN, EntryKind.BURN) for outcome in Outcome}
    assert all(len(line) <= 24 for lines in shown.values() if lines for line in lines)
    assert "Saved" not in str(of_entry(entry(EntryKind.EARN, Outcome.CONFIRMED)))
    assert "Confirmed" not in str(of_entry(entry(EntryKind.EARN, Outcome.QUEUED)))
    assert "Mei" not in str(of_scan(scan(ScanKind.MEMBER, member=MEI)))
