"""What is typed or scanned becomes an e-mail, a phone or a code, or is refused in plain words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.card_number import looks_like_card_number
from agent.core.errors import InvalidInput
from agent.identifiers import IdentifierKind, normalise

AUSTRALIAN = [
    "0412345678",
    "+61412345678",
    "61412345678",
    "0412 345 678",
    "(04) 1234-5678",
    "0061 412 345 678",
    "+61 (0)412 345 678",
]


@pytest.mark.parametrize("typed", AUSTRALIAN)
def test_one_phone_in_seven_spellings(typed: str) -> None:
    found = normalise(typed, country="AU")
    assert (found.kind, found.text) == (IdentifierKind.PHONE, "+61412345678")
    assert "412345678" not in repr(found)


@pytest.mark.parametrize(
    ("given_", "kind", "text"),
    [
        (" 9123 0000 ", "phone", "+6591230000"),
        ("6591230000", "phone", "+6591230000"),
        ("+62 812-3456-7890", "phone", "+6281234567890"),
        (" Mei.Tan@Example.TEST ", "email", "mei.tan@example.test"),
        ("CKT-A3F7B2C1", "code", "CKT-A3F7B2C1"),
        ("1234567", "code", "1234567"),
        ("eyJh.bGci-_=", "code", "eyJh.bGci-_="),
        ("AB 12\u200b CD", "code", "AB12CD"),
        ("https://m.cata.test/m/ABC123/", "code", "ABC123"),
        ("HTTPS://m.cata.test/card?x=1&c=ABC123", "code", "ABC123"),
        ("https://m.cata.test/m/%2B6591230000", "phone", "+6591230000"),
        ('{"code": "QR77", "v": 1}', "code", "QR77"),
        ('{"id": 91230000}', "phone", "+6591230000"),
        ("0b8b3f0e-7f3c-4b0d-9a4b-1f6f7b9a2c11", "code", "0b8b3f0e-7f3c-4b0d-9a4b-1f6f7b9a2c11"),
    ],
)
def test_what_comes_in(given_: str, kind: str, text: str) -> None:
    found = normalise(given_, country="SG")
    assert (found.kind, found.text) == (kind, text)
    assert normalise(found.text, country="SG") == found


@pytest.mark.parametrize(
    ("given_", "reason"),
    [
        ("", "empty"),
        (" \u3000 ", "empty"),
        ("x" * 129, "too_long"),
        ("x" * 2001, "too_long"),
        ("AB\x1dCD", "control_characters"),
        ("4111 1111 1111 1111", "card_number"),
        ("4111-1111-1111-1111", "card_number"),
        ("%B5500005555555559^TAN/MEI", "card_number"),
        ("378282246310005", "card_number"),
        ('{"code": 4111111111111111}', "card_number"),
        ("https://x.test/%34111111111111111", "card_number"),
        ("mei@", "invalid_email"),
        ("a@b@c.d", "invalid_email"),
        ("mei@localhost", "invalid_email"),
        ("+1", "invalid_phone"),
        ("+999 1234", "invalid_phone"),
        ("drop;table", "invalid_code"),
        ("{broken", "invalid_code"),
        ("{}", "invalid_code"),
        ('{"code": true}', "invalid_code"),
        ("https://x.test/", "invalid_code"),
        ("https://[x/a", "invalid_code"),
        ("{" * 1500, "invalid_code"),
    ],
)
def test_what_stays_out(given_: str, reason: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        normalise(given_, country="SG")
    assert caught.value.reason == reason


def test_only_links_of_known_hosts_are_read_when_hosts_are_known() -> None:
    assert normalise("https://M.cata.test/m/A1", country="SG", url_hosts=["m.CATA.test"]).text == "A1"
    with pytest.raises(InvalidInput, match="foreign_link"):
        normalise("https://m.cata.test.evil.test/m/A1", country="SG", url_hosts=["m.cata.test"])


@given(st.text(max_size=200))
def test_anything_is_normalised_once_and_for_all_or_refused(said: str) -> None:
    try:
        found = normalise(said, country="SG")
    except InvalidInput as error:
        assert error.message.endswith(".")  # noqa: PT017
    else:
        assert normalise(found.text, country="SG") == found
        assert len(found.text) <= 128


@given(st.from_regex(r"[3-6][0-9]{11,17}", fullmatch=True), st.sampled_from(["", " ", "-"]))
def test_no_payment_card_gets_through(start: str, gap: str) -> None:
    card = next(start + str(check) for check in range(10) if looks_like_card_number(start + str(check)))
    with pytest.raises(InvalidInput, match="card_number"):
        normalise(gap.join(card), country="SG")


@pytest.mark.parametrize("digits", ["411111111111", "4111111111111112", "2111111111111111", "41111111111111111111"])
def test_what_is_no_card(digits: str) -> None:
    assert not looks_like_card_number(digits)
