"""A hostile client at both listeners of a real agent: refused, nothing stored, and the POS still gets its answers."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import psutil
import pytest

from agent.api import wall
from agent.api.origin import parse_origin
from agent.api.serve import is_loopback
from agent.api.settings import WEBHOOK_LIMITS, Limits
from agent.core.ids import RandomIds
from tests.drivers.simulators.square import LOCATION, NOTIFICATION_URL, SIGNATURE_KEY, Square
from tests.faults import figures
from tests.faults.forging import genuine
from tests.faults.hostile import Target, framing, paths, said, sizes
from tests.support.outlet import Shop, Till, shop
from tests.support.rows import digested
from tests.support.sandbox import MEI
from tests.support.shop import OUTLET, order_json

PAGE = "https://pos.example"
EARN = {"member": {"uuid": MEI}, "points": 1}


class Besieged:
    """An outlet under attack."""

    def __init__(self, outlet: Shop, pos: Till) -> None:
        self.outlet = outlet
        self.pos = pos

    @property
    def till_api(self) -> Target:
        """Makes a token that may do everything."""
        body = json.dumps({"name": "intruder", "scopes": ["screen"]}).encode()
        return Target(_port(self.outlet.agent.url), b"/v1/tokens", (self._token,), body)

    @property
    def receiver(self) -> Target:
        """Brings an order that the cloud really signed, but never sent like this."""
        secret = self.outlet.agent.parts.webhook_secrets.in_force()[0]
        good = genuine(order_json(orderId=RandomIds().new()), secret, now_s=int(time.time()))
        lines = tuple(f"{name}: {text}".encode() for name, text in good.headers.items() if name != "content-type")
        return Target(_port(self.outlet.agent.webhook_url), f"/cata/orders/{OUTLET}".encode(), lines, good.body)

    @property
    def _token(self) -> bytes:
        return f"Authorization: Bearer {self.outlet.agent.local_token}".encode()

    @property
    def pos_call(self) -> Target:
        """Says that the menu has changed; the POS really signed it."""
        headers, body = Square().hint("catalog.version.updated")
        lines = tuple(f"{name}: {text}".encode() for name, text in headers.items())
        return Target(_port(self.outlet.agent.webhook_url), b"/pos/till-pos", lines, body)

    async def let_in(self, cases: Mapping[str, bytes], port: int) -> list[str]:
        """Names of the cases that were not refused; all are thrown at once."""
        answers = await asyncio.gather(*(said(port, data) for data in cases.values()))
        return [
            name for name, statuses in zip(cases, answers, strict=True) if not all(400 <= status < 600 for status in statuses)
        ]


@asynccontextmanager
async def besieged(folder: Path) -> AsyncIterator[Besieged]:
    """Both listeners up, one POS with a token of its own; at the end nothing is stored that was not before."""
    async with shop(folder, f'allowed_origins = ["{PAGE}"]\n') as outlet:
        await outlet.register()
        made = await outlet.till.post("/v1/tokens", {"name": "pos-1", "scopes": ["pos"]})
        pos = Till(outlet.agent, outlet.http, token=made.body["token"])
        before = await digested(outlet.agent)
        yield Besieged(outlet, pos)
        after = await digested(outlet.agent)
        assert {name for name in before if before[name] != after[name]} <= {"facts"}
        assert (await pos.post("/v1/loyalty/earn", EARN)).status == 201


async def test_what_no_honest_program_sends_is_refused_at_both_doors(tmp_path: Path) -> None:
    async with besieged(tmp_path) as siege:
        thrown, through = 0, []
        for target, limits in ((siege.till_api, Limits()), (siege.receiver, WEBHOOK_LIMITS)):
            for cases in (framing(target), paths(target), sizes(target, largest=limits.body_bytes), _contents(target)):
                thrown += len(cases)
                through += await siege.let_in(cases, target.port)
        figures.record("wall", "hostile requests, each otherwise good", thrown)
        figures.record("wall", "let in", len(through))
        assert through == []


POS = f"""
[[devices]]
name = "till-pos"
driver = "square"
location = "{LOCATION}"
base_url = "http://127.0.0.1:9"
webhook_url = "{NOTIFICATION_URL}"
"""


async def test_what_no_honest_pos_sends_is_refused_at_its_door_and_what_it_signed_is_not(tmp_path: Path) -> None:
    async with shop(tmp_path, POS, start=False) as outlet:
        outlet.env |= {"CATA_BRIDGE_SECRET_DEVICE_TILL_POS_WEBHOOK": SIGNATURE_KEY}
        await outlet.start()
        await outlet.online()
        siege = Besieged(outlet, outlet.till)
        target = siege.pos_call
        assert await said(target.port, target.request(target.length)) == [200]
        for cases in (framing(target), sizes(target, largest=WEBHOOK_LIMITS.body_bytes)):
            assert await siege.let_in(cases, target.port) == []
        for lines in ((), (b"x-square-hmacsha256-signature: AAAA",), (*target.lines, target.lines[0])):
            forged = Target(target.port, target.path, lines, target.body)
            assert await said(target.port, forged.request(target.length)) == [401]


async def test_the_cases_are_good_but_for_their_oddity(tmp_path: Path) -> None:
    async with shop(tmp_path) as outlet:
        await outlet.register()
        siege = Besieged(outlet, outlet.till)
        for target, status in ((siege.till_api, 201), (siege.receiver, 200)):
            assert await said(target.port, target.request(target.length)) == [status]


async def test_a_header_behind_the_body_is_none(tmp_path: Path) -> None:
    """One that came late would stand beside those that were judged: a second signature, another origin."""
    async with shop(tmp_path) as outlet:
        await outlet.register()
        to = Besieged(outlet, outlet.till).receiver
        late = to.chunks[:-2] + b"X-Cata-Event: order.odd\r\nX-Cata-Signature: x\r\n\r\n"
        assert await said(to.port, to.request(b"Transfer-Encoding: chunked", body=late)) == [200]
        assert len((await outlet.till.get("/v1/orders?state=open"))["orders"]) == 1


ORIGINS = (
    "null", "https://pos.example.evil.test", "https://evilpos.example", "https://pos.example.", "https://pos.example:444",
    "http://pos.example", "https://POS.example", "https://pos.example/", "https://pos.example#", "https://pos.example@evil.test",
    "https://evil.test/https://pos.example", "https://xn--ps-fka.example", "https://pos.example, https://evil.test", "*",
    "http://127.0.0.1", "http://localhost:1", "file://", "", " ", "chrome-extension://abc", "https://pos.example\t",
)  # fmt: skip
HOSTS = (
    "evil.test", "127.0.0.1", "localhost", "127.0.0.1:{port}.evil.test", "localhost.:{port}", "LOCALHOST:{port}", "127.1:{port}",
    "2130706433:{port}", "0x7f.1:{port}", "0:{port}", "0.0.0.0:{port}", "[::ffff:127.0.0.1]:{port}", "::1:{port}",
    "127.0.0.1:0{port}", "127.0.0.1:{port}:{port}", "user@127.0.0.1:{port}", "127.0.0.1:{port}/", "127.0.0.1, a",
)  # fmt: skip


async def test_pages_and_names_that_look_almost_right_are_refused(tmp_path: Path) -> None:
    async with besieged(tmp_path) as siege:
        to = siege.till_api
        cases = {
            f"origin {origin!r}": to.request(to.length, f"Origin: {origin}".encode()) for origin in ORIGINS if origin.strip()
        }
        for name in HOSTS:
            cases[f"host {name!r}"] = to.request(to.length, host=f"Host: {name.format(port=to.port)}".encode())
        cases["a whole URL"] = to.request(to.length, path=f"http://127.0.0.1:{to.port}".encode() + to.path)
        cases["no host"] = to.request(to.length, host=b"")
        cases["two hosts"] = to.request(to.length, to.host)
        for site in ("cross-site", "same-site", "None", "none, none", "x"):
            cases[f"fetched {site}"] = to.request(to.length, f"Sec-Fetch-Site: {site}".encode())
        through = await siege.let_in(cases, to.port)
        figures.record("wall", "near-match origins and hosts", len(cases))
        figures.record("wall", "let in by name", len(through))
        assert through == []


async def test_a_wall_that_matches_the_end_of_an_origin_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The planted bug: the mistake of CVE-2025-3462, an origin compared by its text."""
    monkeypatch.setattr(wall, "parse_origin", lambda text: parse_origin(PAGE) if text.endswith(PAGE) else None)
    async with shop(tmp_path, f'allowed_origins = ["{PAGE}"]\n') as outlet:
        to = Besieged(outlet, outlet.till).till_api
        evil = to.request(to.length, b"Origin: https://evil.test/https://pos.example")
        assert await said(to.port, evil) == [201]
    figures.planted("wall", "an origin compared by its text", found=True)


