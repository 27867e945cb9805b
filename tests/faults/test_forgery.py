"""Nothing but what the cloud signed gets in: thousands of near misses of one genuine delivery, at a real receiver."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from agent.core.errors import Refused
from agent.core.signing import CATA, CATA_TIMED, sign
from agent.flows.orders import intake
from tests.faults import figures
from tests.faults.forging import SIGNATURE, STAMP, Delivery, Forger, genuine
from tests.support.outlet import Shop, shop
from tests.support.raw_http import Reply, exchange, request_bytes
from tests.support.rows import counted, digested
from tests.support.shop import ORDER, order_json

MUTANTS = figures.size(push=10_000, release=1_000_000)
ROUND = 10_000
"""Mutants of one genuine delivery; then it is signed anew, so that it never grows stale."""
BREATH = 50
"""Mutants between two moments for everything else on the loop: a practice cloud that never gets one tells an old time."""
ON_SOCKETS = figures.size(push=400, release=20_000)
BODY = order_json(
    deliveryMethod="DELIVERY",
    customer={"name": "Mei Ling Tan", "phone": "+6591230001", "email": "mei@example.test"},
    notes="Ring twice – 不要辣",
)


class Receiver:
    """The agent's own, with what it was told and what that changed."""

    def __init__(self, outlet: Shop) -> None:
        self.outlet = outlet
        self.secret = outlet.agent.parts.webhook_secrets.in_force()[0]
        self.port = int(outlet.agent.webhook_url.rpartition(":")[2])

    def good(self, **options: str) -> Delivery:
        return genuine(BODY, self.secret, now_s=int(time.time()), **options)

    async def post(self, delivery: Delivery, *more: str) -> Reply:
        """Over a real socket; `more` are header lines."""
        head = request_bytes("POST", f"/cata/orders/{delivery.outlet}", host="shop.example", headers=delivery.headers, body=b"")
        lines = [f"Content-Length: {len(delivery.body)}", *more]
        head = head.replace(b"Content-Length: 0\r\n", "".join(f"{line}\r\n" for line in lines).encode("latin-1"))
        return await exchange(self.port, head + delivery.body)

    async def takes(self, delivery: Delivery) -> bool:
        """Straight at the flow, past HTTP."""
        try:
            await self.outlet.agent.parts.intake.receive(delivery.outlet, delivery.headers, delivery.body)
        except Refused:
            return False
        return True


@asynccontextmanager
async def a_receiver(folder: Path) -> AsyncIterator[Receiver]:
    """An outlet that has taken one genuine order."""
    async with shop(folder) as outlet:
        await outlet.register()
        receiver = Receiver(outlet)
        reply = await receiver.post(receiver.good())
        assert (reply.status, reply.json) == (200, {"externalOrderId": ORDER})
        yield receiver


async def accepted_of(receiver: Receiver, mutants: int, seed: int = 1) -> int:
    """How many of so many forged deliveries the flow took."""
    accepted = 0
    for number in range(0, mutants, ROUND):
        good = receiver.good()
        assert await receiver.takes(good)
        forger = Forger(good, seed + number)
        for turn in range(min(ROUND, mutants - number)):
            accepted += await receiver.takes(forger.mutant())
            if turn % BREATH == 0:
                await asyncio.sleep(0)
    return accepted


async def test_no_forged_delivery_is_taken_and_none_changes_a_row(tmp_path: Path) -> None:
    """I9."""
    async with a_receiver(tmp_path) as receiver:
        before = await digested(receiver.outlet.agent)
        accepted = await accepted_of(receiver, MUTANTS)
        after = await digested(receiver.outlet.agent)
        figures.record("forgery", "forged deliveries", MUTANTS)
        figures.record("forgery", "accepted", accepted)
        figures.record("forgery", "tables changed", sum(before[name] != after[name] for name in before))
        assert (accepted, after) == (0, before)
        (order,) = (await receiver.outlet.till.get("/v1/orders?state=all"))["orders"]
        assert (order["id"], order["deliveries"]) == (ORDER, 1)


