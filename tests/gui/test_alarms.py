"""Nothing that waits for a person stays quiet: four sounds, louder with time, and a band for whoever cannot hear them."""

from __future__ import annotations

import wave
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO

import pytest

from gui.alarms.rules import Alarm, Sound, alarms, level_of, loudest
from gui.alarms.sounds import LOUDNESS, MELODIES, REPEAT_MS, Bell, tone
from gui.session import Session
from gui.state import KEPT_FINISHED, State, with_event, with_seen
from gui.tickets.news import Change, changes
from gui.window.main import MainWindow
from gui.window.top_bar import Page
from gui.wire.orders import read_order
from tests.gui import sample

Later = Callable[[float], None]
A114 = sample.ORDERS[4]


@pytest.fixture
def later(session: Session) -> Later:
    """Let time pass."""

    def move(seconds: float) -> None:
        clock = session._clock
        assert isinstance(clock, sample.FrozenClock)
        clock.moment += timedelta(seconds=seconds)

    return move


def heard(state: State, *orders: dict[str, object]) -> State:
    for order in orders:
        state = with_event(state, "order", order, sample.NOW)
    return state


def test_a_changed_order_tells_what_is_different() -> None:
    before, after = (
        read_order(A114),
        read_order({**A114, "lines": [sample.line(2, "Laksa", "Large"), sample.line(1, "Teh")], "notes": "No cockles"}),
    )
    assert list(changes(before, after)) == [
        Change("count", "Laksa", "1", "2"),
        Change("gone", "1 Kopi O"),
        Change("added", "1 Teh"),
        Change("notes", "No cockles"),
    ]


def test_a_step_of_our_own_is_no_news() -> None:
    state = heard(sample.base(), {**A114, "status": "IN_PROGRESS", "promised_at": sample.at("12:55"), "printed": 2})
    assert state.news == {}


def test_news_stay_until_somebody_has_seen_them() -> None:
    state = heard(sample.base(), {**A114, "table": "7"}, {**A114, "table": "7", "notes": "Less salt"})
    assert [change.kind for change in state.news["A114"].changes] == ["table", "notes"]
    assert with_seen(state, "A114").news == {}


def test_a_cancelled_order_and_a_new_problem_are_news() -> None:
    state = heard(sample.base(), {**A114, "status": "CANCELLED"}, {**sample.ORDERS[2], "problems": ["square-pos: no."]})
    assert (state.news["A114"].is_cancelled, state.news["A109"].has_problem) == (True, True)


def test_a_long_day_keeps_only_what_can_be_brought_back() -> None:
    state = sample.base(orders=[])
    for number in range(3 * KEPT_FINISHED):
        state = heard(state, {**A114, "id": f"X{number}", "status": "COMPLETED"})
    assert len(state.orders) == KEPT_FINISHED


@pytest.mark.parametrize(("waited", "level"), [(0, 0), (29, 0), (30, 1), (60, 2), (119, 2), (120, 3), (9000, 3)])
def test_it_escalates_after_30_60_and_120_seconds(waited: int, level: int) -> None:
    assert level_of(sample.NOW, sample.NOW + timedelta(seconds=waited)) == level


def test_seen_is_quiet_until_it_escalates_and_for_a_minute_at_the_top() -> None:
    def alarm(level: int) -> Alarm:
        return Alarm(sound=Sound.NEW, order_id="A", ref="A", since=sample.NOW, level=level)

    hushed = {"A": (1, sample.NOW)}
    assert loudest([alarm(1)], hushed, sample.NOW) is None
    assert loudest([alarm(2)], hushed, sample.NOW) == alarm(2)
    top = {"A": (3, sample.NOW)}
    assert loudest([alarm(3)], top, sample.NOW + timedelta(seconds=59)) is None
    assert loudest([alarm(3)], top, sample.NOW + timedelta(seconds=60)) == alarm(3)


def test_the_four_sounds_differ_and_each_grows_louder() -> None:
    assert len({MELODIES[sound] for sound in Sound}) == 4
    waves = {(sound, level): tone(sound, level) for sound in Sound for level in range(len(LOUDNESS))}
    assert len(set(waves.values())) == 16
    for sound in Sound:
        peaks = []
        for level in range(len(LOUDNESS)):
            with wave.open(BytesIO(waves[sound, level])) as file:
                frames = file.readframes(file.getnframes())
            peaks.append(max(abs(int.from_bytes(frames[at : at + 2], "little", signed=True)) for at in range(0, len(frames), 2)))
        assert peaks == sorted(set(peaks))
    assert list(REPEAT_MS) == sorted(REPEAT_MS, reverse=True)


def test_the_bell_repeats_until_nothing_waits(qtbot: object) -> None:
    bell = Bell()
    alarm = Alarm(sound=Sound.CHANGED, order_id="A", ref="A", since=sample.NOW, level=0)
    bell.sound(alarm)
    bell.sound(alarm)
    bell._again()
    bell.sound(Alarm(sound=Sound.CHANGED, order_id="A", ref="A", since=sample.NOW, level=1))
    assert bell.rung == [(Sound.CHANGED, 0), (Sound.CHANGED, 0), (Sound.CHANGED, 1)]
    bell.sound(Alarm(sound=Sound.CHANGED, order_id="A", ref="A", since=sample.NOW, level=1, count=2))
    assert bell.rung[3:] == [(Sound.CHANGED, 1)]
    bell.sound(None)
    assert not bell.is_ringing
    path = bell._path(Sound.NEW, 0)
    assert path.exists()
    bell.close()
    assert not path.exists()


def test_a_new_order_sounds_and_is_seen_on_every_page(window: MainWindow, session: Session) -> None:
    assert window.bell.rung == [(Sound.NEW, 0)]
    assert window.alarm_band.isVisible()
    assert window.alarm_band.accessibleName().startswith("2 new orders")
    window.showMinimized()
    session.hear("order", {**sample.ORDERS[4], "status": "CANCELLED"})
    window.refresh()
    assert window.bell.rung[-1] == (Sound.CANCELLED, 0)


def test_the_band_comes_to_the_board_when_an_order_has_waited_too_long(window: MainWindow, later: Later) -> None:
    window.show_page(Page.ORDERS)
    assert not window.alarm_band.isVisible()
    later(15)
    window.tick()
    assert window.alarm_band.isVisible()
    assert window.bell.rung[-1] == (Sound.NEW, 1)


def test_show_leads_to_the_ticket_and_seen_is_quiet(window: MainWindow, session: Session) -> None:
    session.hear("order", {**A114, "table": "7"})
    session.hear("order", {**sample.ORDERS[0], "unacknowledged": False, "status": "ACCEPTED"})
    session.hear("order", {**sample.ORDERS[1], "unacknowledged": False, "status": "ACCEPTED"})
    window.refresh()
    window.alarm_band._show.click()
    assert (window.page, window.orders.picked) == (Page.ORDERS, "A114")
    window.alarm_band._seen.click()
    assert (session.state.news, window.bell.is_ringing, window.alarm_band.isVisible()) == ({}, False, False)


def test_a_cancellation_comes_before_everything_else() -> None:
    state = heard(sample.base(), {**A114, "status": "CANCELLED"}, {**sample.ORDERS[3], "table": "9"})
    assert [alarm.sound for alarm in alarms(state, sample.NOW)] == [Sound.CANCELLED, Sound.NEW, Sound.NEW, Sound.CHANGED]
