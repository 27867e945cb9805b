"""The event stream: nothing is missed, nothing piles up, nobody hears what is not theirs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace

import pytest

from agent.api.app import create_till_api
from agent.api.events import resume_point
from agent.api.schema import entry_view
from agent.api.serve import Listener
from agent.api.settings import ApiSettings, Limits
from agent.core.entry import EntryKind, EntryState, Outcome
from agent.core.errors import NotSaved
from agent.core.events import DeviceChanged, EntryChanged, MenuChanged, SalesChanged, StatusChanged
from agent.flows.bus import LARGEST_BACKLOG
from tests.api.conftest import Served
from tests.support.event_reader import listening
from tests.support.till import Till, some_settings
from tests.support.till_parts import DevicesOf


@asynccontextmanager
async def serving(settings: ApiSettings) -> AsyncIterator[Served]:
    till = Till()
    async with Listener(create_till_api(till.services(), settings), "127.0.0.1", 0) as listener:
        yield Served(till, listener.port)


async def test_the_first_event_is_everything(served: Served) -> None:
    served.till.add_entry(EntryKind.EARN, None)
    served.till.add_order("o-1")
    await served.pos.post("/v1/sales", {"receipt": "R-1", "amount": "8.00"})
    await served.pos.post("/v1/scans", {"code": "CATA-MEI"})
    async with listening(served.port) as stream:
        snapshot = await stream.next()
    assert snapshot.kind == "snapshot"
    assert snapshot.data["status"]["outbox"]["pending"] == 1
    assert [entry["id"] for entry in snapshot.data["entries"]] == ["e-1"]
    assert [order["id"] for order in snapshot.data["orders"]] == ["o-1"]
    assert [sale["receipt"] for sale in snapshot.data["sales"]] == ["R-1"]
    assert [device["name"] for device in snapshot.data["devices"]] == ["printer"]


async def test_a_screen_that_starts_again_is_told_what_ended(served: Served) -> None:
    earned = served.till.add_entry(EntryKind.EARN, None, outcome=Outcome.CONFIRMED).entry
    snoozed = served.till.add_entry(EntryKind.SNOOZE, None, outcome=Outcome.CONFIRMED).entry
    for entry in (earned, snoozed):
        served.till.entries[entry.id] = replace(entry, state=EntryState.SETTLED)
    async with listening(served.port) as stream:
        snapshot = await stream.next()
    assert [entry["id"] for entry in snapshot.data["entries"]] == [earned.id]


def test_the_status_that_an_entry_tells_is_shown_without_the_rest_of_its_payload() -> None:
    entry = Till().add_entry(EntryKind.ORDER_STATUS, None).entry
    told = entry_view(replace(entry, payload={"status": "READY", "reason": "private"})).model_dump()
    assert told["order_status"] == "READY"
    assert "private" not in str(told)


async def test_everything_that_happens_is_told(served: Served) -> None:
    async with listening(served.port) as stream:
        await stream.next()
        entry = served.till.add_entry(EntryKind.EARN, None).entry
        assert (await stream.next()).data["id"] == entry.id
        served.till.add_order("o-1")
        assert (await stream.next()).data["ref_no"] == "A-17"
        await served.pos.post("/v1/scans", {"code": "CATA-MEI"})
        scan = await stream.next()
        assert (scan.kind, scan.data["scan_id"], scan.data["member"]["uuid"]) == ("scan", "s-1", "u-mei")
        served.till.bus.publish(DeviceChanged(DevicesOf(served.till).statuses()[0]))
        assert (await stream.next()).kind == "device"
        served.till.bus.publish(MenuChanged(("1 item is new.",)))
        assert (await stream.next()).data["sentences"] == ["1 item is new."]
        await served.pos.post("/v1/sales", {"receipt": "R-1", "amount": "8.00"})
        assert (await stream.next()).data["sales"][0]["receipt"] == "R-1"
        served.till.sentence = "One order waits."
        served.till.bus.publish(StatusChanged())
        assert (await stream.until("status")).data["sentence"] == "One order waits."


async def test_recent_scans_are_in_the_snapshot(served: Served) -> None:
    async with listening(served.port) as stream:
        await stream.next()
        await served.pos.post("/v1/scans", {"code": "X-1"})
        await stream.until("scan")
    async with listening(served.port) as again:
        assert [scan["code"] for scan in (await again.next()).data["scans"]] == ["X-1"]


async def test_a_status_that_did_not_change_is_not_told_again(served: Served) -> None:
    async with listening(served.port) as stream:
        await stream.next()
        for sentence in ("One.", "One.", "Two."):
            served.till.sentence = sentence
            served.till.bus.publish(StatusChanged())
            await asyncio.sleep(0.05)
        assert [(await stream.next()).data["sentence"] for _ in range(2)] == ["One.", "Two."]


async def test_a_stream_resumes_where_it_was(served: Served) -> None:
    async with listening(served.port) as stream:
        await stream.next()
        served.till.add_entry(EntryKind.EARN, None)
        last = await stream.next()
    served.till.add_entry(EntryKind.EARN, None)
    served.till.add_entry(EntryKind.EARN, None)
    async with listening(served.port, last_event_id=last.id) as again:
        assert [(await again.next()).data["id"] for _ in range(2)] == ["e-2", "e-3"]


async def test_a_stream_with_nothing_new_resumes_silently(served: Served) -> None:
    async with listening(served.port) as stream:
        at = (await stream.next()).id
    async with listening(served.port, last_event_id=at) as again:
        served.till.add_entry(EntryKind.EARN, None)
        assert (await again.next()).kind == "entry"


@pytest.mark.parametrize("stale", ["other-3", "nonsense", "-", "999999"])
async def test_an_id_of_another_run_gets_a_snapshot(served: Served, stale: str) -> None:
    async with listening(served.port, last_event_id=stale) as stream:
        assert (await stream.next()).kind == "snapshot"


async def test_what_fell_out_of_the_ring_is_a_snapshot() -> None:
    async with serving(ApiSettings(version="1", currency="SGD", ring=4)) as served:
        async with listening(served.port) as stream:
            first = await stream.next()
            for _ in range(6):
                served.till.add_entry(EntryKind.EARN, None)
            await stream.next()
        async with listening(served.port, last_event_id=first.id) as again:
            told = await again.next()
            assert (told.kind, len(told.data["entries"])) == ("snapshot", 6)


async def test_facts_missed_by_the_hub_are_a_snapshot(served: Served) -> None:
    async with listening(served.port) as stream:
        await stream.next()
        entry = served.till.add_entry(EntryKind.EARN, None).entry
        for _ in range(LARGEST_BACKLOG + 1):
            served.till.bus.publish(EntryChanged(entry))
        assert (await stream.until("snapshot")).data["entries"][0]["id"] == entry.id


async def test_a_board_hears_of_orders_and_no_members(served: Served) -> None:
    served.till.add_entry(EntryKind.EARN, None)
    async with listening(served.port, "board-token") as stream:
        snapshot = (await stream.next()).data
        assert (snapshot["entries"], snapshot["sales"], snapshot["scans"]) == ([], [], [])
        await served.pos.post("/v1/scans", {"code": "CATA-MEI"})
        served.till.add_entry(EntryKind.EARN, None)
        served.till.add_order("o-1")
        assert (await stream.next()).kind == "order"


async def test_a_quiet_stream_beats() -> None:
    async with serving(some_settings(heartbeat_s=0.05)) as served, listening(served.port) as stream:
        blocks = [await stream.block() for _ in range(4)]
    assert [block.data for block in blocks if block.kind == "comment"] == ["retry: 1000", ": beat", ": beat"]


async def test_a_revoked_token_is_cut_off() -> None:
    async with serving(some_settings(heartbeat_s=0.05)) as served, listening(served.port) as stream:
        await stream.next()
        del served.till.callers["screen-token"]
        await stream.end()


async def test_streams_are_counted_and_freed() -> None:
    async with serving(some_settings(limits=Limits(streams=2))) as served:
        async with AsyncExitStack() as stack:
            for _ in range(2):
                await (await stack.enter_async_context(listening(served.port))).next()
            full = await served.screen.get("/v1/events")
            assert (full.status, full.reason) == (503, "too_many_streams")
        async with asyncio.timeout(10):
            while True:
                try:
                    async with listening(served.port) as stream:
                        await stream.next()
                        break
                except AssertionError:
                    await asyncio.sleep(0.01)


async def test_a_snapshot_that_cannot_be_read_is_a_refusal(served: Served) -> None:
    served.till.fail = NotSaved("disk_full", "The disk is full.")
    reply = await served.screen.get("/v1/events")
    assert (reply.status, reply.reason, reply.json["error"]["details"]) == (507, "not_saved", "disk_full")


async def test_a_fault_of_one_event_does_not_end_the_stream(served: Served) -> None:
    async with listening(served.port) as stream:
        await stream.next()
        served.till.fail = NotSaved("disk_full", "The disk is full.")
        served.till.bus.publish(StatusChanged())
        await served.pos.get("/v1/sales")
        served.till.bus.publish(SalesChanged())
        await asyncio.sleep(0.05)
        served.till.fail = None
        served.till.add_entry(EntryKind.EARN, None)
        assert (await stream.next()).kind == "entry"


async def test_a_client_that_does_not_read_costs_nothing(served: Served) -> None:
    async with listening(served.port) as slow:
        entry = served.till.add_entry(EntryKind.EARN, None).entry
        for _ in range(40):
            for _ in range(200):
                served.till.bus.publish(EntryChanged(entry))
            await asyncio.sleep(0)
            assert (await served.caller("").get("/v1/health")).status == 200
        assert (await slow.next()).kind == "snapshot"


def test_only_an_id_of_this_run_is_a_place_to_resume() -> None:
    assert resume_point("run", "run-7") == 7
    assert resume_point("a-b", "a-b-7") == 7
    assert [resume_point("run", text) for text in (None, "", "run-", "run-x", "run-²", "other-7")] == [None] * 6