async def test_no_forged_delivery_is_taken_over_the_wire(tmp_path: Path) -> None:
    async with a_receiver(tmp_path) as receiver:
        before = await digested(receiver.outlet.agent)
        good = receiver.good()
        forger = Forger(good, seed=2)
        statuses: Counter[int] = Counter()
        while statuses.total() < ON_SOCKETS:
            mutant = forger.mutant()
            if _fits_a_socket(mutant):
                statuses[(await receiver.post(mutant)).status] += 1
        figures.record("forgery", "forged deliveries over real sockets", ON_SOCKETS)
        figures.record("forgery", "accepted over real sockets", statuses[200])
        assert set(statuses) <= {400, 401, 404}
        assert await digested(receiver.outlet.agent) == before


async def test_a_header_that_comes_twice_is_no_delivery(tmp_path: Path) -> None:
    async with a_receiver(tmp_path) as receiver:
        before, good = await digested(receiver.outlet.agent), receiver.good()
        for name in (SIGNATURE, STAMP, "x-cata-delivery-id", "x-cata-event"):
            for second in (good.headers[name], "", "0"):
                for line in (f"{name}: {second}", f"{name.upper()}:{second}"):
                    reply = await receiver.post(good, line)
                    assert (reply.status, reply.reason) == (400, "doubled_header")
        assert await digested(receiver.outlet.agent) == before


async def test_the_identical_delivery_gets_the_identical_answer_and_changes_nothing(tmp_path: Path) -> None:
    async with a_receiver(tmp_path) as receiver:
        before, good = await digested(receiver.outlet.agent), receiver.good()
        for same in (good, good.but(x_cata_signature=good.headers[SIGNATURE].upper())):
            assert (await receiver.post(same)).json == {"externalOrderId": ORDER}
        assert await digested(receiver.outlet.agent) == before


async def test_a_replay_in_a_new_envelope_makes_no_second_order(tmp_path: Path) -> None:
    """The cloud sends its own redispatches like this, so it is answered; where the body alone is signed, nobody can tell."""
    async with a_receiver(tmp_path) as receiver:
        before, good = await counted(receiver.outlet.agent), receiver.good()
        bare = replace(good, headers={name: good.headers[name] for name in ("content-type", SIGNATURE)})
        for replay in (receiver.good(delivery="d-2"), good.but(x_cata_timestamp="yesterday"), bare):
            assert (await receiver.post(replay)).json == {"externalOrderId": ORDER}
        after = await counted(receiver.outlet.agent)
        assert {name: after[name] - before[name] for name in after if after[name] != before[name]} == {"deliveries": 1}


async def test_where_the_time_is_signed_too_no_replay_can_look_fresh(tmp_path: Path) -> None:
    async with a_receiver(tmp_path) as receiver:
        outlet, good = receiver.outlet, receiver.good()
        door = outlet.agent.parts.intake
        door._rules = replace(door._rules, signature="ts.body")
        timed = good.but(x_cata_signature=sign(CATA_TIMED, receiver.secret, BODY, timestamp=good.headers[STAMP]))
        assert await receiver.takes(timed)
        before = await digested(outlet.agent)
        stamp = int(good.headers[STAMP])
        for other in (stamp + 1, stamp - 1, f"{stamp} ", f"0{stamp}", f"{stamp}000", ""):
            assert not await receiver.takes(timed.but(x_cata_timestamp=str(other)))
        assert not await receiver.takes(good)
        assert await digested(outlet.agent) == before


def _compares(length: int) -> object:
    """A planted bug: the verifier that looks at the first digits only."""

    def verify(mode: str, secrets: list[str], body: bytes, given: str, *, timestamp: str = "") -> bool:
        return any(given[:length] == sign(CATA, secret, body)[:length] for secret in secrets)

    return verify


def _compares_what_is_there(mode: str, secrets: list[str], body: bytes, given: str, *, timestamp: str = "") -> bool:
    """A planted bug: the verifier that stops where the given signature ends."""
    return any(sign(CATA, secret, body).startswith(given) for secret in secrets)


async def test_a_verifier_that_compares_too_little_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with a_receiver(tmp_path) as receiver:
        for bug in (_compares(len("sha256=") + 8), _compares(len("sha256=") + 60), _compares_what_is_there):
            monkeypatch.setattr(intake, "verify_cata", bug)
            assert await accepted_of(receiver, 2_000) > 0
    figures.planted("forgery", "a signature compared in part", found=True)


def _fits_a_socket(delivery: Delivery) -> bool:
    """Nothing that would be another request line or another header."""
    texts = (*delivery.headers.values(), delivery.outlet)
    return all(" " <= char <= "\xff" for text in texts for char in text) and not set(delivery.outlet) & set(" ?#")
