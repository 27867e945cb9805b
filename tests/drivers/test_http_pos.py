"""The HTTP POS: what each kind of trouble means, and what is certain after it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from agent.cloud.http import HttpxClient
from agent.core.clock import SystemClock
from agent.core.errors import NeedsPerson, Refused, Unreachable
from agent.core.order_status import OrderStatus
from agent.core.pos import PosStatus
from agent.core.roles import Pos, SnoozesItems, TellsSales, TellsStatus
from agent.core.signing import RECIPES, verify
from drivers.registry import build
from tests.drivers.test_pos_rows import http_options
from tests.support.device_sink import Recorded, context
from tests.support.peers.pos_server import TOKEN, PosServer
from tests.support.tickets import AT, an_order


@pytest.fixture
async def server() -> AsyncIterator[PosServer]:
    made = PosServer()
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def http() -> AsyncIterator[HttpxClient]:
    made = HttpxClient(SystemClock())
    yield made
    await made.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def pos(server: PosServer, http: HttpxClient, folder: Path, *, secret: str | None = TOKEN, **options: Any) -> Pos:
    made = build("pos", "pos-http", {**http_options(server), **options}, context(folder, secret=secret, http=http))
    assert isinstance(made, Pos)
    return made


async def test_wrong_credentials_need_a_person(server: PosServer, http: HttpxClient, folder: Path) -> None:
    for secret, reason in (("wrong", "pos_credentials"), (None, "secret_missing")):
        device = pos(server, http, folder, secret=secret)
        for attempt in (device.run(Recorded()), device.fetch_catalogue(), device.submit_order(an_order()), device.test()):
            with pytest.raises(NeedsPerson) as refused:
                await attempt
            assert refused.value.reason == reason
    assert not server.orders


async def test_a_sign_in_page_is_no_answer(server: PosServer, http: HttpxClient, folder: Path) -> None:
    server.is_portal = True
    device = pos(server, http, folder, find_url="")
    with pytest.raises(Unreachable) as unsure:
        await device.submit_order(an_order())
    assert (unsure.value.reason, unsure.value.maybe_applied) == ("not_the_pos", True)
    with pytest.raises(Unreachable) as menu:
        await device.fetch_catalogue()
    assert menu.value.reason == "not_the_pos"


@pytest.mark.parametrize("trouble", ["never_answers", "drips"])
async def test_a_slow_answer_ends_at_the_deadline(server: PosServer, http: HttpxClient, folder: Path, trouble: str) -> None:
    setattr(server, trouble, True)
    with pytest.raises(Unreachable) as slow:
        await pos(server, http, folder, find_url="", timeout_s=0.5).submit_order(an_order())
    assert (slow.value.reason, slow.value.maybe_applied) == ("timeout", True)


async def test_after_a_broken_answer_the_order_is_found_and_not_doubled(
    server: PosServer, http: HttpxClient, folder: Path
) -> None:
    server.resets_after_order = True
    device = pos(server, http, folder)
    with pytest.raises(Unreachable) as unsure:
        await device.submit_order(an_order())
    assert unsure.value.maybe_applied is True
    assert await device.find_order("ord-1") == "POS-1"
    assert await device.submit_order(an_order()) == "POS-1"
    assert sum(method == "POST" for method, *_ in server.requests) == 1


@pytest.mark.parametrize(("status", "maybe"), [(500, True), (503, True), (408, True), (429, False)])
async def test_trouble_of_the_pos_is_no_refusal(
    server: PosServer, http: HttpxClient, folder: Path, status: int, maybe: bool
) -> None:
    server.status = status
    with pytest.raises(Unreachable) as trouble:
        await pos(server, http, folder, find_url="").submit_order(an_order())
    assert (trouble.value.maybe_applied, trouble.value.line_down) == (maybe, False)


async def test_a_refusal_is_for_good_and_a_redirect_is_not_followed(server: PosServer, http: HttpxClient, folder: Path) -> None:
    server.status = 422
    with pytest.raises(Refused) as refused:
        await pos(server, http, folder, find_url="").submit_order(an_order())
    assert refused.value.status == 422
    server.status = 302
    with pytest.raises(Unreachable):
        await pos(server, http, folder).test()


async def test_success_is_what_the_settings_say(server: PosServer, http: HttpxClient, folder: Path) -> None:
    server.raw_answer = b'{"ok":false,"id":"POS-9"}'
    with pytest.raises(Refused) as refused:
        await pos(server, http, folder, find_url="").submit_order(an_order())
    assert refused.value.reason == "pos_refused"
    server.raw_answer = b'{"ok":true,"data":{"order":{"id":77}}}'
    assert await pos(server, http, folder, find_url="", id_pointer="/data/order/id").submit_order(an_order()) == "77"
    assert await pos(server, http, folder, find_url="", id_pointer="/none").submit_order(an_order()) == "ord-1"


async def test_an_order_that_is_there_already_is_the_same_order(server: PosServer, http: HttpxClient, folder: Path) -> None:
    server.conflicts = True
    device = pos(server, http, folder)
    first = await device.submit_order(an_order())
    blind = pos(server, http, folder, find_url="")
    assert (first, await blind.submit_order(an_order())) == ("POS-1", "ord-1")
    with pytest.raises(Unreachable) as unknown:
        await blind.find_order("ord-1")
    assert unknown.value.reason == "cannot_find"
    server.raw_answer, server.status = None, 409
    assert await blind.submit_order(an_order("ord-9")) == "ord-9"


async def test_the_body_is_built_from_the_template(server: PosServer, http: HttpxClient, folder: Path) -> None:
    await pos(server, http, folder).submit_order(an_order())
    assert server.orders["ord-1"]["order"] == {"ref": "ord-1", "lines": [{"sku": "CR1", "n": 2}], "by": "bridge"}
    headers = server.requests[-1][2]
    assert headers["idempotency-key"] == "ord-1"
    assert headers["content-type"] == "application/json"


async def test_without_a_template_the_whole_order_goes(server: PosServer, http: HttpxClient, folder: Path) -> None:
    server.raw_answer = b'{"id":"x","ok":true}'
    await pos(server, http, folder, submit_body={}, find_url="").submit_order(an_order())
    document = json.loads(server.requests[-1][3])
    assert (document["total"], document["total_minor"], document["lines"][0]["modifiers"][0]["name"]) == ("9.00", 900, "Egg")


@pytest.mark.parametrize("name", sorted(RECIPES))
async def test_bodies_are_signed_as_the_pos_wants(server: PosServer, http: HttpxClient, folder: Path, name: str) -> None:
    await pos(server, http, folder, signing=name, timestamp_header="x-time", find_url="").submit_order(an_order())
    _, target, headers, body = server.requests[-1]
    recipe = RECIPES[name]
    given, when = headers[recipe.header], headers["x-time"]
    assert verify(recipe, [TOKEN], body, given, timestamp=when, url=server.base + target)
    assert not verify(recipe, ["other"], body, given, timestamp=when, url=server.base + target)


@pytest.mark.parametrize("paging", ["cursor", "page", "url"])
async def test_a_menu_of_many_pages_comes_whole(server: PosServer, http: HttpxClient, folder: Path, paging: str) -> None:
    server.menu = [{"code": f"C{place}", "name": "X", "price": place} for place in range(25)]
    server.pages = 4
    options: dict[str, Any] = {"catalogue_url": f"{server.base}/menu?{paging}={{{paging}}}", "catalogue_next": "/next"}
    if paging == "page":
        options["catalogue_next"] = ""
    if paging == "url":
        server.pages = 1
        options["catalogue_url"] = f"{server.base}/menu"
    catalogue = await pos(server, http, folder, **options).fetch_catalogue()
    assert [item.code for item in catalogue.items] == [f"C{place}" for place in range(25)]


async def test_a_next_page_is_a_url_on_the_same_host_only(server: PosServer, http: HttpxClient, folder: Path) -> None:
    device = pos(server, http, folder, catalogue_next="/next")
    server.raw_answer = json.dumps({"items": [{"code": "A", "name": "X", "price": 1}], "next": "/menu"}).encode()
    assert len((await device.fetch_catalogue()).items) == 1
    server.raw_answer = json.dumps({"items": [], "next": "http://elsewhere.example/menu"}).encode()
    with pytest.raises(Unreachable) as elsewhere:
        await device.fetch_catalogue()
    assert elsewhere.value.reason == "not_the_pos"


async def test_fields_of_another_name_are_found_by_their_pointers(server: PosServer, http: HttpxClient, folder: Path) -> None:
    server.menu = [{"ids": {"pos": "A"}, "label": [{"en": "Rice"}], "cents": 450}, "no row"]
    fields = {"code": "/ids/pos", "name": "/label/0/en", "price": "/cents"}
    catalogue = await pos(server, http, folder, catalogue_fields=fields, amounts_in_cents=True).fetch_catalogue()
    assert [(item.code, item.name, item.price.minor) for item in catalogue.items] == [("A", "Rice", 450)]
    assert [problem.where for problem in catalogue.problems] == ["item 2"]


async def test_what_is_not_set_up_is_refused_in_words(server: PosServer, http: HttpxClient, folder: Path) -> None:
    no_menu = pos(server, http, folder, catalogue_url="", check_url="")
    with pytest.raises(Refused):
        await no_menu.fetch_catalogue()
    assert "next order" in await no_menu.test()
    with pytest.raises(Refused):
        await pos(server, http, folder, submit_url="").submit_order(an_order())


async def test_what_is_not_set_up_is_not_asked_for(server: PosServer, http: HttpxClient, folder: Path) -> None:
    device = pos(server, http, folder)
    assert isinstance(device, TellsStatus)
    assert isinstance(device, TellsSales)
    assert isinstance(device, SnoozesItems)
    for attempt, reason in (
        (device.order_status("ord-1", "POS-1"), "no_status"),
        (device.recent_sales(AT), "no_sales"),
        (device.snooze("A", AT), "no_snooze"),
    ):
        with pytest.raises(Refused) as refused:
            await attempt
        assert refused.value.reason == reason
    assert server.requests == []


@pytest.mark.parametrize(
    ("said", "status"),
    [("Ready", OrderStatus.READY), ("cooking", OrderStatus.IN_PROGRESS), (7, OrderStatus.COMPLETED), (True, None), ("odd", None)],
)
async def test_a_status_is_a_usual_word_or_one_of_the_settings(
    server: PosServer, http: HttpxClient, folder: Path, said: object, status: OrderStatus | None
) -> None:
    words = {"cooking": "IN_PROGRESS", "7": "COMPLETED"}
    device = pos(server, http, folder, status_url=f"{server.base}/s/{{pos_order_id}}", status_words=words, reason_pointer="/why")
    assert isinstance(device, TellsStatus)
    server.raw_answer = json.dumps({"status": said, "why": " burnt "}).encode()
    if status is None:
        with pytest.raises(Refused) as refused:
            await device.order_status("ord-1", "A/7")
        assert refused.value.reason == "unknown_status"
    else:
        assert await device.order_status("ord-1", "A/7") == PosStatus(status=status, reason="burnt")
    assert server.requests[-1][1] == "/s/A%2F7"


async def test_a_sale_that_cannot_be_read_loses_none_beside_it(server: PosServer, http: HttpxClient, folder: Path) -> None:
    device = pos(server, http, folder, sales_url=f"{server.base}/sales?since={{since}}", sales_fields={"receipt": "/no"})
    assert isinstance(device, TellsSales)
    server.raw_answer = b'[{"no": "R-1", "total": 12.5}, {"no": "R-2"}, "no row"]'
    assert [(sale.receipt, sale.amount.minor) for sale in await device.recent_sales(AT)] == [("R-1", 1250)]
    assert server.requests[-1][1] == "/sales?since=2026-11-22T04%3A30%3A00Z"


async def test_what_is_sold_out_goes_whole_where_there_is_no_template(server: PosServer, http: HttpxClient, folder: Path) -> None:
    device = pos(server, http, folder, snooze_url=f"{server.base}/soldout")
    assert isinstance(device, SnoozesItems)
    await device.snooze("A", AT)
    assert json.loads(server.requests[-1][3]) == {"code": "A", "until": "2026-11-22T04:30:00Z", "available": False}
