"""One exchange with a vendor: what was certainly not carried out is never in doubt, and credentials stay on their host."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from agent.cloud.http import HttpxClient
from agent.core.clock import SystemClock
from agent.core.errors import CataBridgeError, Conflict, NeedsPerson, Refused, Unreachable
from drivers.pos.exchange import LONGEST_PAUSE_S, Exchange, Fixed, next_url, pause_s
from tests.drivers.simulators.vendor import Answer, Call, Vendor, as_html, as_json

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)


class Echo(Vendor):
    """Answers with what it was told to."""

    given = as_json({"ok": True})

    def answer(self, call: Call) -> Answer:
        return self.given

    def is_order(self, call: Call) -> bool:
        return False


@dataclass
class Changing:
    """Credentials that are replaced once."""

    keys: list[str] = field(default_factory=lambda: ["old", "new"])

    async def headers(self) -> Mapping[str, str]:
        return {"X-Key": self.keys[0]}

    async def refused(self, headers: Mapping[str, str]) -> bool:
        return bool(self.keys.pop(0)) and bool(self.keys)


@pytest.fixture
async def server() -> AsyncIterator[Echo]:
    async with Echo() as one:
        yield one


@pytest.fixture
async def http() -> AsyncIterator[HttpxClient]:
    made = HttpxClient(SystemClock())
    yield made
    await made.close()


@pytest.fixture
def exchange(server: Echo, http: HttpxClient) -> Exchange:
    return Exchange(http=http, clock=SystemClock(), base_url=server.base + "/", credentials=Fixed({"X-Key": "k"}))


async def test_a_question_and_a_change_as_the_vendor_gets_them(server: Echo, exchange: Exchange) -> None:
    assert (await exchange.get("/a", {"q": "x y"})).json()["ok"] is True
    await exchange.call("POST", "/b?c=d", query={"e": "f"}, body={"n": 1}, headers={"X-More": "m"})
    await exchange.call("PUT", f"{server.base}/raw", body=b"as it is")
    asked, posted, put = server.calls
    assert (asked.path, asked.query, asked.body, asked.headers["x-key"]) == ("/a", {"q": "x y"}, b"", "k")
    assert (posted.query, posted.json, posted.headers["x-more"]) == ({"c": "d", "e": "f"}, {"n": 1}, "m")
    assert (put.path, put.body) == ("/raw", b"as it is")


@pytest.mark.parametrize(
    ("answer", "kind", "maybe"),
    [
        (as_json({}, 400), Refused, None),
        (as_json({}, 409), Conflict, None),
        (as_json({}, 401), NeedsPerson, None),
        (as_html(302), Unreachable, True),
        (as_json({}, 408), Unreachable, True),
        (as_json({}, 425), Unreachable, False),
        (as_json({}, 429), Unreachable, False),
        (as_json({}, 500), Unreachable, True),
    ],
)
async def test_a_status_means_one_thing(
    server: Echo, exchange: Exchange, answer: Answer, kind: type[CataBridgeError], maybe: bool | None
) -> None:
    server.given = answer
    for is_change in (True, False):
        with pytest.raises(kind) as failed:
            await exchange.call("POST", "/a", is_change=is_change)
        if isinstance(failed.value, Unreachable):
            assert failed.value.maybe_applied is (maybe and is_change)


async def test_a_status_that_the_caller_understands_is_an_answer(server: Echo, exchange: Exchange) -> None:
    server.given = as_json({"why": "none"}, 404)
    assert (await exchange.get("/a", usable=(404,))).status == 404


async def test_a_question_without_an_answer_has_changed_nothing(server: Echo, exchange: Exchange) -> None:
    for is_change in (True, False):
        server.lost_change = 0
        with pytest.raises(Unreachable) as lost:
            await exchange.call("POST", "/a", is_change=is_change)
        assert lost.value.maybe_applied is is_change


async def test_what_is_no_json_is_not_the_pos_and_nothing_is_an_empty_object(server: Echo, exchange: Exchange) -> None:
    server.given = Answer(body=b" ")
    assert (await exchange.get("/a")).json() == {}
    server.given = as_html(200)
    with pytest.raises(Unreachable) as portal:
        (await exchange.call("POST", "/a")).json()
    assert (portal.value.reason, portal.value.maybe_applied) == ("not_the_pos", True)


async def test_support_is_told_the_vendor_s_code_and_nothing_about_people(server: Echo, exchange: Exchange) -> None:
    said = []
    bodies: list[object] = [
        {"errors": [{"code": "NOT_FOUND", "detail": "Mei +6591234567"}]},
        {"error": "Mei is not known"},
        {"type": "Invalid_Parameter"},
        [],
    ]
    for body in bodies:
        server.given = as_json(body, 400)
        with pytest.raises(Refused) as refused:
            await exchange.get("/a")
        said.append(refused.value.details)
    server.given = as_html(400)
    with pytest.raises(Refused) as refused:
        await exchange.get("/a")
    assert [*said, refused.value.details] == [
        "status 400 NOT_FOUND",
        "status 400",
        "status 400 Invalid_Parameter",
        "status 400",
        "status 400",
    ]


async def test_a_key_that_was_replaced_is_tried_once_more(server: Echo, http: HttpxClient) -> None:
    server.canned = [as_json({}, 401), as_json({}), as_json({}, 401)]
    exchange = Exchange(http=http, clock=SystemClock(), base_url=server.base, credentials=Changing())
    await exchange.call("POST", "/a")
    with pytest.raises(NeedsPerson):
        await exchange.call("POST", "/a")
    assert [call.headers["x-key"] for call in server.calls] == ["old", "new", "new"]


async def test_credentials_never_leave_their_host(server: Echo, exchange: Exchange) -> None:
    for attempt in ("http://elsewhere.example/a", server.base.replace("http:", "https:") + "/a"):
        with pytest.raises(Unreachable):
            await exchange.get(attempt)
    assert server.calls == []
    assert next_url("http://pos.example/a?b=1", "/c?d=2") == "http://pos.example/c?d=2"
    with pytest.raises(Unreachable):
        next_url("http://pos.example/a", "//elsewhere.example/c")


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("7", 7.0),
        (" 1.5 ", 1.5),
        ("999999999", LONGEST_PAUSE_S),
        ("Sun, 22 Nov 2026 04:00:09 GMT", 9.0),
        ("Sun, 22 Nov 2026 04:00:09 -0000", 9.0),
        ("Sun, 22 Nov 2026 03:00:00 GMT", 0.0),
        ("soon", None),
        ("-1", None),
        ("", None),
    ],
)
def test_a_pause_is_read_as_seconds_or_as_a_date(text: str, seconds: float | None) -> None:
    assert pause_s(text, NOW) == seconds
