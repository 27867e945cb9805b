"""Large JSON in pieces is the same JSON, however it is cut, and what is no JSON is none in pieces either."""

from __future__ import annotations

import json
from collections.abc import Iterator
from json import JSONDecoder, JSONEncoder
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from agent.core import json_pieces
from agent.core.json_pieces import Reading, pieces, read_pieces

ANYTHING: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=4),
    max_leaves=12,
)
ENCODERS = [JSONEncoder(), JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)]
NARROW = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)


@pytest.fixture(autouse=True)
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    """A window of a few characters: all that is read at once otherwise is cut here."""
    monkeypatch.setattr(json_pieces, "WINDOW", 6)


def cut(text: str, length: int) -> Iterator[str]:
    return (text[start : start + length] for start in range(0, len(text), length))


@pytest.mark.parametrize("encoder", ENCODERS)
@given(value=ANYTHING, levels=st.integers(0, 4))
@NARROW
def test_the_pieces_make_the_text(encoder: JSONEncoder, value: object, levels: int) -> None:
    assert "".join(pieces(value, encoder, levels)) == encoder.encode(value)


def test_an_iterator_is_written_as_a_list_and_asked_for_one_member_at_a_time() -> None:
    rows = iter([{"a": 1}, {"a": 2}, {"a": 3}])
    text = pieces({"rows": rows, "none": iter(())}, JSONEncoder(), 2)
    assert (next(text), next(text), next(rows)) == ('{"rows": ', "[", {"a": 2})
    assert "".join(text) == '{"a": 1}, {"a": 3}], "none": []}'


@given(value=ANYTHING, length=st.integers(1, 20), indent=st.none() | st.integers(0, 2))
@example(value=[12345678901234567890], length=1, indent=None)
@example(value=-1234567.25, length=1, indent=None)
@example(value=[1.5e300, 2], length=2, indent=None)
@example(value={"a": "x" * 50, "b": [1, [2, {"c": 3}], "y" * 30]}, length=3, indent=1)
@NARROW
def test_what_is_read_in_pieces_is_what_is_read_at_once(value: object, length: int, indent: int | None) -> None:
    assert read_pieces(cut(json.dumps(value, indent=indent) + " \n", length), JSONDecoder()) == value


@given(value=ANYTHING.filter(bool), length=st.integers(1, 20), data=st.data())
@NARROW
def test_what_is_cut_off_or_goes_on_is_refused(value: object, length: int, data: st.DataObject) -> None:
    text = json.dumps([value])
    kept = data.draw(st.integers(0, len(text) - 1))
    for bad in (text[:kept], text + ",", text + "]"):
        with pytest.raises(ValueError, match=r"."):
            read_pieces(cut(bad, length), JSONDecoder())


@pytest.mark.parametrize("bad", ["[1234567 2]", '{"abcdef" 1, "b": 2}', "{12345678: 1}", "[1, 2, 3, 4, 5,]", "<html></html>", ""])
def test_what_is_no_json_is_refused(bad: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_pieces(cut(bad, 4), JSONDecoder())


def test_members_of_what_is_long_go_through_each_and_objects_through_the_hook() -> None:
    text = json.dumps({"long": [{"a": 1}, {"b": [2, 3, 4, 5]}], "short": {}})
    decoder = JSONDecoder(object_hook=lambda one: sorted(one))
    assert read_pieces(cut(text, 4), decoder) == ["long", "short"]
    numbers = read_pieces(cut("[[1], 22222, 33]", 2), JSONDecoder(), lambda member: member if isinstance(member, int) else None)
    assert numbers == [None, 22222, 33]


def test_one_place_is_read_member_by_member_and_nothing_behind_it() -> None:
    def texts() -> Iterator[str]:
        yield '{"style": "v2", "menu": {"other": {"products": 0}, "products": [{"a": 1}, '
        yield '{"a": 2}'
        raise AssertionError("read too far")

    reading = Reading(texts(), JSONDecoder())
    assert reading.is_at("menu")
    assert reading.is_at("products")
    members = reading.members()
    assert next(members) == {"a": 1}


def test_a_place_that_is_not_there() -> None:
    assert not Reading(['{"a": [1, 2, 3]}'], JSONDecoder()).is_at("b")
    assert not Reading(["{}"], JSONDecoder()).is_at("b")
    with pytest.raises(ValueError, match="missing"):
        Reading(["[]"], JSONDecoder()).is_at("b")
    with pytest.raises(ValueError, match="missing"):
        list(Reading(["{}"], JSONDecoder()).members())
