"""Signatures: every vendor's recipe, rotation, and that nothing altered is accepted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.signing import CATA, CATA_MODES, RECIPES, X_SERIES, Encoding, Recipe, sign, verify, verify_cata

BODY = b'{"a":1}'
VECTORS: list[dict[str, Any]] = json.loads(Path(__file__).with_name("signing_vectors.json").read_text("utf-8"))["vectors"]
"""Made by another implementation, for every recipe; the file says how."""


def test_published_vectors_of_hmac_hold() -> None:
    key, text = "key", b"The quick brown fox jumps over the lazy dog"
    sha1 = "de7c9b85b8b78aa6bc8a7a36f70a90701c9db4d9"
    sha256 = "f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8"
    assert sign(RECIPES["revel"], key, text) == sha1
    assert sign(RECIPES["deliverect"], key, text) == sha256
    assert sign(RECIPES["cata"], key, text) == "sha256=" + sha256
    assert sign(RECIPES["x-series"], key, text) == f"signature={sha256},algorithm=HMAC-SHA256"
    split = {"url": "The quick brown fox", "timestamp": "the lazy dog"}
    based = "97yD9DBThCSxMpjmqm+xQ+9NWaFJRhdZl0edvC0aPNg="
    assert sign(RECIPES["square"], key, b" jumps over the lazy dog", **split) == based
    assert sign(RECIPES["toast"], key, b"The quick brown fox jumps over ", **split) == based


@pytest.mark.parametrize("vector", VECTORS, ids=[f"{one['recipe']}-{place % 3}" for place, one in enumerate(VECTORS)])
def test_every_recipe_signs_as_another_implementation_does(vector: dict[str, Any]) -> None:
    recipe, body = RECIPES[vector["recipe"]], vector["body"].encode()
    more = {"timestamp": vector["timestamp"], "url": vector["url"]}
    assert sign(recipe, vector["secret"], body, **more) == vector["signature"]
    assert verify(recipe, ["another", vector["secret"]], body, vector["signature"], **more)
    assert not verify(recipe, [vector["secret"]], body + b" ", vector["signature"], **more)


def test_the_vectors_know_every_recipe() -> None:
    assert {vector["recipe"] for vector in VECTORS} == set(RECIPES)


@given(body=st.text(min_size=1, max_size=200), secret=st.text(st.characters(codec="utf-8"), min_size=1, max_size=40))
def test_square_s_own_helper_agrees_with_ours(body: str, secret: str) -> None:
    from square.utils.webhooks_helper import verify_signature

    url, raw = "https://shop.example/pos/square", body.encode("utf-8", "replace")
    signed = sign(RECIPES["square"], secret, raw, url=url)
    for given_, text in ((signed, raw.decode()), (signed, raw.decode() + " "), (signed.swapcase(), raw.decode())):
        theirs = verify_signature(request_body=text, signature_header=given_, signature_key=secret, notification_url=url)
        assert verify(RECIPES["square"], [secret], text.encode(), given_, url=url) is theirs


def test_the_timestamp_is_joined_with_a_dot() -> None:
    timed = CATA_MODES["ts.body"][0]
    assert sign(timed, "s", BODY, timestamp="17") == sign(CATA, "s", b"17." + BODY)


@pytest.mark.parametrize("name", sorted(RECIPES))
@given(
    body=st.binary(max_size=200),
    secret=st.text(st.characters(codec="utf-8"), min_size=1, max_size=40),
    place=st.integers(0, 10_000),
)
def test_only_the_same_bytes_and_secret_verify(name: str, body: bytes, secret: str, place: int) -> None:
    recipe = RECIPES[name]
    made = sign(recipe, secret, body, timestamp="t", url="u")
    assert verify(recipe, ["other", secret], body, made, timestamp="t", url="u")
    assert not verify(recipe, [secret + "x"], body, made, timestamp="t", url="u")
    altered = bytearray(body or b"x")
    altered[place % len(altered)] ^= 1 << (place % 8)
    assert not verify(recipe, [secret], bytes(altered), made, timestamp="t", url="u")


@given(given_=st.text(max_size=80))
def test_rubbish_is_refused_and_never_raises(given_: str) -> None:
    assert not verify_cata("auto", ["whsec_a", "b"], BODY, given_, timestamp=given_[:5].encode("utf-8", "replace").decode())


def test_hex_may_be_upper_case_and_base64_may_not() -> None:
    assert verify(CATA, ["s"], BODY, " " + sign(CATA, "s", BODY).upper() + " ")
    square = RECIPES["square"]
    assert not verify(square, ["s"], BODY, sign(square, "s", BODY).swapcase())


def test_an_empty_secret_fits_nothing() -> None:
    assert not verify(CATA, ["", ""], BODY, sign(CATA, "", BODY))
    assert not verify(CATA, [], BODY, "")


def test_auto_accepts_both_messages_and_a_secret_without_its_prefix() -> None:
    timed = CATA_MODES["ts.body"][0]
    for signed in (sign(CATA, "whsec_k", BODY), sign(timed, "whsec_k", BODY, timestamp="9"), sign(CATA, "k", BODY)):
        assert verify_cata("auto", ["whsec_old", "whsec_k"], BODY, signed, timestamp="9")
    assert not verify_cata("body", ["whsec_k"], BODY, sign(timed, "whsec_k", BODY, timestamp="9"), timestamp="9")
    assert not verify_cata("ts.body", ["whsec_k"], BODY, sign(CATA, "whsec_k", BODY), timestamp="9")
    assert not verify_cata("body", ["whsec_k"], BODY, sign(CATA, "k", BODY))
    with pytest.raises(KeyError):
        verify_cata("none", ["k"], BODY, "")


@pytest.mark.parametrize("wrong", [{"algorithm": "md5"}, {"message": "{secret}"}])
def test_a_recipe_that_makes_no_sense_is_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(ValueError):
        Recipe(header="x", **wrong)  # type: ignore[arg-type]


def test_recipes_say_where_they_are_found() -> None:
    assert {recipe.header for recipe in RECIPES.values()} == {recipe.header.lower() for recipe in RECIPES.values()}
    assert X_SERIES.encoding is Encoding.HEX
