"""What is sealed says nothing, opens again, and cannot be changed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.errors import DamagedData, InvalidInput
from agent.db.sealing import Seal

SEAL = Seal(b"k" * 32)
OTHER = Seal(b"o" * 32)


@given(st.text(st.characters(codec="utf-8")))
def test_what_is_sealed_opens_again(text: str) -> None:
    sealed = SEAL.seal(text)
    assert SEAL.open_text(sealed) == text
    assert SEAL.open(SEAL.seal(text.encode())) == text.encode()
    assert SEAL.seal(text) != sealed


@given(st.binary(min_size=1, max_size=60), st.integers(0, 1000))
def test_no_byte_of_it_can_be_changed(plain: bytes, place: int) -> None:
    sealed = bytearray(SEAL.seal(plain))
    sealed[place % len(sealed)] ^= 1
    with pytest.raises(DamagedData, match="seal_broken"):
        SEAL.open(bytes(sealed))


def test_another_key_and_a_stump_open_nothing() -> None:
    for sealed in (OTHER.seal("a"), b"", b"\x01abc"):
        with pytest.raises(DamagedData, match="seal_broken"):
            SEAL.open(sealed)


def test_fingerprints_are_stable_keyed_and_short() -> None:
    assert SEAL.fingerprint("+6591234567") == Seal(b"k" * 32).fingerprint("+6591234567")
    assert SEAL.fingerprint("+6591234567") != OTHER.fingerprint("+6591234567")
    assert SEAL.fingerprint("+6591234567") != SEAL.fingerprint("+6591234568")
    assert len(SEAL.fingerprint("a")) == 32


def test_a_short_key_is_refused() -> None:
    with pytest.raises(InvalidInput, match="weak_key"):
        Seal(b"short")
