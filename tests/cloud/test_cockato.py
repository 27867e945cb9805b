"""The Cockato client against the practice Cockato over real HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from agent.cloud import cockato as module
from agent.core.clock import SystemClock
from agent.core.errors import KeyRefused, Refused, Unreachable
from agent.core.money import Money
from agent.core.ref_code import RefCode
from agent.core.visit import Visit
from tests.support.cockato import CARD, MEI, MEI_CODE, MEI_PHONE, RAJ, TRANSACTION, Cockato
from tests.support.sandbox import practice_cloud


@pytest.fixture
async def cockato() -> AsyncIterator[Cockato]:
    async with practice_cloud() as practice:
        yield Cockato(practice)


def visit(key: str = "k1", identifier: str = MEI_CODE, **more: object) -> Visit:
    said = {"amount": Money(1050, "SGD"), **more}
    return Visit(identifier=identifier, ref_code=RefCode(key), at=SystemClock().now(), **said)  # type: ignore[arg-type]


async def test_a_member_is_found_by_code_in_either_spelling_phone_and_mail(cockato: Cockato) -> None:
    cloud = cockato.cloud()
    for identifier in (MEI_CODE, "ckta3f7b2c1", MEI_PHONE, "mei@example.test"):
        profile = await cloud.lookup(identifier)
        assert (profile.uuid, profile.code, profile.name) == (MEI, MEI_CODE, "Mei Ling Tan")
        assert profile.perks.cards[0].punches == 8
        assert profile.perks.welcome_offer == "Half price on the first cake"
    assert (await cloud.lookup("CKT-12345678")).uuid == RAJ
    assert (await cloud.balance(MEI)).points == 275
    assert cockato.done == []


async def test_nobody_is_unknown_after_both_spellings_and_no_more(cockato: Cockato) -> None:
    with pytest.raises(Refused, match="member_unknown"):
        await cockato.cloud().lookup("CKT00000000")
    with pytest.raises(Refused, match="member_unknown"):
        await cockato.cloud().lookup("no@example.test")
    assert cockato.practice.running.world.counts[f"POST {TRANSACTION}"] == 3


async def test_a_balance_that_was_never_told_is_refused_and_old_ones_are_let_go(
    cockato: Cockato, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "REMEMBERED", 1)
    cloud = cockato.cloud()
    await cloud.lookup(MEI_CODE)
    await cloud.lookup("CKT12345678")
    assert (await cloud.balance(RAJ)).points == 40
    with pytest.raises(Refused, match="not_offered"):
        await cloud.balance(MEI)


async def test_a_visit_gives_points_and_punches_and_says_what_the_member_has(cockato: Cockato) -> None:
    said = await cockato.cloud().visit(visit(punches={CARD: 2}, identifier="CKTA3F7B2C1", receipt="R-1"))
    assert said is not None
    assert (said.balance.points, said.profile.perks.rewards) == (285, 1)
    assert [(one.external_id, one.invoice_number, one.amount) for one in cockato.done] == [("k1", "R-1", "10.5")]


@pytest.mark.parametrize("answer", ["200", "409"])
async def test_a_visit_that_was_told_before_is_a_success(cockato: Cockato, answer: str) -> None:
    cockato.set(honours_idempotency=True, duplicate_answer=answer)
    cloud = cockato.cloud()
    await cloud.visit(visit())
    await cloud.visit(visit("k2"))
    again = await cloud.visit(visit())
    assert again is not None
    assert again.balance.points == 295
    assert cockato.org.effects() == {"k1": 1, "k2": 1}


async def test_a_visit_that_was_told_before_stays_a_success_when_nothing_more_is_said(cockato: Cockato) -> None:
    cockato.set(honours_idempotency=True, duplicate_answer="409")
    cloud = cockato.cloud()
    await cloud.visit(visit())
    await cockato.practice.control.fault("status", TRANSACTION, status=500, skip=1)
    assert await cloud.visit(visit()) is None


async def test_an_answer_without_balance_is_done_all_the_same(cockato: Cockato) -> None:
    cockato.org.cards_of = lambda customer: []  # type: ignore[method-assign]
    cockato.org._answer = lambda customer, done: {"customer": {}}  # type: ignore[method-assign]
    assert await cockato.cloud().visit(visit()) is None
    assert len(cockato.done) == 1


async def test_another_conflict_is_no_success(cockato: Cockato) -> None:
    with pytest.raises(Refused, match="insufficient_points"):
        await cockato.cloud().visit(visit(amount=None, points=276))


@pytest.mark.parametrize("auth", ["x-api-key", "bearer", "both"])
async def test_the_key_goes_as_it_is_told_to(cockato: Cockato, auth: str) -> None:
    cockato.set(auth=auth)
    await cockato.cloud(auth=auth).whoami()
    with pytest.raises(KeyRefused):
        await cockato.cloud(auth="bearer" if auth != "bearer" else "x-api-key").whoami()


async def test_asking_who_we_are_tells_a_good_key_a_bad_one_and_a_wrong_address(cockato: Cockato) -> None:
    await cockato.cloud().whoami()
    with pytest.raises(KeyRefused):
        await cockato.cloud("ck_test_wrong").whoami()
    with pytest.raises(Refused, match="not_offered"):
        await cockato.cloud(transaction_path="/elsewhere").whoami()
    await cockato.practice.control.fault("html", TRANSACTION)
    with pytest.raises(Unreachable, match="captive_portal"):
        await cockato.cloud().whoami()
    assert cockato.done == []


async def test_members_can_be_looked_up_at_the_other_address(cockato: Cockato) -> None:
    cloud = cockato.cloud(customers_url=cockato.practice.base_url + "/v1/customers")
    assert (await cloud.lookup(MEI_PHONE)).uuid == MEI
    assert (await cloud.balance(MEI)).points == 275
    with pytest.raises(Refused, match="member_unknown"):
        await cloud.lookup("no@example.test")
