"""What every POS driver keeps: it opens and closes as often as asked, says how it is, and refuses settings that cannot work."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from agent.core.errors import InvalidInput, Refused, Unreachable
from drivers.registry import build
from tests.contract.bench import Case, PosBench
from tests.contract.goods import an_order
from tests.support.device_sink import Recorded, context, running, until


async def test_it_opens_twice_and_closes_twice(bench: PosBench) -> None:
    device = bench.made()
    if Case.TWO_AT_ONCE not in bench.not_applicable:
        async with running(device), running(bench.made()):
            pass
    sink = Recorded()
    task = asyncio.ensure_future(device.run(sink))
    await until(sink.is_ready, "the device to be ready again")
    for _ in range(2):
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert task.cancelled()


async def test_it_says_how_it_is(bench: PosBench) -> None:
    assert (await bench.made().test()).endswith(".")


async def test_settings_that_cannot_work_are_refused_in_a_sentence(bench: PosBench) -> None:
    assert bench.bad_options
    for options in bench.bad_options:
        with pytest.raises(InvalidInput) as refused:
            build("pos", bench.kind, options, context(bench.folder))
        assert refused.value.message.endswith(".")


async def test_what_it_does_not_have_it_refuses_for_good(bench: PosBench) -> None:
    """So that nothing is tried again for ever, and no order complains."""
    device = bench.made()
    for case, reason, attempt in (
        (Case.CATALOGUE, "no_catalogue", device.fetch_catalogue),
        (Case.ORDERS, "no_orders", lambda: device.submit_order(an_order())),
    ):
        if case in bench.not_applicable:
            with pytest.raises(Refused) as refused:
                await attempt()
            assert refused.value.reason == reason


async def test_a_pos_that_is_gone_is_missed_by_everything(bench: PosBench) -> None:
    bench.stock()
    device = bench.made()
    questions: dict[str, Callable[[], Awaitable[object]]] = {
        Case.CATALOGUE if Case.PULLED not in bench.not_applicable else Case.PULLED: device.fetch_catalogue,
        Case.ORDERS: lambda: device.submit_order(an_order()),
        Case.FIND: lambda: device.find_order("x"),
    }
    attempts = [device.test, *(ask for case, ask in questions.items() if case not in bench.not_applicable)]
    bench.go()
    for attempt in attempts:
        with pytest.raises(Unreachable) as gone:
            await attempt()
        assert gone.value.message.endswith(".")
