"""Each entry that has not reached the cloud says what happens next with it, and who or what moves it on."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gui.outbox.next import what_next
from gui.session import Session
from gui.state import Link, State, with_event, with_link
from gui.strings import TABLES, speak
from gui.window.main import MainWindow
from gui.window.top_bar import Page
from gui.wire.entries import read_entry
from tests.gui import sample

GOOD = sample.base()
CUT = sample.base(sample.status("offline", **sample.OFFLINE))
KEY = sample.base(sample.status("attention", sender={"paused_reason": "key_refused"}))
NO_POINTS = sample.base(sample.status("attention", sender={"paused_reason": "loyalty_not_configured"}))
GONE = with_link(GOOD, Link.GONE)
EARN = read_entry(sample.OUTBOX[3])
BURN = read_entry(sample.OUTBOX[2])
ORDER = read_entry(sample.OUTBOX[4])
LATER = replace(EARN, not_before=read_entry(sample.entry("x", "14:05", "earn", "", 1, "")).created_at)


@pytest.mark.parametrize(("entry", "state", "said"), [
    (EARN, GOOD, "Sent by itself in a moment."),
    (replace(EARN, state="sending"), GOOD, "It is on its way now."),
    (EARN, CUT, "Sent by itself when the line is back."),
    (EARN, GONE, "Sent by itself when the line is back."),
    (LATER, GOOD, "Tried again by itself at 14:05."),
    (replace(LATER, outcome="unknown"), GOOD, "Asked again by itself at 14:05."),
    (BURN, CUT, "Asked again by itself when the line is back."),
    (replace(BURN, outcome="queued", slip="7K2M"), CUT, "The points are taken first when the line is back."),
    (EARN, KEY, "Sent when a manager has put in a new key."),
    (EARN, NO_POINTS, "Sent when points are set up at Cata."),
    (ORDER, NO_POINTS, "Sent by itself in a moment."),
    (read_entry(sample.OUTBOX[0]), GOOD, "Choose who gets the points."),
    (read_entry(sample.OUTBOX[1]), CUT, "Take it off the board."),
    (replace(EARN, state="parked"), GOOD, "Send it again or discard it."),
    (replace(EARN, state="settled"), GOOD, ""),
])  # fmt: skip
def test_it_says_who_or_what_moves_it_on(entry: object, state: State, said: str) -> None:
    assert what_next(entry, state, sample.NOW) == said  # type: ignore[arg-type]


@pytest.mark.parametrize("language", TABLES)
def test_in_every_language_with_the_time_in_the_outlets_zone(language: str) -> None:
    speak(language)
    try:
        assert "14" in what_next(LATER, GOOD, sample.NOW)
    finally:
        speak("en")


def test_rows_follow_the_line(window: MainWindow, session: Session) -> None:
    session.state = with_event(session.state, "snapshot", {"entries": sample.OUTBOX}, sample.NOW)
    window.show_page(Page.OUTBOX)
    assert "in a moment" in next(row.accessibleName() for row in window.outbox.rows if row.entry.id == "w2")
    session.hear("status", sample.status("offline", **sample.OFFLINE))
    window.outbox.refresh()
    window.outbox.repaint()
    window.outbox.refresh()
    assert "when the line is back" in next(row.accessibleName() for row in window.outbox.rows if row.entry.id == "w2")
