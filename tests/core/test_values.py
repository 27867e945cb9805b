"""Small values: waits, ids, members, entries, errors, card numbers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.backoff import Backoff
from agent.core.card_number import looks_like_card_number
from agent.core.entry import Entry, EntryKind, EntryState, Outcome
from agent.core.errors import (
    CataBridgeError,
    Conflict,
    DamagedData,
    InvalidInput,
    KeyRefused,
    NeedsPerson,
    NotConfigured,
    NotSaved,
    Refused,
    Unreachable,
)
from agent.core.ids import RandomIds
from agent.core.member import MemberRef, Profile, masked_identifier, masked_name, phone_tail, profile_display
from agent.core.ref_code import RefCode
from tests.support.clock import START
from tests.support.tickets import an_order


@given(st.integers(1, 10_000), st.floats(0, 1, exclude_max=True))
def test_waits_double_up_to_the_cap(failures: int, fraction: float) -> None:
    backoff = Backoff(base_s=1.0, cap_s=300.0)
    assert 0 <= backoff.delay_s(failures, fraction) <= 300.0
    assert [backoff.delay_s(number, 1.0) for number in (1, 2, 3, 9, 10)] == [1.0, 2.0, 4.0, 256.0, 300.0]


def test_ids_are_fresh_and_as_long_as_asked() -> None:
    ids = RandomIds()
    assert ids.new() != ids.new()
    assert len(ids.token()) >= 43
    assert len(ids.digits(8)) == 8
    assert ids.digits(8).isdecimal()
    assert 0 <= ids.fraction() < 1


@pytest.mark.parametrize(
    ("first", "last", "shown"),
    [
        ("Mei Ling", "Tan", "Mei Ling T."),
        ("Mei", "", "Mei"),
        ("Mei Ling Tan", "", "Mei L."),
        ("", "Tan", "T."),
        ("", "", ""),
    ],
)
def test_a_queue_reads_no_full_name(first: str, last: str, shown: str) -> None:
    assert masked_name(first, last) == shown


@pytest.mark.parametrize(
    ("identifier", "shown"),
    [
        ("mei@example.com", "E-mail of m…"),
        ("+6591234567", "Phone ending 4567"),
        ("CARD-12345", "Code ending 2345"),
        ("KK-MEI-001", "Code ending 001"),
    ],
)
def test_a_queue_reads_no_full_identifier(identifier: str, shown: str) -> None:
    assert masked_identifier(identifier) == shown


def test_a_phone_tail_is_never_the_whole_number() -> None:
    assert [phone_tail("+6591234567"), phone_tail("4567"), phone_tail("")] == ["4567", "", ""]


def test_a_profile_shows_the_best_it_has() -> None:
    assert profile_display(Profile(uuid="u-1234", name="Mei Tan", phone="+6591234567")) == "Mei T."
    assert profile_display(Profile(uuid="u-1234", name=" ", phone="+6591234567")) == "Phone ending 4567"
    assert profile_display(Profile(uuid="u-1234")) == "Member 1234"


def test_a_member_is_named_in_one_way() -> None:
    assert MemberRef(uuid="u").identifier is None
    for wrong in ({}, {"uuid": "u", "identifier": "i"}):
        with pytest.raises(ValueError, match="not by both or neither"):
            MemberRef(**wrong)


def test_an_entry_hides_its_person_and_knows_whether_it_is_open() -> None:
    states = {
        state: Entry(
            seq=1,
            id="e",
            kind=EntryKind.EARN,
            lane="l",
            state=state,
            outcome=Outcome.UNKNOWN,
            ref_code=RefCode("k"),
            payload={"note": "secret"},
            payload_hash="",
            created_at=START,
            attempts=1,
            member=MemberRef(identifier="+6591234567"),
        )
        for state in EntryState
    }
    assert {state for state, entry in states.items() if entry.is_open} == {EntryState.PENDING, EntryState.SENDING}
    assert "secret" not in repr(states)
    assert "+6591234567" not in repr(states)


def test_an_order_hides_its_person_and_has_its_own_id() -> None:
    assert an_order("o1").id == "o1"
    assert "+6591234567" not in repr(an_order())


@pytest.mark.parametrize(
    ("error", "parents"),
    [
        (Unreachable("r", "m", maybe_applied=True), [CataBridgeError]),
        (Refused("r", "m", status=404), [CataBridgeError]),
        (Conflict("r", "m", status=409), [CataBridgeError, Refused]),
        (NeedsPerson("r", "m"), [CataBridgeError]),
        (KeyRefused("r", "m"), [CataBridgeError, NeedsPerson]),
        (NotConfigured("r", "m"), [CataBridgeError, NeedsPerson]),
        (InvalidInput("r", "m", field="f"), [CataBridgeError]),
        (NotSaved("r", "m"), [CataBridgeError]),
        (DamagedData("r", "m", details="d"), [CataBridgeError]),
    ],
)
def test_errors_name_the_next_move(error: CataBridgeError, parents: list[type[CataBridgeError]]) -> None:
    assert all(isinstance(error, parent) for parent in parents)
    assert (error.reason, error.message, str(error)) == ("r", "m", "r: m")


def test_errors_carry_what_the_next_move_needs() -> None:
    away = Unreachable("r", "m", maybe_applied=False, retry_after_s=3.0, line_down=False)
    assert (away.maybe_applied, away.retry_after_s, away.line_down) == (False, 3.0, False)
    assert Refused("r", "m", status=404).status == 404
    assert InvalidInput("r", "m", field="amount").field == "amount"


@pytest.mark.parametrize(
    ("text", "is_card"),
    [
        ("4111111111111111", True),
        ("pay 4111 1111 1111 1111 now", True),
        ("4111-1111-1111-1112", False),
        ("8888888888888888", False),
        ("+6591234567", False),
        ("", False),
    ],
)
def test_card_numbers_are_told_apart(text: str, is_card: bool) -> None:
    assert looks_like_card_number(text) == is_card
