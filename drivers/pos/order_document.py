"""An order as a document for a POS: one JSON shape, and the same as XML and CSV; pure."""

from __future__ import annotations

import csv
import io
import json
from datetime import datetime
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from agent.core.clock import to_wire
from agent.core.money import Money
from agent.core.order import Modifier, Order, OrderLine
from agent.core.ticket import clean

CSV_COLUMNS = ("order_id", "ref_no", "method", "promised_at", "line", "plu", "name", "quantity", "price", "notes")
FORMULA_STARTS = ("=", "+", "-", "@")


def order_document(order: Order) -> dict[str, Any]:
    """JSON values only; amounts twice, as text in major units and as whole minor units."""
    paid = order.paid
    return {
        "id": paid.id,
        "ref_no": paid.ref_no,
        "outlet_id": paid.outlet_id,
        "method": paid.method.value,
        "placed_at": _time(paid.placed_at),
        "promised_at": _time(paid.promised_at),
        "table": paid.table,
        "notes": clean(paid.notes),
        "customer": {
            "name": clean(paid.customer.name),
            "phone": paid.customer.phone,
            "email": paid.customer.email,
            "address": clean(paid.customer.address),
        },
        "lines": [_line(line) for line in paid.lines],
        **_money("total", paid.total),
        "currency": paid.total.currency if paid.total else None,
    }


def as_json(order: Order) -> bytes:
    """The document, indented for people."""
    return json.dumps(order_document(order), ensure_ascii=False, indent=2).encode() + b"\n"


def as_xml(order: Order) -> bytes:
    """The document as elements of the same names."""
    return ('<?xml version="1.0" encoding="UTF-8"?>\n' + _xml("order", order_document(order)) + "\n").encode()


def as_csv(order: Order) -> bytes:
    """One row a line, a modifier's row after it with the same line number; UTF-8 with its mark, for spreadsheets."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(CSV_COLUMNS)
    document = order_document(order)
    head = [document["id"], document["ref_no"], document["method"], document["promised_at"] or ""]
    for number, line in enumerate(document["lines"], 1):
        for row in (line, *line["modifiers"]):
            cells = [number, row["plu"], row["name"], row["quantity"], row["price"] or "", row.get("notes", "")]
            writer.writerow([_cell(cell) for cell in (*head, *cells)])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _cell(value: object) -> str:
    """Text that no spreadsheet takes for a formula."""
    text = str(value)
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def _line(line: OrderLine) -> dict[str, Any]:
    return {
        "plu": line.plu,
        "name": clean(line.name),
        "quantity": line.quantity,
        "notes": clean(line.notes),
        **_money("price", line.price),
        "modifiers": [_modifier(modifier) for modifier in line.modifiers],
    }


def _modifier(modifier: Modifier) -> dict[str, Any]:
    return {
        "plu": modifier.plu,
        "name": clean(modifier.name),
        "quantity": modifier.quantity,
        "group": clean(modifier.group),
        **_money("price", modifier.price),
    }


def _money(name: str, amount: Money | None) -> dict[str, Any]:
    return {name: str(amount) if amount else None, f"{name}_minor": amount.minor if amount else None}


def _time(moment: datetime | None) -> str | None:
    return to_wire(moment) if moment else None


def _xml(name: str, value: Any) -> str:
    if isinstance(value, dict):
        return f"<{name}>{''.join(_xml(key, inner) for key, inner in value.items())}</{name}>"
    if isinstance(value, list):
        return f"<{name} count={quoteattr(str(len(value)))}>{''.join(_xml(name[:-1], inner) for inner in value)}</{name}>"
    return f"<{name}>{escape(clean(str(value)))}</{name}>" if value not in (None, "") else f"<{name}/>"
