"""A whole day at a real till with planted secrets and people: none of them is in any file, any log or the process table."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import psutil
import pytest

from agent.instance import running
from agent.logs import LogFile
from agent.paths import Home
from agent.secrets import WEBHOOK_SECRET, Secrets
from tests.faults import figures
from tests.faults.canaries import CANARIES, found_in, found_under
from tests.faults.planted_till import FILE_STORE, PATIENCE_S, Till, a_till, command, environment
from tests.support.outlet import eventually
from tests.support.sandbox import OUTLET

NAME = f"{CANARIES['first name']} {CANARIES['last name']}"
EVERYTHING = " ".join(CANARIES.values())


async def counter(till: Till) -> None:
    """Scans, lookups, earns and burns, online and offline, good and bad."""
    for text in (CANARIES["code"], CANARIES["card"], CANARIES["phone"], f"https://m.example/?id={CANARIES['e-mail']}", NAME):
        await till.call("POST", "/v1/scans", {"code": text})
    for who in ("phone", "e-mail", "code", "card", "phone of nobody", "first name"):
        await till.call("POST", "/v1/members/lookup", {"identifier": CANARIES[who]})
    body = {"member": {"identifier": CANARIES["phone"]}, "points": 3, "note": f"{CANARIES['note']} {NAME}", "receipt": "R-1"}
    assert (await till.call("POST", "/v1/loyalty/earn", {**body, "wait_s": 10})).body["outcome"] == "confirmed"
    await till.call("POST", "/v1/loyalty/earn", {**body, "unknown": EVERYTHING})
    await till.call("POST", "/v1/loyalty/burn", {"member": {"identifier": CANARIES["e-mail"]}, "points": 5, "receipt": "R-2"})
    await till.practice.control.fault("status", "/api/v1/loyalty/*", status=400, times=2, message=f"no {EVERYTHING}")
    quoted = await till.call("POST", "/v1/loyalty/earn", {**body, "receipt": "R-3", "wait_s": 10})
    await till.call("POST", f"/v1/outbox/{quoted.body['id']}/discard", {"reason": f"{NAME} left", "pin": CANARIES["pin"]})
    await till.call("POST", f"/v1/outbox/{quoted.body['id']}/discard", {"reason": NAME, "pin": "00000000"})
    await till.practice.control.fault("status", "/api/v1/*", status=500, times=2, message=f"down with {EVERYTHING}")
    await till.practice.control.cut()
    for who in ("phone", "phone of nobody"):
        await till.call("POST", "/v1/loyalty/earn", {**body, "member": {"identifier": CANARIES[who]}, "receipt": f"R-{who}"})
    await till.reachable(wanted=False)
    await till.practice.control.restore()
    await till.reachable()


async def kitchen(till: Till) -> None:
    """Orders with customer and address, one that cannot be read, one rejected with a name in the reason."""
    person = {"name": NAME, "phone": CANARIES["phone"], "email": CANARIES["e-mail"], "address": CANARIES["address"]}
    control = till.practice.control
    registered = await control.place_order()
    assert not registered.dispatched
    url = _webhook_url(till)
    answer = await till.practice.ok(
        "POST", "/api/v1/webhooks/register",
        {"outletId": OUTLET, "provider": "cata", "callbackUrl": f"{url}/cata/orders/{OUTLET}", "events": ["order.paid"]},
        key=CANARIES["key"],
    )  # fmt: skip
    Secrets(till.home, env=FILE_STORE).set(WEBHOOK_SECRET, answer["webhook"]["secret"])
    await till.call("POST", "/v1/cloud/probe", {})
    for number, items in enumerate(([{"plu": "L", "name": "Laksa", "quantity": 1, "notes": CANARIES["note"]}], [], "nonsense")):
        raw = {
            "orderId": f"5b0c7c57-9d5e-4a53-8d7c-2a4e5cf2a00{number}", "orderRefNo": f"KK-{number}", "outletId": OUTLET,
            "status": "PAID", "deliveryMethod": "DELIVERY", "currency": "SGD", "items": items, "totalPay": 13,
            "customer": person, "deliveryAddress": CANARIES["address"], "notes": f"{CANARIES['note']} {NAME}",
        }  # fmt: skip
        placed = await control.place_raw(json.dumps(raw).encode())
        assert placed.dispatched is (number == 0)
        if placed.dispatched:
            await till.call("POST", f"/v1/orders/{placed.order_id}/print", {})
            body = {"status": "REJECTED", "reason": f"STORE_CLOSED {NAME} {CANARIES['phone']}"}
            assert (await till.call("POST", f"/v1/orders/{placed.order_id}/status", body)).status == 200


async def pos_files(till: Till, folder: Path) -> None:
    """Sales in files, with members, and broken ones that quote them."""
    files = {
        "good.json": json.dumps({"receipt": "S-1", "amount": "5.00", "member": CANARIES["code"]}),
        "bad.csv": f'receipt,amount,member\n{NAME},x,{CANARIES["phone"]}\nS-3,"5',
        "card.json": json.dumps({"receipt": CANARIES["card"], "amount": "5.00", "member": CANARIES["phone"]}),
        f"{CANARIES['last name']}.json": f"{{{EVERYTHING}",
    }
    for name, text in files.items():
        (folder / "pos" / "sales" / f"{name}.part").write_text(text)
        (folder / "pos" / "sales" / f"{name}.part").rename(folder / "pos" / "sales" / name)

    async def all_taken() -> bool:
        return not [path for path in (folder / "pos" / "sales").iterdir() if path.is_file()]

    await eventually(all_taken)


def in_the_process_table(pid: int) -> list[str]:
    """Canaries in the words of any process, or in the environment of the agent and what it started."""
    hits = [
        f"cmdline of {one.pid}"
        for one in psutil.process_iter(["cmdline"])
        if found_in(" ".join(one.info["cmdline"] or ()).encode())
    ]
    ours = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    return hits + [f"environ of {one.pid}" for one in ours if found_in(repr(one.environ()).encode())]


async def test_nothing_planted_is_found_anywhere(tmp_path: Path) -> None:
    """I11."""
    async with a_till(tmp_path) as till:
        await counter(till)
        await kitchen(till)
        await pos_files(till, tmp_path)
        assert till.process is not None
        hits = in_the_process_table(till.process.pid)
        for words in (
            ("bundle", str(till.home.root / "bundle.zip")),
            ("--debug", "doctor"),
            ("--debug", "outbox", "show", EVERYTHING),
        ):
            done = await asyncio.to_thread(
                subprocess.run, command(till.home, *words), env=environment(), capture_output=True, check=False
            )
            if words[0] == "bundle":
                hits += [f"{name} in what the command said" for name in found_in(done.stdout + done.stderr)]
        hits += found_under(till.home.root)
    hits += found_under(till.home.root)
    names = {path.name for path in till.home.root.rglob("*") if path.is_file()}
    figures.record("privacy", "planted secrets, phones, e-mails, names", len(CANARIES))
    figures.record("privacy", "files looked through", len(names))
    figures.record("privacy", "found", len(hits))
    assert names >= {"bridge.db", "cache.db", "journal.log", "agent.log", "command.log", "bundle.zip"}
    assert hits == [], hits


def test_settings_that_do_not_fit_are_not_quoted(tmp_path: Path) -> None:
    home = Home(tmp_path / "home").prepare()
    wrong = {
        f'[cloud]\napi_key = "{CANARIES["key"]}"\n': ("agent",),
        f'[outlet]\nphone = 1\nowner = "{NAME} {CANARIES["phone"]}"\n': ("bundle", str(home.root / "bundle.zip")),
        f"[{EVERYTHING}": ("--debug", "doctor"),
    }
    for text, words in wrong.items():
        home.config.write_text(text)
        subprocess.run(command(home, *words), env=environment(), capture_output=True, check=False, timeout=PATIENCE_S)
    home.config.unlink()
    assert (home.root / "bundle.zip").exists()
    assert found_under(home.root) == []


PLANTED: dict[str, bytes] = {
    "plain": CANARIES["phone"].encode(),
    "national": b"call 8773 1994 now",
    "wide": NAME.encode("utf-16-le"),
    "escaped": b"https://x/?q=%2B6587731994",
    "hex": CANARIES["e-mail"].encode().hex().encode(),
    "base64": base64.b64encode(b"xy" + CANARIES["e-mail"].encode() + b"z"),
}


@pytest.mark.parametrize("form", PLANTED)
def test_the_search_finds_every_form(tmp_path: Path, form: str) -> None:
    (tmp_path / "leak").write_bytes(b"\0" * 9 + PLANTED[form] + b"\xff")
    assert found_under(tmp_path)
    with zipfile.ZipFile(tmp_path / "leak", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("logs/agent.log", PLANTED[form])
    assert found_under(tmp_path)


def test_a_log_line_past_the_redaction_is_found(tmp_path: Path) -> None:
    """The planted bug: one handler that writes what it is given."""
    found: dict[str, Any] = {}
    for name, formatter in (("good", None), ("bad", logging.Formatter("%(message)s"))):
        handler = LogFile(tmp_path / name)
        if formatter is not None:
            handler.setFormatter(formatter)
        handler.handle(logging.makeLogRecord({"msg": "lookup failed phone=%s", "args": (CANARIES["phone"],)}))
        handler.close()
        found[name] = found_in((tmp_path / name).read_bytes())
    assert found == {"good": set(), "bad": {"phone"}}
    figures.planted("privacy", "a log line past the redaction", found=True)


def _webhook_url(till: Till) -> str:
    """The log names the receiver's port second; nothing else does."""
    assert till.process is not None
    ports = {
        one.laddr.port for one in psutil.Process(till.process.pid).net_connections("inet") if one.status == psutil.CONN_LISTEN
    }
    agent = running(till.home)
    assert agent is not None
    (port,) = ports - {int(agent.url.rpartition(":")[2])}
    return f"http://127.0.0.1:{port}"
