"""Keys are the published ones, for ever."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from agent.core.ref_code import (
    NAMESPACE,
    RefCode,
    payload_hash,
    ref_code_for_entry,
    ref_code_for_reversal,
    ref_code_for_sale,
    ref_code_for_status,
)

DAY = date(2026, 11, 22)
WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\n"), max_size=20)


def a_key(
    *, outlet_id: str = "outlet-1", till: str = "till-1", receipt: str = "R-1", kind: str = "earn", day: date = DAY
) -> RefCode:
    return ref_code_for_sale(outlet_id=outlet_id, till=till, business_day=day, receipt=receipt, kind=kind)


def test_literal_vectors_never_change() -> None:
    assert str(NAMESPACE) == "8e2ded82-3a67-5347-8136-5975dbee6615"
    assert a_key() == "cb1-eac87e8a-f602-50cd-8eae-031be5e76d77"
    assert ref_code_for_reversal(a_key()) == "cb1-98add72c-d4fa-5d1f-bc4c-789d68b9eb3e"
    assert ref_code_for_status("ord-1", "READY") == "cbo-62b9977e-0347-5982-a811-1b68e26ec6b3"
    assert ref_code_for_entry("id-1") == "cb1-id-1"


@given(st.tuples(WORDS, WORDS, WORDS, WORDS), st.tuples(WORDS, WORDS, WORDS, WORDS))
def test_only_the_same_sale_has_the_same_key(one: tuple[str, str, str, str], other: tuple[str, str, str, str]) -> None:
    keys = [a_key(outlet_id=parts[0], till=parts[1], receipt=parts[2], kind=parts[3]) for parts in (one, other)]
    assert (keys[0] == keys[1]) == (one == other)
    assert a_key(day=date(2026, 11, 23)) != a_key()


def test_a_payload_is_hashed_by_its_values_alone() -> None:
    assert payload_hash({"a": 1, "b": "ü"}) == payload_hash({"b": "ü", "a": 1})
    assert payload_hash({}) == "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
    assert payload_hash({"a": 1}) != payload_hash({"a": "1"})
