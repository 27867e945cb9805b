"""Bad input at every edge of one running outlet: said in one sentence, counted, and no harm to what is good beside it."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from agent.core.errors import InvalidInput
from agent.core.http import HttpRequest, HttpResponse
from agent.settings import load
from tests.support.outlet import Shop, eventually, shop
from tests.support.sandbox import MEI, MEI_CODE, OUTLET

CARD = "4111 1111 1111 1111"
DEVICES = """
[menu]
source = "pos"

[[devices]]
name = "pos"
driver = "pos-drop-folder"
folder = "{folder}/pos"
poll_s = 0.05

[[devices]]
name = "oven"
driver = "toaster-9000"

[[devices]]
name = "kitchen"
driver = "simulated-printer"
folder = "{folder}/tickets"
colour = "red"
"""
MENU = b"""code,name,price
LAKSA,Laksa,7.80
LAKSA,Laksa again,7.90
,No code,1.00
TEH,,1.00
KOPI,Kopi,NaN
MILO,Milo,1e999
ROTI,Roti,1.20.5
"""
SALES: dict[str, tuple[bytes, dict[str, int]]] = {
    "half.csv": (b'receipt,amount\nR-11,4.00\nR-12,"5.0', {"unreadable_file": 1}),
    "rows.csv": (
        b"receipt,amount\nR-21,NaN\n,5.00\nR-22,Infinity\nR-23,12.50\nR-23,13.50\nR-24,3.00\n",
        {"invalid_amount": 2, "missing_field": 1, "receipt_already_used": 1},
    ),
    "bytes.json": (b"\xff\xfe\x00\x80{", {"unreadable_file": 1}),
    "deep.json": (b"[" * 100_000, {"unreadable_file": 1}),
    "void.json": (b'{"receipt": "R-31", "amount": "1.00", "void": true}', {"sale_unknown": 1}),
    "bomb.xml": (b'<!DOCTYPE a [<!ENTITY b "c">]><sales><sale><receipt>&b;</receipt></sale></sales>', {"unreadable_file": 1}),
}
SCANS = {CARD: "card_number", "KK\x00MEI": "control_characters", "K" * 3_000: "too_long", "   ": "empty"}
CALLS: list[tuple[str, bytes, int, str]] = [
    ("/v1/loyalty/earn", b"{", 422, "invalid"),
    ("/v1/loyalty/earn", b"\xff\xfe", 422, "invalid"),
    ("/v1/loyalty/earn", b'{"member": {"uuid": "u"}, "amount": NaN}', 422, "invalid"),
    ("/v1/loyalty/earn", b'{"member": {"uuid": "u"}, "amount": "NaN"}', 422, "invalid"),
    ("/v1/loyalty/earn", b'{"member": {"uuid": "u"}, "points": 1.5}', 422, "invalid"),
    ("/v1/loyalty/earn", b'{"member": {"uuid": "u"}, "points": 1, "bonus": 2}', 422, "invalid"),
    ("/v1/loyalty/earn", b'{"member": {"identifier": "4111111111111111"}, "points": 1}', 422, "card_number"),
    ("/v1/sales", b'{"receipt": "R\\u0007", "amount": "1.00"}', 422, "invalid"),
    ("/v1/members/lookup", b"[" * 5_000, 422, "too_deep"),
    ("/v1/members/lookup", b" " * 3_000_000, 413, "too_large"),
    ("/v1/nowhere", b"{}", 404, "not_found"),
]


async def send(one: Shop, url: str, body: bytes, headers: dict[str, str]) -> HttpResponse:
    sent = {"Content-Type": "application/json", **headers}
    return await one.http.send(HttpRequest(method="POST", url=url, headers=sent, body=body, timeout_s=30))


def sentence_of(body: bytes) -> str:
    """The one sentence of a refusal, without jargon in it."""
    message = str(json.loads(body)["error"]["message"])
    assert message.endswith(".")
    assert not any(word in message for word in ("Traceback", "Exception", "error", "!"))
    return message


async def throw_scans(one: Shop) -> None:
    for code, reason in SCANS.items():
        answer = await one.till.post("/v1/scans", {"code": code})
        if answer.status == 200:
            assert (answer.body["kind"], answer.body["reason"], answer.body["code"]) == ("refused", reason, "")


async def throw_calls(one: Shop) -> Counter[str]:
    token = {"Authorization": f"Bearer {one.agent.local_token}"}
    for path, body, status, reason in CALLS:
        answer = await send(one, one.agent.url + path, body, token)
        refused = json.loads(answer.body)["error"]
        assert (path, body[:80], answer.status, refused["reason"]) == (path, body[:80], status, reason)
        sentence_of(answer.body)
    return Counter(reason for *_, reason in CALLS)


async def throw_deliveries(one: Shop) -> Counter[str]:
    good, wrong = f"{one.agent.webhook_url}/cata/orders/{OUTLET}", f"{one.agent.webhook_url}/cata/orders/elsewhere"
    wanted = Counter[str]()
    for url, body, headers, status, reason in [
        (good, b"{}", {}, 401, "signature_missing"),
        (good, b"\xff" * 100, {"X-Cata-Signature": "sha256=00"}, 401, "bad_signature"),
        (good, b"{}", {"X-Cata-Signature": "sha256=zz" * 20}, 401, "bad_signature"),
        (wrong, b"{}", {}, 404, "outlet_unknown"),
        (good, b" " * 2_000_000, {}, 413, "too_large"),
        (good, b"{}", {"Content-Type": "text/plain"}, 415, "not_json"),
    ]:
        answer = await send(one, url, body, headers)
        assert (answer.status, json.loads(answer.body)["error"]["reason"]) == (status, reason)
        sentence_of(answer.body)
        wanted[reason] += 1
    assert not (await one.practice.control.place_order(bad_signature=True)).dispatched
    return wanted + Counter({"bad_signature": 1})


async def throw_sales(one: Shop, pos: Path) -> Counter[str]:
    for name, (content, _) in SALES.items():
        (pos / "sales" / f"{name}.part").write_bytes(content)
        (pos / "sales" / f"{name}.part").rename(pos / "sales" / name)

    async def all_aside() -> bool:
        return all((pos / "sales" / "failed" / f"{name}.err.txt").exists() for name in SALES)

    await eventually(all_aside)
    return sum((Counter(reasons) for _, reasons in SALES.values()), Counter())


async def good_work_goes_on(one: Shop, folder: Path) -> None:
    before = await one.practice.control.balance(MEI)
    earned = await one.till.post("/v1/loyalty/earn", {"member": {"uuid": MEI}, "points": 7, "receipt": "R-1", "wait_s": 10})
    assert earned.body["outcome"] == "confirmed"
    (folder / "pos" / "sales" / "good.json").write_text(json.dumps({"receipt": "R-2", "amount": "5.00", "member": MEI_CODE}))

    async def sale_counts() -> bool:
        return await one.practice.control.balance(MEI) == before + 12

    await eventually(sale_counts)
    placed = await one.practice.control.place_order()
    assert placed.dispatched
    assert [row["id"] for row in (await one.till.get("/v1/orders?state=open"))["orders"]] == [placed.order_id]
    assert (await one.till.post("/v1/scans", {"code": MEI_CODE})).body["kind"] == "member"
    shutil.copyfile(folder / "good.csv", folder / "pos" / "catalogue" / "menu.csv")
    assert (await one.till.post("/v1/menu/sync", {})).status == 200
    assert {item["code"] for item in (await one.till.get("/v1/menu"))["items"]} == {"LAKSA", "TEH"}


async def test_bad_input_everywhere_is_said_counted_and_harms_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    pos = tmp_path / "pos"
    for name in ("catalogue", "sales"):
        (pos / name).mkdir(parents=True)
    (pos / "catalogue" / "menu.csv").write_bytes(MENU)
    (tmp_path / "good.csv").write_text("code,name,price\nLAKSA,Laksa,7.80\nTEH,Teh,1.60\n")
    async with shop(tmp_path, DEVICES.format(folder=tmp_path)) as one:
        await one.register()
        devices = {device["name"]: device for device in (await one.till.get("/v1/status"))["devices"]}
        assert (devices["oven"]["state"], devices["kitchen"]["state"]) == ("misconfigured", "misconfigured")
        assert "toaster-9000" in devices["oven"]["sentence"]
        assert (await one.till.post("/v1/menu/sync", {})).status == 200
        await throw_scans(one)
        thrown: dict[str, Counter[str]] = {
            "call": await throw_calls(one),
            "delivery": await throw_deliveries(one),
            "sale": await throw_sales(one, pos),
            "catalogue": Counter({"code_twice": 1, "missing_field": 2, "invalid_amount": 3}),
            "setting": Counter({"unknown_driver": 1, "invalid_setting": 1}),
        }
        await good_work_goes_on(one, tmp_path)
        refused: dict[str, Any] = (await one.till.get("/v1/status"))["refused"]
        scans, calls = Counter(refused.pop("scan")), Counter(refused.pop("call"))
        assert (scans + calls).total() == (Counter(SCANS.values()) + thrown.pop("call")).total()
        assert scans["card_number"] == 1
        assert {kind: Counter(counts) for kind, counts in refused.items()} == thrown
        claimable = {row["receipt"] for row in (await one.till.get("/v1/sales?claimable=true"))["sales"]}
        assert {"R-23", "R-24"} <= claimable
        assert (await one.till.get("/v1/status"))["outbox"]["parked"] == 0
        assert "4111" not in caplog.text


@pytest.mark.parametrize(
    ("text", "reason", "named"),
    [
        ("[cloud]\nbase_ulr = 'x'\n", "unknown_setting", "base_url"),
        ("[sender]\nin_flight = 'many'\n", "invalid_setting", "sender.in_flight"),
        ("[cloud\n", "unreadable_settings", "config.toml"),
        ("\x00", "unreadable_settings", "config.toml"),
        ("#" * 2_000_000, "unreadable_settings", "too large"),
        ("a = " + "[" * 50_000, "unreadable_settings", "config.toml"),
    ],
)
async def test_settings_that_do_not_fit_are_refused_by_name_and_the_running_till_goes_on(
    tmp_path: Path, text: str, reason: str, named: str
) -> None:
    async with shop(tmp_path) as one:
        kept = one.home.config.read_text()
        one.home.config.write_text(text)
        with pytest.raises(InvalidInput) as refused:
            load(one.home, env={})
        assert refused.value.reason == reason
        assert named in refused.value.message
        one.home.config.write_text(kept)
        assert (await one.till.post("/v1/loyalty/earn", {"member": {"uuid": MEI}, "points": 1})).status == 201
