"""An order is kept once whatever the cloud repeats, moves only forward, and its tickets survive a crash."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from agent.core.entry import Draft, EntryKind
from agent.core.errors import Conflict, InvalidInput, Refused
from agent.core.order import HandoffState, HandoffTarget, PaidOrder
from agent.core.order_status import OrderStatus
from agent.core.sentence import Sentence, about, reason_of, values_of
from agent.db.database import Database
from agent.db.orders import Arrival, Orders
from agent.db.outbox import Outbox
from tests.db.drafts import a_draft
from tests.support.clock import START, FakeClock
from tests.support.tickets import an_order

DEVICES = ((HandoffTarget.PRINTER, "kitchen"), (HandoffTarget.POS, "till-pos"))


def a_paid(order_id: str = "ord-1") -> PaidOrder:
    return replace(an_order(order_id).paid, problems=("The total does not add up.",))


def an_arrival(order_id: str = "ord-1", delivery_id: str | None = "d1", *, accepted: bool = False) -> Arrival:
    return Arrival(
        paid=a_paid(order_id), raw=b'{"a":1}', delivery_id=delivery_id, received_at=START, handoffs=DEVICES, accepted=accepted
    )


def a_status(order_id: str = "ord-1") -> Draft:
    return a_draft(f"order:{order_id}", kind=EntryKind.ORDER_STATUS, member=None, points=0)


async def test_a_new_order_has_its_tickets_and_waits_for_an_answer(orders: Orders) -> None:
    received = await orders.receive(an_arrival())
    order = received.order
    assert received.is_new
    assert (order.paid, order.status, order.unacknowledged, order.deliveries) == (a_paid(), OrderStatus.PAID, True, 1)
    assert order.problems == ("The total does not add up.",)
    assert [(handoff.target, handoff.device, handoff.copy) for handoff in await orders.due_handoffs()] == [
        (HandoffTarget.PRINTER, "kitchen", 1),
        (HandoffTarget.POS, "till-pos", 1),
    ]
    assert await orders.get("ord-1") == order
    assert await orders.get("nobody") is None


async def test_a_rule_that_accepts_answers_in_the_same_transaction(orders: Orders, outbox: Outbox) -> None:
    draft = a_status()
    order = (await orders.receive(an_arrival(accepted=True), status_drafts=[draft])).order
    assert (order.status, order.unacknowledged, order.status_at) == (OrderStatus.ACCEPTED, False, START)
    assert await outbox.get(draft.id) is not None


async def test_the_same_order_again_only_counts_and_a_delivery_counts_once(orders: Orders) -> None:
    for delivery_id, deliveries in (("d1", 1), ("d1", 1), ("d2", 2), (None, 3), (None, 4)):
        received = await orders.receive(an_arrival(delivery_id=delivery_id), status_drafts=[a_status()] if deliveries > 1 else [])
        assert received.order.deliveries == deliveries
    assert len(await orders.due_handoffs()) == 2
    other = await orders.receive(an_arrival("ord-2", "d1"))
    assert (other.is_new, other.order.deliveries) == (True, 1)


async def test_an_order_moves_with_what_the_cloud_is_told(orders: Orders, outbox: Outbox, clock: FakeClock) -> None:
    await orders.receive(an_arrival())
    drafts = [a_status(), a_status()]
    promised = START + timedelta(minutes=20)
    order = await orders.move("ord-1", OrderStatus.IN_PROGRESS, drafts=drafts, at=START, promised_at=promised)
    assert (order.status, order.status_at, order.paid.promised_at) == (OrderStatus.IN_PROGRESS, START, promised)
    assert (await orders.move("ord-1", OrderStatus.READY, drafts=[], at=START)).paid.promised_at == promised
    assert [entry.id for entry in (await outbox.page(state=None, kind=None, limit=9, after=None)).entries] == [
        draft.id for draft in drafts
    ]


async def test_an_illegal_move_changes_nothing(orders: Orders, outbox: Outbox, database: Database) -> None:
    await orders.receive(an_arrival())
    with pytest.raises(Refused, match="order_unknown"):
        await orders.move("nobody", OrderStatus.READY, drafts=[], at=START)
    await orders.move("ord-1", OrderStatus.READY, drafts=[], at=START)
    with pytest.raises(Conflict, match="illegal_status"):
        await orders.move("ord-1", OrderStatus.ACCEPTED, drafts=[a_status()], at=START)
    twice = a_status()
    with pytest.raises(InvalidInput, match="change_refused"):
        await orders.move("ord-1", OrderStatus.COMPLETED, drafts=[twice, replace(twice, ref_code=a_status().ref_code)], at=START)
    order = await orders.get("ord-1")
    assert order is not None
    assert order.status is OrderStatus.READY
    assert (await outbox.counts()).pending == 0
    await orders.move("ord-1", OrderStatus.COMPLETED, drafts=[], at=START)
    for change in ("status = 'READY'", "id = 'x'"):
        with pytest.raises(InvalidInput, match="change_refused"):
            await database.write(lambda tx, change=change: tx.conn.execute(f"UPDATE orders SET {change}").rowcount)  # type: ignore[misc]


async def test_lists_and_counts(orders: Orders) -> None:
    for number in range(4):
        await orders.receive(an_arrival(f"o{number}", f"d{number}"))
    await orders.move("o1", OrderStatus.CANCELLED, drafts=[], at=START)
    await orders.move("o2", OrderStatus.ACCEPTED, drafts=[], at=START)
    assert [order.id for order in await orders.open()] == ["o0", "o2", "o3"]
    assert [order.id for order in await orders.all(2)] == ["o3", "o2"]
    assert [order.id for order in await orders.all(9, before="o2")] == ["o1", "o0"]
    counts = await orders.counts()
    assert (counts.open, counts.unacknowledged) == (3, 2)


async def test_problems_and_the_number_of_the_pos_are_kept(orders: Orders) -> None:
    await orders.receive(an_arrival())
    await orders.note_problem("ord-1", "The printer is out of paper.")
    order = await orders.note_problem("ord-1", "The printer is out of paper.")
    assert order.problems == ("The total does not add up.", "The printer is out of paper.")
    assert (await orders.set_pos_order_id("ord-1", "P-7")).pos_order_id == "P-7"
    with pytest.raises(Refused, match="order_unknown"):
        await orders.set_pos_order_id("nobody", "P-7")
    with pytest.raises(Refused, match="order_unknown"):
        await orders.note_problem("nobody", "x")


async def test_a_problem_keeps_its_word_and_its_values_on_the_disk(orders: Orders) -> None:
    mismatch = Sentence("The items come to 8.00, but 5.00 was paid.", "total_mismatch", items="8.00", paid="5.00")
    arrived = replace(an_arrival(), paid=replace(a_paid(), problems=(mismatch,)))
    await orders.receive(arrived)
    await orders.note_problem("ord-1", about("kitchen", Sentence("The printer is out of paper.", "paper_out")))
    order = await orders.get("ord-1")
    assert order is not None
    assert [(reason_of(each), values_of(each)) for each in order.problems] == [
        ("total_mismatch", {"items": "8.00", "paid": "5.00"}),
        ("paper_out", {"device": "kitchen"}),
    ]


async def test_a_ticket_goes_out_and_is_counted(orders: Orders) -> None:
    await orders.receive(an_arrival())
    first = (await orders.due_handoffs())[0]
    started = await orders.start_handoff(first.id)
    assert (started.state, started.attempts) == (HandoffState.STARTED, 1)
    with pytest.raises(Conflict, match="handoff_moved"):
        await orders.start_handoff(first.id)
    assert (await orders.finish_handoff(first.id)).state is HandoffState.DONE
    copy = await orders.add_print("ord-1", "kitchen")
    assert copy.copy == 2
    assert (await orders.add_print("ord-1", "bar")).copy == 1
    await orders.start_handoff(copy.id)
    await orders.finish_handoff(copy.id)
    order = await orders.get("ord-1")
    assert order is not None
    assert order.printed == 2
    assert [handoff.device for handoff in await orders.handoffs("ord-1")] == ["kitchen", "till-pos", "kitchen", "bar"]
    with pytest.raises(Refused, match="order_unknown"):
        await orders.add_print("nobody", "kitchen")
    with pytest.raises(Refused, match="handoff_unknown"):
        await orders.start_handoff(99)


async def test_what_was_started_when_the_program_died_is_uncertain(orders: Orders) -> None:
    await orders.receive(an_arrival())
    printer, pos = await orders.due_handoffs()
    await orders.start_handoff(printer.id)
    await orders.start_handoff(pos.id)
    doubted = await orders.doubt_handoff(pos.id, "The POS did not answer.")
    assert (doubted.state, doubted.error) == (HandoffState.UNCERTAIN, "The POS did not answer.")
    reclaimed = await orders.reclaim()
    assert [handoff.id for handoff in reclaimed] == [printer.id, pos.id]
    assert reclaimed == await orders.uncertain_handoffs()
    assert await orders.due_handoffs() == []
    assert (await orders.finish_handoff(pos.id)).state is HandoffState.DONE
    assert (await orders.start_handoff(printer.id)).attempts == 2


async def test_a_failed_ticket_is_tried_again_by_rule_or_by_a_person(orders: Orders) -> None:
    await orders.receive(an_arrival())
    handoff = (await orders.due_handoffs())[0]
    await orders.start_handoff(handoff.id)
    assert (await orders.fail_handoff(handoff.id, "No paper.", retry=True)).state is HandoffState.DUE
    await orders.start_handoff(handoff.id)
    failed = await orders.fail_handoff(handoff.id, "No paper.", retry=False)
    assert (failed.state, failed.error) == (HandoffState.FAILED, "No paper.")
    assert (await orders.retry_handoff(handoff.id)).state is HandoffState.DUE


async def test_unknown_events_are_kept_once(orders: Orders, database: Database) -> None:
    for delivery_id in ("d1", "d1", None, None):
        await orders.store_unknown_event("order.cancelled", delivery_id, b"{}")
    assert await database.read(lambda conn: conn.execute("SELECT count(*) FROM events").fetchone()[0]) == 3


async def test_after_30_days_nobody_knows_who_ordered(orders: Orders, database: Database) -> None:
    await orders.receive(an_arrival("old"))
    await orders.receive(replace(an_arrival("new", "d2"), received_at=START + timedelta(days=2)))
    await orders.store_unknown_event("x", None, b"Mei")
    assert await orders.erase_payloads(START + timedelta(days=1)) == 1
    assert await orders.erase_payloads(START + timedelta(days=1)) == 0
    old, new = await orders.get("old"), await orders.get("new")
    assert old is not None
    assert new is not None
    assert (old.paid.customer.name, old.paid.notes, old.paid.lines[0].notes) == ("", "", "")
    assert (old.paid.ref_no, old.paid.lines[0].name, old.paid.total) == ("A-17", "Chicken rice", new.paid.total)
    assert new.paid == a_paid("new")
    count = "SELECT count(raw) FROM (SELECT raw FROM orders UNION ALL SELECT raw FROM events)"
    assert await database.read(lambda conn: conn.execute(count).fetchone()[0]) == 1


async def test_an_order_without_times_and_prices_comes_back(orders: Orders) -> None:
    bare = replace(a_paid(), placed_at=None, total=None, lines=(), outlet_id=None)
    assert (await orders.receive(replace(an_arrival(), paid=bare))).order.paid == bare


async def test_a_pos_is_asked_for_the_open_orders_that_arrived_there_lately(orders: Orders, clock: FakeClock) -> None:
    for order_id in ("ord-1", "ord-2", "ord-3"):
        await orders.receive(an_arrival(order_id, None))
    for handoff in await orders.due_handoffs():
        if handoff.target is HandoffTarget.POS and handoff.order_id != "ord-2":
            await orders.start_handoff(handoff.id)
            await orders.finish_handoff(handoff.id)
    await orders.move("ord-3", OrderStatus.COMPLETED, drafts=[], at=START)
    assert [order.id for order in await orders.open_in_pos("till-pos", since=START)] == ["ord-1"]
    assert await orders.open_in_pos("till-pos", since=START + timedelta(seconds=1)) == []
    assert await orders.open_in_pos("kitchen", since=START) == []


async def test_a_pos_speaks_of_the_orders_that_go_to_it_and_of_no_other(orders: Orders) -> None:
    await orders.receive(an_arrival())
    await orders.set_pos_order_id("ord-1", "A-7")
    for ids in ({"order_id": "ord-1"}, {"pos_order_id": "A-7"}, {"order_id": "x", "pos_order_id": "A-7"}):
        found = await orders.handed_to("till-pos", **ids)
        assert found is not None
        assert found.id == "ord-1"
    for device, ids in (("kitchen", {"order_id": "ord-1"}), ("till-pos", {"pos_order_id": "A-8"}), ("till-pos", {})):
        assert await orders.handed_to(device, **ids) is None
    await orders.move("ord-1", OrderStatus.CANCELLED, drafts=[], at=START)
    assert await orders.handed_to("till-pos", order_id="ord-1") is None
