"""Reading others' JSON never raises anything but InvalidInput, and never loses a digit."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.cloud.tolerant import decimal, find, moment, read_json, read_outline, text, whole
from agent.core.errors import InvalidInput

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.decimals(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    try:
        read_json(raw)
    except InvalidInput as error:
        assert error.reason in {"not_json", "too_deep"}  # noqa: PT017


@given(ANYTHING)
def test_any_value_is_read_without_raising(value: object) -> None:
    text(value).encode()
    decimal(value)
    whole(value)
    moment(value)
    find(value, "a.b", "c")


@pytest.mark.parametrize(("depth", "reason"), [(64, ""), (65, "too_deep"), (100_000, "too_deep")])
def test_depth_is_bounded(depth: int, reason: str) -> None:
    raw = b"[" * depth + b"]" * depth
    if not reason:
        read_json(raw)
        return
    with pytest.raises(InvalidInput) as caught:
        read_json(raw)
    assert caught.value.reason == reason


@pytest.mark.parametrize("unit", [b'{"a":', b"["])
def test_what_never_closes_is_refused_whatever_is_before_it(unit: bytes) -> None:
    for depth, reasons in ((3, {"not_json"}), (65, {"too_deep"})):
        with pytest.raises(InvalidInput) as caught:
            read_json(b"[[]]," * 3 + unit * depth)
        assert caught.value.reason in reasons


NESTED: st.SearchStrategy[object] = st.recursive(
    st.just([]), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("ab"), inner)
)


@given(NESTED)
def test_depth_is_counted_as_a_person_would(tree: object) -> None:
    def deep(value: object) -> int:
        inner = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
        return 1 + max(map(deep, inner), default=0)

    depth = deep(tree)
    raw = json.dumps(tree).encode()
    assert read_json(b"[" * (64 - depth) + raw + b"]" * (64 - depth)) is not None
    with pytest.raises(InvalidInput, match="too_deep"):
        read_json(b"[" * (65 - depth) + raw + b"]" * (65 - depth))


def test_a_large_answer_is_read_in_outline() -> None:
    rows = [{"itemCode": f"I{number}", "basePrice": 1.5, "more": {"deep": "x" * 100}} for number in range(10_000)]
    raw = json.dumps({"summary": {"created": 3}, "products": rows, "isSuccess": True}).encode()
    outline = read_outline(raw)
    assert (outline["summary"], outline["isSuccess"], len(outline["products"])) == ({"created": 3}, True, 10_000)
    assert outline["products"][-1] is None
    assert read_outline(b'{"products": [{"a": 1}]}') == {"products": [{"a": 1}]}
    assert read_outline(json.dumps(["x" * 100] * 20_000).encode())[0] == "x" * 100
    for bad in (raw[:-1], b"[" * (2 * 1024 * 1024)):
        with pytest.raises(InvalidInput, match="not_json"):
            read_outline(bad)


def test_brackets_in_a_text_are_no_depth() -> None:
    assert read_json(json.dumps({"a": '[{"\\' * 200}).encode())


@pytest.mark.parametrize("raw", [b"", b"NaN", b"[Infinity]", b"{", b'\xff"', b"1" * 5000, b"<html>"])
def test_what_is_no_json_is_said_to_be_none(raw: bytes) -> None:
    with pytest.raises(InvalidInput, match="not_json"):
        read_json(raw)


def test_numbers_keep_their_digits() -> None:
    assert read_json(b"[6.50, 0.1]") == [Decimal("6.50"), Decimal("0.1")]


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ("12.50", "12.50"),
        (" 1,234.5 ", "1234.5"),
        (7, "7"),
        (Decimal("0.8"), "0.8"),
        ("x", None),
        (True, None),
        (None, None),
        ("1e999", None),
        ("NaN", None),
        ("", None),
        ([], None),
    ],
)
def test_decimals(value: object, number: str | None) -> None:
    assert decimal(value) == (None if number is None else Decimal(number))


@pytest.mark.parametrize(("value", "number"), [("3.0", 3), (3, 3), (Decimal("3.5"), None), ("a", None)])
def test_whole_numbers(value: object, number: int | None) -> None:
    assert whole(value) == number


@pytest.mark.parametrize(
    "value",
    ["2026-11-22T03:10:07Z", "2026-11-22T11:10:07+08:00", "2026-11-22T03:10:07", 1795317007, "1795317007", 1795317007000],
)
def test_one_moment_in_many_spellings(value: object) -> None:
    assert moment(value) == datetime(2026, 11, 22, 3, 10, 7, tzinfo=UTC)


@pytest.mark.parametrize("value", ["", "soon", "2026-11-22", 0, -5, 10**30, None, True, "0001-01-01T00:00:00+14:00"])
def test_what_is_no_moment(value: object) -> None:
    assert moment(value) is None


def test_find_takes_the_first_place_that_has_something() -> None:
    tree = {"a": None, "b": "", "c": {"d": 0}, "e": 1}
    assert find(tree, "a", "b", "c.d", "e") == 0
    assert find(tree, "a.x", "e.x", "c.y") is None
    assert find([], "a") is None


def test_text_is_bounded_and_encodable() -> None:
    assert text("a\ud800b" * 5000).encode()
    assert len(text("x" * 5000)) == 2000
    assert (text(5), text(True), text({})) == ("5", "", "")