async def test_guessing_gets_nobody_in_and_keeps_nobody_out(tmp_path: Path) -> None:
    async with besieged(tmp_path) as siege:
        guesser = Till(siege.outlet.agent, siege.outlet.http, token="x")
        for number in range(60):
            guesser.token = f"guess-{number}"
            assert (await guesser.call("GET", "/v1/orders")).status in {401, 429}
            assert (await guesser.post("/v1/pairing", {"code": f"{number:08}", "name": "x"})).status in {403, 429}
        assert (await siege.pos.call("GET", "/v1/orders")).status == 200


async def test_five_hundred_idle_connections_do_not_keep_the_pos_out(tmp_path: Path) -> None:
    async with besieged(tmp_path) as siege:
        for port in (siege.till_api.port, siege.receiver.port):
            async with AsyncExitStack() as stack:
                for _ in range(500):
                    _, writer = await asyncio.open_connection("127.0.0.1", port)
                    stack.callback(writer.close)
                    writer.write(b"POST / HT")
                assert (await siege.pos.call("GET", "/v1/orders")).status == 200
                assert [row["name"] for row in (await siege.outlet.till.get("/v1/tokens"))["tokens"]]
        figures.record("wall", "idle connections while the POS was answered", 500)


async def test_whoever_drips_is_hung_up_on_while_the_pos_is_served(tmp_path: Path) -> None:
    async with besieged(tmp_path) as siege:
        starts = []
        for to in (siege.till_api, siege.receiver):
            whole = to.request(b"Content-Length: 5000", body=b"")
            starts += [(to.port, whole[:20], b"a"), (to.port, whole[:-2] + b"X", b"y"), (to.port, whole + b"{", b" ")]
        dripping = [asyncio.create_task(_drip(*start)) for start in starts * 4]
        served = 0
        while not all(task.done() for task in dripping):
            assert (await siege.pos.call("GET", "/v1/orders")).status == 200
            served += 1
            await asyncio.sleep(0.1)
        figures.record("wall", "calls answered beside 24 slow ones", served)
        assert {status for task in dripping for status in task.result()} <= {400, 408}


