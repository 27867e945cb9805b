"""The OpenAPI document is served, complete and self-consistent."""

from __future__ import annotations

import json
import re
from typing import Any

from agent.api.app import describe
from agent.core.card_number import looks_like_card_number
from tests.api.conftest import Served
from tests.api.test_matrix import OPEN, ROUTES


async def test_the_description_is_served_to_callers(served: Served) -> None:
    assert (await served.caller("").get("/v1/openapi.json")).status == 401
    document = (await served.pos.get("/v1/openapi.json")).json
    assert document["openapi"].startswith("3.1")
    assert document["info"]["version"] == "1.2.3"
    assert document == json.loads(json.dumps(describe("1.2.3").openapi()))


def test_every_call_is_described() -> None:
    document = describe("0").openapi()
    for method, path in ROUTES:
        if path.endswith("openapi.json"):
            continue
        call = document["paths"][path.replace(":path", "")][method.lower()]
        assert call["description"], path
        assert ("security" in call) == (path not in OPEN), path
        assert "4XX" in call["responses"]


def test_every_reference_leads_somewhere() -> None:
    document = describe("0").openapi()
    names = set(re.findall(r"#/components/schemas/([A-Za-z_]+)", json.dumps(document)))
    assert names <= set(document["components"]["schemas"])
    assert {"Entry", "Order", "Member", "Status", "Failure"} <= names
    assert not _floats(document["components"]["schemas"]["Entry"])


def _floats(schema: Any) -> bool:
    return '"number"' in json.dumps(schema)


def test_card_numbers_are_known_by_length_first_digit_and_check_digit() -> None:
    cards = ["4111111111111111", "5500 0000 0000 0004", "3782-822463-10005", "x4222222222222x", "6011000990139424"]
    others = ["4111111111111112", "411111111111", "2123000048400012", "41111111111111111111", "4111  1111  1111  1111", "R-1"]
    assert [looks_like_card_number(text) for text in cards] == [True] * 5
    assert [looks_like_card_number(text) for text in others] == [False] * 6
