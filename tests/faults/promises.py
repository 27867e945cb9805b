"""What the harness was promised by the agent, and whether the cloud's ledger, the outbox and the kitchen keep every word.

An intent is told from all others by its member and its number of points, not by any key: a second effect under a new key
is seen as what it is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from agent.core.order_status import OrderStatus, walk
from agent.sandbox.control_client import LedgerRow, OrderRow
from tests.faults.rig import Rig

OPERATIONS = {"earn": "earn", "burn": "use"}
OPEN = {"pending", "sending", "parked"}
"""Still visible to staff: on its way, or waiting for a person."""


@dataclass
class Intent:
    """One thing that a till wants, until it has been acknowledged."""

    kind: str
    member: str
    points: int
    receipt: str
    entry_id: str = ""
    """Set once the agent has taken it."""
    outcome: str = ""
    """What the till was told."""

    @property
    def effect(self) -> tuple[str, str, int]:
        return OPERATIONS[self.kind], self.member, self.points


@dataclass
class Promises:
    """Everything that was wanted, and what was acknowledged of it."""

    intents: list[Intent] = field(default_factory=list)
    statuses: dict[str, OrderStatus] = field(default_factory=dict)
    """The last status of an order that the agent has taken."""

    @property
    def acknowledged(self) -> list[Intent]:
        return [intent for intent in self.intents if intent.entry_id]


@dataclass
class Verdict:
    """One sentence for every promise that was not kept."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    effects: int = 0
    waiting: int = 0
    """Intents without a known end and without an effect that staff can see."""
    declined: int = 0
    """Intents that ended without an effect, whatever the till was told first."""
    orders: int = 0
    """Orders that the agent has taken."""

    @property
    def is_clean(self) -> bool:
        return not self.lost and not self.doubled


async def judge(rig: Rig, promises: Promises) -> Verdict:
    """Look at everything; the agent must be running."""
    verdict = Verdict()
    judge_points(verdict, promises.intents, await rig.entries(), await rig.practice.control.ledger())
    taken = [order for order in await rig.practice.control.orders() if order.external_order_id]
    verdict.orders = len(taken)
    for order in taken:
        status, found = await rig.call("GET", f"/v1/orders/{order.id}")
        if status != 200:
            verdict.lost.append(f"order {order.id} was taken and is not there")
            continue
        judge_order(verdict, order, found, promises.statuses.get(order.id, OrderStatus.PAID))
    judge_tickets(verdict, taken, [path.read_text() for path in sorted(rig.tickets.glob("*.txt"))])
    return verdict


def judge_points(verdict: Verdict, intents: Sequence[Intent], entries: Mapping[str, Any], ledger: Sequence[LedgerRow]) -> None:
    """Every intent has the effect that it was promised, once."""
    effects = Counter((row.operation, row.customer_uuid, row.points) for row in ledger)
    verdict.effects = effects.total()
    verdict.doubled += [f"{effect} happened {count} times" for effect, count in effects.items() if count > 1]
    wanted = {intent.effect for intent in intents}
    verdict.doubled += [f"{effect} was never wanted" for effect in effects if effect not in wanted]
    for intent in intents:
        count = effects[intent.effect]
        if intent.entry_id:
            _judge_intent(verdict, intent, entries.get(intent.entry_id), count)


def _judge_intent(verdict: Verdict, intent: Intent, entry: Mapping[str, Any] | None, count: int) -> None:
    if entry is None:
        verdict.lost.append(f"{intent} was taken and is not in the outbox")
        return
    told = {intent.outcome, entry["outcome"]} if entry["state"] not in OPEN else {intent.outcome}
    if "confirmed" in told and count == 0:
        verdict.lost.append(f"{intent} was confirmed and never happened")
    if "declined" in told and count > 0:
        verdict.doubled.append(f"{intent} was declined and happened")
    is_open = entry["state"] in OPEN
    verdict.waiting += is_open and count == 0
    verdict.declined += not is_open and entry["outcome"] == "declined"


def judge_order(verdict: Verdict, order: OrderRow, found: Mapping[str, Any], promised: OrderStatus) -> None:
    """The cloud was told every step, each once and in order, at least as far as staff were promised."""
    here = OrderStatus(found["status"])
    expected = ("PAID", *walk(OrderStatus.PAID, here)) if here is not OrderStatus.PAID else ("PAID",)
    if order.history != expected:
        verdict.lost.append(f"order {order.id} is {here} here, and the cloud knows {order.history}")
    if promised not in expected:
        verdict.lost.append(f"order {order.id} was {promised} and is {here}")


def judge_tickets(verdict: Verdict, orders: Sequence[OrderRow], tickets: Sequence[str]) -> None:
    """The kitchen has every order, and no order twice without a word about it."""
    for order in orders:
        mine = [ticket for ticket in tickets if order.ref_no in ticket]
        unmarked = [ticket for ticket in mine if "POSSIBLE DUPLICATE" not in ticket]
        if not mine:
            verdict.lost.append(f"order {order.ref_no} has no ticket")
        if len(unmarked) > 1:
            verdict.doubled.append(f"order {order.ref_no} has {len(unmarked)} tickets that do not say so")
