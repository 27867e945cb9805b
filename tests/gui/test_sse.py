"""Server-sent events are the same wherever the bytes are cut."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gui.link.sse import LARGEST_EVENT, Event, EventReader

STREAM = (
    b'retry: 1000\n\n: beat\n\nid: r-1\nevent: status\ndata: {"state":"ready"}\n\n'
    b'id: r-2\r\nevent: entry\r\ndata: {"id":\r\ndata: "\xe4\xb8\xad"}\r\n\r\nevent: odd\ndata: no json\n\n'
)


@given(st.lists(st.integers(0, len(STREAM)), max_size=12))
def test_chunks_do_not_matter(cuts: list[int]) -> None:
    reader, edges = EventReader(), sorted({0, len(STREAM), *cuts})
    events = [event for start, end in pairwise(edges) for event in reader.feed(STREAM[start:end])]
    assert events == [Event("r-1", "status", {"state": "ready"}), Event("r-2", "entry", {"id": "中"})]
    assert reader.last_id == "r-2"


def test_half_an_event_is_forgotten_with_its_connection() -> None:
    reader = EventReader()
    reader.feed(b'id: r-7\nevent: status\ndata: {"st')
    reader.restart()
    assert reader.feed(b"data: {}\n\n") == [Event("r-7", "message", {})]


def test_an_event_without_end_is_no_event() -> None:
    with pytest.raises(ValueError, match="without end"):
        EventReader().feed(b"x" * (LARGEST_EVENT + 1))
