"""What an earn or a burn comes to at each cloud."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from agent.core.errors import CataBridgeError, Refused
from agent.core.member import Balance, MemberRef, Profile
from agent.core.money import Money, Points
from agent.flows.loyalty.intents import BurnRequest, EarnRequest
from agent.flows.loyalty.programmes import ByPoints, ByVisit
from tests.support.clock import START
from tests.support.shop import Shop, open_shop

MEI = MemberRef(uuid="u-mei")
CATA = ByPoints(Decimal(1))


def cockato(shop: Shop, spend: str = "5", each: int = 2) -> ByVisit:
    return ByVisit(shop.cache, currency_per_point=Decimal(spend), points_per_currency=each)


def earn(**more: Any) -> EarnRequest:
    return EarnRequest(member=MEI, **more)


def burn(**more: Any) -> BurnRequest:
    return BurnRequest(member=MEI, **more)


async def test_cockato_carries_the_amount_and_expects_whole_spends(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        worth = cockato(shop).earn(earn(amount=Money(1499, "SGD"), punches={"pc": 1}, note="kopi", occurred_at=START))
        assert worth.points == 4
        assert worth.carried == {
            "note": "kopi",
            "amount": {"minor": 1499, "currency": "SGD"},
            "punches": {"pc": 1},
            "at": "2026-11-22T04:00:00Z",
        }
        assert cockato(shop).earn(earn(amount=Money(1, "SGD"))).points == 0
        assert cockato(shop).earn(earn(punches=2)).carried == {"punches": 2}


async def test_what_cockato_cannot_take_is_refused_in_words(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        programme = cockato(shop)
        for request, reason in (
            (earn(points=Points(5)), "not_offered"),
            (earn(), "nothing_to_earn"),
            (earn(amount=Money(0, "SGD")), "nothing_to_earn"),
            (earn(amount=Money(-100, "SGD")), "invalid_amount"),
            (earn(punches=-1), "invalid_punches"),
            (earn(punches={"pc": 101}), "invalid_punches"),
        ):
            with pytest.raises(CataBridgeError, match=reason):
                programme.earn(request)
        for nothing in (burn(), burn(points=Points(5), reward="pc"), burn(reward="pc", welcome_offer=True)):
            with pytest.raises(CataBridgeError, match="invalid"):
                programme.burn(nothing)


def test_cata_has_no_punches_and_no_rewards() -> None:
    for request in (burn(reward="pc"), burn(welcome_offer=True)):
        with pytest.raises(Refused, match="not_offered"):
            CATA.burn(request)
    with pytest.raises(Refused, match="not_offered"):
        CATA.earn(earn(amount=Money(100, "SGD"), punches=1))


async def test_a_member_is_named_by_what_was_read_else_by_the_card_that_is_remembered(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        programme, typed = cockato(shop), MemberRef(identifier="+6591230001")
        assert await programme.whom(typed, typed) == {}
        assert await programme.whom(typed, MEI) == {"who": "+6591230001"}
        with pytest.raises(Refused, match="member_unknown"):
            await programme.whom(MEI, MEI)
        nothing = Balance(points=Points(0), expiring=Points(0), expires_at=None)
        await shop.cache.put_member(Profile(uuid="u-mei"), nothing, START)
        await shop.cache.link("mei@example.test", "u-mei")
        assert await programme.whom(MEI, MEI) == {"who": "mei@example.test"}
        await shop.cache.put_member(Profile(uuid="u-mei", code="CKT12345678"), nothing, START)
        assert await programme.whom(MEI, MEI) == {"who": "CKT12345678"}
