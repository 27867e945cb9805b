"""A body that does not fit is refused, naming its field, and nothing of it is kept."""

from __future__ import annotations

import pytest

from tests.api.conftest import Served

MEI = {"identifier": "CATA-MEI"}


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({"member": MEI, "points": 1.0}, "points"),
        ({"member": MEI, "points": True}, "points"),
        ({"member": MEI, "points": "5"}, "points"),
        ({"member": MEI, "points": 0}, "points"),
        ({"member": MEI, "amount": 12.5}, "amount"),
        ({"member": MEI, "amount": 12}, "amount"),
        ({"member": MEI, "amount": "12,50"}, "amount"),
        ({"member": MEI, "amount": "-1"}, "amount"),
        ({"member": MEI, "points": 1, "wait_s": 31}, "wait_s"),
        ({"member": MEI, "points": 1, "recipt": "R"}, "recipt"),
        ({"member": {}, "points": 1}, "member"),
        ({"member": {"identifier": "a\nb"}, "points": 1}, "member.identifier"),
        ({"points": 1}, "member"),
        ({"member": MEI}, "body"),
        ({"member": MEI, "points": 1, "receipt": "R" * 129}, "receipt"),
        ({"member": MEI, "points": 1, "note": "\ud800"}, "note"),
        ([], "body"),
    ],
)
async def test_a_body_that_does_not_fit_names_its_field(served: Served, body: object, where: str) -> None:
    reply = await served.pos.post("/v1/loyalty/earn", body)
    assert (reply.status, reply.reason) == (422, "invalid")
    assert reply.json["error"]["details"].startswith(f"{where}:")
    assert served.till.writes == 0


async def test_too_many_decimals_keep_their_own_reason(served: Served) -> None:
    reply = await served.pos.post("/v1/loyalty/earn", {"member": MEI, "amount": "1.234"})
    assert (reply.status, reply.reason, reply.json["error"]["details"]) == (422, "invalid_amount", "amount")


@pytest.mark.parametrize(
    "body",
    [
        {"member": {"identifier": "4111 1111 1111 1111"}, "points": 1},
        {"member": MEI, "points": 1, "receipt": "5500-0000-0000-0004"},
        {"member": MEI, "points": 1, "note": "card 378282246310005"},
    ],
)
async def test_a_card_number_is_never_taken(served: Served, body: object) -> None:
    reply = await served.pos.post("/v1/loyalty/earn", body)
    assert (reply.status, reply.reason) == (422, "card_number")
    assert served.till.writes == 0


async def test_digits_that_are_no_card_number_are_fine(served: Served) -> None:
    body = {"member": {"identifier": "+6591234567"}, "points": 1, "receipt": "4111111111111112"}
    assert (await served.pos.post("/v1/loyalty/earn", body)).status == 201


@pytest.mark.parametrize("when", ["yesterday", "2026-11-22T12:00:00", 1763784000])
async def test_a_time_needs_its_zone(served: Served, when: object) -> None:
    reply = await served.pos.post("/v1/sales", {"receipt": "R", "amount": "1", "occurred_at": when})
    assert (reply.status, reply.reason) == (422, "invalid")


async def test_a_sale_needs_its_amount(served: Served) -> None:
    assert (await served.pos.post("/v1/sales", {"receipt": "R"})).status == 422
