"""Trouble by its name: what goes by itself is waited for, what needs a person says so, and nothing is done in doubt."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest

from agent.core.errors import CataBridgeError, NeedsPerson, Refused, Unreachable
from agent.core.roles import Pos, TellsSales
from tests.contract.bench import Case, PosBench
from tests.contract.goods import MENU, ago, an_order, prices
from tests.drivers.simulators.vendor import as_html, as_json, too_many

PAUSE_S = 7
SOON_S = 10.0


def question(bench: PosBench, device: Pos) -> Callable[[], Awaitable[object]]:
    """Something that the POS can be asked and that changes nothing."""
    bench.stock()
    if not {Case.CATALOGUE, Case.PULLED} & set(bench.not_applicable):
        return device.fetch_catalogue
    if isinstance(device, TellsSales):
        return lambda: device.recent_sales(ago(3600))
    return lambda: device.find_order("x")


async def failure(attempt: Awaitable[object]) -> CataBridgeError:
    """What an attempt raises, which is one of ours with a sentence."""
    with pytest.raises(CataBridgeError) as raised:
        await attempt
    assert raised.value.message.endswith(".")
    return raised.value


@pytest.mark.parametrize("as_date", [False, True], ids=["seconds", "date"])
async def test_a_pause_that_the_pos_asks_for_is_passed_on(bench: PosBench, as_date: bool) -> None:
    ask = question(bench, bench.made())
    until = datetime.now(UTC) + timedelta(seconds=PAUSE_S)
    bench.vendor.always = too_many(until if as_date else PAUSE_S)
    error = await failure(ask())
    assert isinstance(error, Unreachable)
    assert error.retry_after_s is not None
    assert 0 < error.retry_after_s <= PAUSE_S
    assert (error.maybe_applied, error.line_down) == (False, False)


async def test_a_pause_without_a_length_is_one_too(bench: PosBench) -> None:
    ask = question(bench, bench.made())
    bench.vendor.always = too_many()
    error = await failure(ask())
    assert isinstance(error, Unreachable)
    assert error.retry_after_s is None


@pytest.mark.parametrize("status", [500, 502, 503])
async def test_an_error_page_is_waited_out(bench: PosBench, status: int) -> None:
    ask = question(bench, bench.made())
    bench.vendor.always = as_html(status)
    error = await failure(ask())
    assert isinstance(error, Unreachable)
    assert not error.maybe_applied


async def test_a_sign_in_page_is_not_the_pos(bench: PosBench) -> None:
    ask = question(bench, bench.made())
    bench.vendor.always = as_html(200)
    assert isinstance(await failure(ask()), Unreachable)


async def test_a_no_in_a_page_for_people_is_no_puzzle(bench: PosBench) -> None:
    """Some vendors answer 403 and 404 in HTML."""
    ask = question(bench, bench.made())
    bench.vendor.always = as_html(403)
    assert isinstance(await failure(ask()), NeedsPerson)


async def test_an_order_meets_the_same_troubles(bench: PosBench) -> None:
    bench.applies(Case.ORDERS)
    bench.stock()
    for trouble, kind in ((too_many(PAUSE_S), Unreachable), (as_html(503), Unreachable), (as_html(403), NeedsPerson)):
        bench.vendor.always = trouble
        assert isinstance(await failure(bench.made().submit_order(an_order())), kind)
    bench.vendor.always = as_json({"code": "BAD_REQUEST"}, 422)
    assert isinstance(await failure(bench.made().submit_order(an_order("another order"))), Refused)


async def test_an_answer_that_drips_is_given_up_in_time(bench: PosBench) -> None:
    bench.vendor.drips = True
    ask = question(bench, bench.made(**bench.patience))
    async with asyncio.timeout(SOON_S):
        assert isinstance(await failure(ask()), Unreachable)


async def test_wrong_credentials_are_for_a_person(bench: PosBench) -> None:
    bench.applies(Case.CREDENTIALS)
    device = bench.made_with_wrong_secret()
    assert isinstance(await failure(question(bench, device)()), NeedsPerson)
    assert isinstance(await failure(device.test()), NeedsPerson)


async def test_a_missing_secret_is_named(bench: PosBench) -> None:
    bench.applies(Case.CREDENTIALS)
    error = await failure(bench.made_without_secret().test())
    assert (type(error), error.reason) == (NeedsPerson, "secret_missing")


async def test_a_token_that_ends_in_the_middle_is_renewed(bench: PosBench) -> None:
    bench.applies(Case.EXPIRY)
    bench.sells(MENU)
    device = bench.made()
    assert bench.expire is not None
    for again in (device, device, bench.made()):
        assert prices((await again.fetch_catalogue()).items) == prices(MENU)
        bench.expire()
