"""How orders lie in their tables: the order itself as sealed JSON, since most of it is about a person."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from agent.core.errors import DamagedData
from agent.core.money import Money
from agent.core.order import Customer, Method, Modifier, Order, OrderLine, PaidOrder
from agent.core.order_status import OrderStatus
from agent.core.sentence import Sentence, reason_of, values_of
from agent.db.marks import damaged, is_sound_order
from agent.db.sealing import Seal
from agent.db.times import from_ms, maybe_from_ms, maybe_ms

SELECT = """
SELECT o.*, (SELECT count(*) FROM handoffs AS h WHERE h.order_id = o.id AND h.target = 'printer' AND h.state = 'done') AS printed
FROM orders AS o
"""


def seal_paid(paid: PaidOrder, seal: Seal) -> bytes:
    """An order as it is kept."""
    found = {**asdict(paid), "problems": [_written(each) for each in paid.problems]}
    return seal.seal(json.dumps(found, default=_plain))


def open_paid(sealed: bytes, seal: Seal) -> PaidOrder:
    """The order that was kept; DamagedData when it was changed."""
    data: dict[str, Any] = json.loads(seal.open(sealed))
    return PaidOrder(
        **{
            **data,
            "method": Method(data["method"]),
            "placed_at": maybe_from_ms(data["placed_at"]),
            "promised_at": maybe_from_ms(data["promised_at"]),
            "lines": tuple(_line(line) for line in data["lines"]),
            "total": _money(data["total"]),
            "customer": Customer(**data["customer"]),
            "problems": tuple(_read(each) for each in data["problems"]),
        }
    )


def without_person(paid: PaidOrder) -> PaidOrder:
    """The order without whom it was for: what remains after the purge of personal data."""
    lines = tuple(replace(line, notes="") for line in paid.lines)
    return replace(paid, customer=Customer(), notes="", lines=lines)


def seal_problems(problems: tuple[str, ...], seal: Seal) -> bytes:
    """Problems found here, as they are kept."""
    return seal.seal(json.dumps([_written(each) for each in problems]))


def noted(row: sqlite3.Row, seal: Seal) -> tuple[str, ...]:
    """Problems found here."""
    try:
        return () if row["problems"] is None else tuple(_read(each) for each in json.loads(seal.open(row["problems"])))
    except DamagedData:  # words for people; the order itself is not held up for them
        return (Sentence("What was noted of this order was damaged on the disk of this till.", "notes_damaged"),)


def to_order(row: sqlite3.Row, seal: Seal) -> Order:
    """The order of a row of `SELECT`; DamagedData `row_damaged` when it is not what was stored."""
    if not is_sound_order(row, seal):
        raise damaged("order", row["id"])
    paid = open_paid(row["paid"], seal)
    if row["promised_at"] is not None:
        paid = replace(paid, promised_at=from_ms(row["promised_at"]))
    status = OrderStatus(row["status"])
    return Order(
        paid=paid,
        status=status,
        received_at=from_ms(row["received_at"]),
        deliveries=row["deliveries"],
        printed=row["printed"],
        pos_order_id=row["pos_order_id"],
        unacknowledged=status is OrderStatus.PAID,
        problems=paid.problems + noted(row, seal),
        status_at=maybe_from_ms(row["status_at"]),
    )


def _written(problem: str) -> str | dict[str, Any]:
    """A problem with its stable word, so that it is still known by it after a restart; without one the bare words."""
    reason = reason_of(problem)
    return {"words": problem, "reason": reason, "values": values_of(problem)} if reason else problem


def _read(problem: str | Mapping[str, Any]) -> str:
    """A problem as it was kept, by this or an older version."""
    return problem if isinstance(problem, str) else Sentence(problem["words"], problem["reason"], **problem["values"])


def _plain(value: object) -> int | None:
    assert isinstance(value, datetime), "orders are made of JSON values and times"
    return maybe_ms(value)


def _line(data: Mapping[str, Any]) -> OrderLine:
    modifiers = tuple(Modifier(**{**each, "price": _money(each["price"])}) for each in data["modifiers"])
    return OrderLine(**{**data, "modifiers": modifiers, "price": _money(data["price"])})


def _money(data: Mapping[str, Any] | None) -> Money | None:
    return None if data is None else Money(**data)
