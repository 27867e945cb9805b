"""JSON of vendors is read and written exactly, and what only looks like JSON is refused."""

from __future__ import annotations

from decimal import Decimal

import pytest

from drivers.pos.decoding import decoded, encoded


def test_amounts_keep_their_digits_both_ways() -> None:
    document = decoded(b'{"a": 1.10, "b": [9007199254740993, 12.5]}')
    assert document == {"a": Decimal("1.10"), "b": [9007199254740993, Decimal("12.5")]}
    assert decoded(encoded(document)) == document
    assert encoded({"é": "ü"}) == '{"é":"ü"}'.encode()


@pytest.mark.parametrize("raw", [b"", b"{", b"NaN", b'{"a": Infinity}', b"[" * 100_000, b"<html>", b"\xff"])
def test_what_is_no_json_is_refused(raw: bytes) -> None:
    with pytest.raises(ValueError, match=r".*"):
        decoded(raw)


@pytest.mark.parametrize("value", [Decimal("NaN"), Decimal("0.12345678901234567890"), object()])
def test_what_json_cannot_say_exactly_is_not_written(value: object) -> None:
    with pytest.raises(TypeError):
        encoded({"a": value})