@pytest.mark.skipif(sys.platform != "linux", reason="asks the kernel's own table")
async def test_only_this_computer_can_connect(tmp_path: Path) -> None:
    async with besieged(tmp_path) as siege:
        listening = [one.laddr for one in psutil.Process().net_connections("inet") if one.status == psutil.CONN_LISTEN]
        assert {siege.till_api.port, siege.receiver.port} <= {address.port for address in listening}
        assert [address for address in listening if not is_loopback(address.ip)] == []
        assert [one for one in psutil.Process().net_connections("inet") if not one.status or one.status == "NONE"] == []


def _contents(to: Target) -> Mapping[str, bytes]:
    """Bodies that no honest program sends; the receiver refuses them unread, for their signature."""
    bodies = {
        "deep": b"[" * 100_000,
        "deep inside a good one": to.body[:-1] + b', "x": ' + b'{"a":' * 200 + b"1" + b"}" * 200 + b"}",
        "in UTF-16": to.body.decode().encode("utf-16-le"),
        "in UTF-32": to.body.decode().encode("utf-32-be"),
        "deep behind a quote of UTF-16": ('["\u2222",' + "[" * 40).encode("utf-16-le"),
        "not JSON": b"\xff\xfe{",
        "a form": b"name=intruder&scopes=screen",
        "a number too long": b"9" * 5_000,
    }
    return {name: to.request(f"Content-Length: {len(body)}".encode(), body=body) for name, body in bodies.items()}


async def _drip(port: int, start: bytes, drop: bytes) -> list[int]:
    """Send a byte now and then until hung up on; the statuses that were answered."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    answer = asyncio.create_task(reader.read())
    try:
        writer.write(start)
        async with asyncio.timeout(60):
            while not answer.done():
                writer.write(drop)
                await asyncio.sleep(0.2)
        return [int(part[:3]) for part in (await answer).split(b"HTTP/1.1 ")[1:]]
    except ConnectionError:
        return []
    finally:
        answer.cancel()
        writer.close()


def _port(url: str) -> int:
    return int(url.rpartition(":")[2])
