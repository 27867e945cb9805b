"""Orders as the till API tells them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from agent.core.money import Money
from gui.link.fields import EPOCH, Json, flag, moment, money, rows, section, sentences, text, texts, whole


@dataclass(frozen=True, slots=True, kw_only=True)
class LineSeen:
    """A line of an order."""

    name: str
    quantity: int
    notes: str = ""
    modifiers: tuple[str, ...] = ()
    code: str = ""
    """The POS's item code, where it has one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderSeen:
    """An order as staff see it."""

    id: str
    ref_no: str
    status: str
    method: str = ""
    placed_at: datetime | None = None
    promised_at: datetime | None = None
    received_at: datetime = EPOCH
    accept_by: datetime | None = None
    status_at: datetime | None = None
    table: str = ""
    customer: str = field(default="", repr=False)
    notes: str = ""
    lines: tuple[LineSeen, ...] = ()
    total: Money | None = None
    printed: int = 0
    unacknowledged: bool = False
    problems: tuple[str, ...] = ()
    source: str = ""
    """Name of the device that brought an order of another channel; empty for the cloud's own."""


def read_order(source: Json) -> OrderSeen:
    """An order."""
    return OrderSeen(
        id=text(source, "id"),
        ref_no=text(source, "ref_no"),
        status=text(source, "status"),
        method=text(source, "method"),
        placed_at=moment(source, "placed_at"),
        promised_at=moment(source, "promised_at"),
        received_at=moment(source, "received_at") or EPOCH,
        accept_by=moment(source, "accept_by"),
        status_at=moment(source, "status_at"),
        table=text(source, "table"),
        customer=text(source, "customer") or text(section(source, "customer"), "name"),
        notes=text(source, "notes"),
        lines=tuple(_read_line(line) for line in rows(source, "lines")),
        total=money(source, "total"),
        printed=whole(source, "printed"),
        unacknowledged=flag(source, "unacknowledged"),
        problems=sentences(source, "problems"),
        source=text(source, "source"),
    )


def _read_line(source: Json) -> LineSeen:
    return LineSeen(
        name=text(source, "name"),
        quantity=whole(source, "quantity", 1),
        notes=text(source, "notes"),
        code=text(source, "plu"),
        modifiers=tuple(_counted(item) for item in rows(source, "modifiers")) or texts(source, "modifiers"),
    )


def _counted(source: Json) -> str:
    count = whole(source, "quantity", 1)
    return f"{count} × {text(source, 'name')}" if count > 1 else text(source, "name")
