"""Who may call: tokens by name, pairing by a code that a person types, and a new key without a restart."""

from __future__ import annotations

from pathlib import Path

from tests.support.outlet import Till, eventually, shop
from tests.support.sandbox import MEI


async def test_a_token_works_until_it_is_revoked(tmp_path: Path) -> None:
    async with shop(tmp_path) as one:
        made = await one.till.post("/v1/tokens", {"name": "pos-1", "scopes": ["pos"]})
        assert made.status == 201
        pos = Till(one.agent, one.http, token=made.body["token"])
        assert (await pos.post("/v1/loyalty/earn", {"member": {"uuid": MEI}, "points": 1})).status == 201
        assert (await pos.post("/v1/tokens", {"name": "more", "scopes": ["screen"]})).reason == "scope"
        assert {row["name"] for row in (await one.till.get("/v1/tokens"))["tokens"]} >= {"pos-1"}
        await one.till.post("/v1/tokens/pos-1/revoke")
        assert (await pos.call("GET", "/v1/status")).status == 401


async def test_a_pairing_code_is_good_once(tmp_path: Path) -> None:
    async with shop(tmp_path) as one:
        code = (await one.till.post("/v1/pairing/codes", {"name": "pos-2"})).body["code"]
        paired = await one.till.post("/v1/pairing", {"code": code, "name": "pos-2"})
        assert paired.body["scopes"] == ["pos"]
        pos = Till(one.agent, one.http, token=paired.body["token"])
        assert (await pos.call("GET", "/v1/status")).status == 200
        assert (await one.till.post("/v1/pairing", {"code": code, "name": "pos-2"})).status == 403


async def test_a_token_survives_a_restart_but_the_local_one_is_new(tmp_path: Path) -> None:
    async with shop(tmp_path) as one:
        token = (await one.till.post("/v1/tokens", {"name": "pos-1", "scopes": ["pos"]})).body["token"]
        local = one.agent.local_token
        await one.stop()
        await one.start()
        assert (await Till(one.agent, one.http, token=token).call("GET", "/v1/status")).status == 200
        assert (await Till(one.agent, one.http, token=local).call("GET", "/v1/status")).status == 401


async def test_a_new_key_is_taken_up_without_a_restart(tmp_path: Path) -> None:
    async with shop(tmp_path) as one:
        await one.practice.control.revoke_key()

        async def refused() -> bool:
            await one.till.post("/v1/cloud/probe")
            return bool((await one.till.get("/v1/status"))["sender"]["paused_reason"] == "key_refused")

        await eventually(refused)
        one.env["CATA_BRIDGE_SECRET_API_KEY"] = await one.practice.control.issue_key()
        status = await one.till.post("/v1/cloud/probe")
        assert status.body["cloud"]["reachable"]
        assert status.body["sender"]["paused_reason"] is None
