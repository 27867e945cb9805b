"""Tokens that expire: fetched when needed, once for all who wait, and a renewed refresh token is never lost."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agent.cloud.http import HttpxClient
from agent.core.clock import SystemClock, to_wire
from agent.core.errors import NeedsPerson, NotSaved, Unreachable
from drivers.pos.exchange import Exchange
from drivers.pos.oauth import ACCESS_TOKEN, REFRESH_TOKEN, REFUSED_PAUSE_S, Grant, Tokens
from drivers.spec import Pocket
from tests.drivers.simulators.vendor import Answer, Call, Vendor, as_html, as_json, too_many
from tests.support.clock import FakeClock
from tests.support.device_sink import context

LIFE_S = 600


class Identity(Vendor):
    """Gives tokens at /token, each refresh token once, and lets in whoever has the latest."""

    def __init__(self) -> None:
        super().__init__()
        self.given = 0
        self.refresh = "refresh-0"
        self.says_life: dict[str, Any] = {"expires_in": LIFE_S}

    def is_order(self, call: Call) -> bool:
        return False

    def answer(self, call: Call) -> Answer:
        if call.path != "/token":
            return as_json({"ok": True}, 200 if call.headers.get("authorization") == f"Bearer access-{self.given}" else 401)
        fields = dict(pair.split("=") for pair in call.body.decode().split("&")) if call.body[:1] != b"{" else call.json
        basic = base64.b64encode(b"me:hush").decode()
        if call.headers.get("authorization") != f"Basic {basic}" and (fields.get("client_id"), fields.get("client_secret")) != (
            "me",
            "hush",
        ):
            return as_json({"error": "invalid_client"}, 401)
        if fields["grant_type"] == "refresh_token" and fields["refresh_token"] != self.refresh:
            return as_json({"error": "invalid_grant"}, 400)
        self.given += 1
        self.refresh = f"refresh-{self.given}"
        return as_json({"access_token": f"access-{self.given}", "refresh_token": self.refresh, **self.says_life})


@pytest.fixture
async def identity() -> AsyncIterator[Identity]:
    async with Identity() as one:
        yield one


@pytest.fixture
async def http() -> AsyncIterator[HttpxClient]:
    made = HttpxClient(SystemClock())
    yield made
    await made.close()


class Desk:
    """Tokens of one device on a clock that is moved."""

    def __init__(self, identity: Identity, http: HttpxClient, folder: Path, **grant: Any) -> None:
        self.identity = identity
        self.clock = FakeClock()
        self.pocket = Pocket(**{REFRESH_TOKEN: "refresh-0"})
        self.context = context(folder, http=http, clock=self.clock, drawer=self.pocket)
        self.grant = Grant(
            **{
                "url": f"{identity.base}/token",
                "kind": "refresh_token",
                "client_id": "me",
                "client_secret": "hush",
                **grant,
            }
        )
        self.restart()

    def restart(self) -> None:
        self.tokens = Tokens(self.grant, self.context)
        self.exchange = Exchange(http=self.context.http, clock=self.clock, base_url=self.identity.base, credentials=self.tokens)

    async def ask(self) -> int:
        return (await self.exchange.get("/ask")).status


async def test_a_token_is_fetched_once_for_all_who_wait_and_renewed_before_its_end(
    identity: Identity, http: HttpxClient, tmp_path: Path
) -> None:
    desk = Desk(identity, http, tmp_path)
    assert await asyncio.gather(*(desk.ask() for _ in range(5))) == [200] * 5
    assert identity.given == 1
    desk.clock.move(LIFE_S - 59)
    await desk.ask()
    assert identity.given == 2


async def test_a_token_that_ended_before_its_time_is_replaced_once_for_all(
    identity: Identity, http: HttpxClient, tmp_path: Path
) -> None:
    desk = Desk(identity, http, tmp_path)
    await desk.ask()
    identity.given += 7
    assert await asyncio.gather(*(desk.ask() for _ in range(5))) == [200] * 5
    assert identity.given == 9


async def test_a_single_use_refresh_token_survives_restarts(identity: Identity, http: HttpxClient, tmp_path: Path) -> None:
    desk = Desk(identity, http, tmp_path)
    for number in range(1, 4):
        desk.restart()
        await desk.ask()
        assert await desk.pocket.read(REFRESH_TOKEN) == f"refresh-{number}"


async def test_a_refresh_token_that_cannot_be_kept_gives_no_access(
    identity: Identity, http: HttpxClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(identity, http, tmp_path)

    async def full(_name: str, _value: str) -> None:
        raise NotSaved("disk_full", "The disk is full.")

    monkeypatch.setattr(desk.pocket, "keep", full)
    with pytest.raises(NotSaved):
        await desk.ask()
    assert [call.path for call in identity.calls] == ["/token"]


async def test_an_access_token_outlives_a_restart_where_the_vendor_counts_them(
    identity: Identity, http: HttpxClient, tmp_path: Path
) -> None:
    desk = Desk(identity, http, tmp_path, kind="client_credentials", keeps_access=True)
    await desk.ask()
    desk.restart()
    await desk.ask()
    assert identity.given == 1
    identity.given += 1
    desk.restart()
    await desk.ask()
    assert identity.given == 3
    ends_at, _, token = (await desk.pocket.read(ACCESS_TOKEN) or "").partition(" ")
    assert (ends_at, token) == ("2026-11-22T04:10:00Z", "access-3")


@pytest.mark.parametrize("way", [{"body": "json"}, {"is_basic": True}, {"extra": {"audience": "a"}}])
async def test_a_request_is_written_as_the_vendor_wants_it(
    identity: Identity, http: HttpxClient, tmp_path: Path, way: dict[str, Any]
) -> None:
    desk = Desk(identity, http, tmp_path, kind="client_credentials", **way)
    assert await desk.ask() == 200
    call = identity.calls[0]
    assert (call.headers["content-type"] == "application/json") is (way.get("body") == "json")
    assert (b"hush" in call.body) is not way.get("is_basic", False)
    assert (b"audience=a" in call.body) is ("extra" in way)
    assert b"refresh" not in call.body


@pytest.mark.parametrize(
    "says",
    [
        {"expires_in": "600"},
        {"expires_at": to_wire(FakeClock().now()).replace("04:00", "04:10")},
        {"expires_at": int(FakeClock().now().timestamp()) + 600},
        {"expires_at": "soon"},
        {"expires_in": True},
        {},
    ],
)
async def test_a_life_is_read_in_the_ways_in_which_it_is_said(
    identity: Identity, http: HttpxClient, tmp_path: Path, says: dict[str, Any]
) -> None:
    identity.says_life = says
    desk = Desk(identity, http, tmp_path)
    await desk.ask()
    desk.clock.move(230)
    await desk.ask()
    assert identity.given == 1
    desk.clock.move(400)
    await desk.ask()
    assert identity.given == 2


async def test_who_has_not_been_signed_in_or_no_longer_is_needs_a_person(
    identity: Identity, http: HttpxClient, tmp_path: Path
) -> None:
    desk = Desk(identity, http, tmp_path)
    identity.refresh = "taken by another"
    with pytest.raises(NeedsPerson) as gone:
        await desk.ask()
    assert (gone.value.reason, gone.value.details) == ("pos_credentials", "status 400 invalid_grant")
    desk.grant = replace(desk.grant, client_secret="wrong")
    desk.restart()
    with pytest.raises(NeedsPerson):
        await desk.ask()
    desk.context = replace(desk.context, drawer=Pocket())
    desk.restart()
    with pytest.raises(NeedsPerson) as never:
        await desk.ask()
    assert never.value.reason == "secret_missing"


@pytest.mark.parametrize("answer", [as_html(503), as_html(200), as_json({}), as_json([]), as_json({"access_token": 7})])
async def test_trouble_with_a_token_leaves_nothing_in_doubt(
    identity: Identity, http: HttpxClient, tmp_path: Path, answer: Answer
) -> None:
    desk = Desk(identity, http, tmp_path)
    identity.always = answer
    with pytest.raises(Unreachable) as trouble:
        await desk.exchange.call("POST", "/order", body={})
    assert not trouble.value.maybe_applied


async def test_a_refused_sign_in_is_not_tried_again_at_once(identity: Identity, http: HttpxClient, tmp_path: Path) -> None:
    desk = Desk(identity, http, tmp_path, client_secret="wrong")
    for wait_s, calls in ((0.0, 1), (REFUSED_PAUSE_S - 1, 1), (2.0, 2)):
        desk.clock.move(wait_s)
        with pytest.raises(NeedsPerson) as refused:
            await desk.ask()
        assert (refused.value.reason, len(identity.calls)) == ("pos_credentials", calls)


async def test_a_pause_asked_for_at_the_sign_in_is_kept(identity: Identity, http: HttpxClient, tmp_path: Path) -> None:
    desk = Desk(identity, http, tmp_path)
    identity.canned = [too_many(600), too_many()]
    for wait_s, calls in ((0.0, 1), (599.0, 1), (2.0, 2)):
        desk.clock.move(wait_s)
        with pytest.raises(Unreachable):
            await desk.ask()
        assert len(identity.calls) == calls
    assert await desk.ask() == 200
