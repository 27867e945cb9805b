"""The reducer: order of events, odd input, bounds, and green only with proof."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from gui.link.fields import Json
from gui.state import KEPT_ENDED, KEPT_SCANS, Link, State, scan_ready, shown_state, with_entry, with_event, with_link
from gui.wire.entries import read_entry
from tests.gui import sample

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(list("abc")) | st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)
KEYS = st.sampled_from(
    ["status", "orders", "entries", "devices", "sales", "scans", "menu", "id", "state", "member", "cloud", "lines", "amount"]
)
BODIES = st.dictionaries(KEYS, JSON | st.dictionaries(KEYS, JSON, max_size=4), max_size=6)
NAMES = st.sampled_from(["snapshot", "status", "entry", "order", "scan", "device", "menu", "sales", "weather"])


@given(st.lists(st.tuples(NAMES, BODIES), max_size=8))
def test_no_event_however_odd_breaks_the_screen(events: list[tuple[str, Json]]) -> None:
    state = with_link(State(), Link.CONNECTED)
    for name, data in events:
        state = with_event(state, name, data, sample.NOW)
    assert shown_state(state, sample.NOW)


@given(st.permutations(["pending", "sending", "settled"]))
def test_an_ended_entry_never_comes_back_to_life(order: list[str]) -> None:
    state = State()
    for word in order:
        state = with_entry(state, read_entry(sample.entry("e", "12:00", "earn", "u", 1, "R", state=word)))
    assert state.entries["e"].state == "settled"


def test_the_same_event_twice_is_the_same_state() -> None:
    once = with_event(sample.base(), "order", sample.ORDERS[0], sample.NOW)
    assert with_event(once, "order", sample.ORDERS[0], sample.NOW) == once


def test_a_snapshot_takes_away_what_is_no_longer_open() -> None:
    state = sample.base(entries=sample.OUTBOX)
    assert with_event(state, "snapshot", {"entries": []}, sample.NOW).waiting() == []


def test_memory_is_bounded() -> None:
    state = State()
    for number in range(KEPT_ENDED + 40):
        state = with_entry(state, read_entry(sample.entry(f"e{number}", "12:00", "earn", "u", 1, "R")))
        state = with_event(state, "scan", {"scan_id": f"s{number}", "kind": "unknown"}, sample.NOW)
    assert (len(state.entries), len(state.scans)) == (KEPT_ENDED, KEPT_SCANS)


def test_a_scan_and_its_answer_are_one_row() -> None:
    scan = {"scan_id": "s9", "kind": "member", "member": sample.MEMBERS[0]}
    state = with_event(with_event(sample.base(), "scan", scan, sample.NOW), "scan", scan, sample.NOW)
    assert sum(row.id == "s9" for row in state.scans) == 1


def test_green_only_with_proof_younger_than_thirty_seconds() -> None:
    state = sample.base()
    proof = state.status.last_ok_at if state.status else None
    assert proof is not None
    assert shown_state(state, proof + timedelta(seconds=30)) == "ready"
    assert shown_state(state, proof + timedelta(seconds=31)) == "working"


def test_an_absent_agent_is_never_ready() -> None:
    state = with_link(sample.base(), Link.GONE)
    assert shown_state(state, sample.NOW) == "gone"
    assert not scan_ready(state, window_active=True)


def test_without_a_scanner_the_window_in_front_reads() -> None:
    state = sample.base(sample.status(devices=[]), devices=[])
    assert scan_ready(state, window_active=True)
    assert not scan_ready(state, window_active=False)


def test_a_scanner_that_is_gone_is_said() -> None:
    broken = [{**device, "state": "missing"} for device in sample.DEVICES]
    assert not scan_ready(sample.base(sample.status(devices=broken)), window_active=True)
