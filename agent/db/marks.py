"""Whether a stored row is still what was stored: its keyed mark over what never changes, and sense in what does."""

from __future__ import annotations

import hmac
import sqlite3
from collections.abc import Mapping
from typing import Any

from agent.core.errors import DamagedData
from agent.db.sealing import Seal

ENTRY_COLUMNS = (
    "id",
    "kind",
    "lane",
    "ref_code",
    "payload",
    "payload_hash",
    "created_at",
    "member_uuid",
    "member_identifier",
    "member_fingerprint",
    "points",
    "receipt",
    "order_id",
    "reverses",
    "urgent",
)
ORDER_COLUMNS = ("id", "received_at", "paid", "status", "status_at", "promised_at")
LATEST_MS = 253_402_300_799_999
"""The last moment that a time can be."""
ENDED = frozenset({"settled", "discarded"})

Row = Mapping[str, Any] | sqlite3.Row


def entry_mark(row: Row, seal: Seal) -> bytes:
    """The mark of an entry."""
    return seal.mark(["entry", *(row[name] for name in ENTRY_COLUMNS)])


def order_mark(row: Row, seal: Seal) -> bytes:
    """The mark of an order; it is set anew whenever the order moves or the person in it is forgotten."""
    return seal.mark(["order", *(row[name] for name in ORDER_COLUMNS)])


def is_sound_entry(row: Row, seal: Seal) -> bool:
    """The intent is as it was accepted, and its state is one that the table allows."""
    return _matches(row["mark"], entry_mark(row, seal)) and _makes_sense(row)


def is_sound_order(row: Row, seal: Seal) -> bool:
    """The order is as it was received."""
    return _matches(row["mark"], order_mark(row, seal))


def damaged(what: str, subject: object) -> DamagedData:
    """The error of a row that fails."""
    message = f"This {what} was damaged on the disk of this till. It was set aside and nothing of it is sent."
    return DamagedData("row_damaged", message, details=repr(subject))


def _matches(found: object, expected: bytes) -> bool:
    return isinstance(found, bytes) and hmac.compare_digest(found, expected)


def _is_time(value: object) -> bool:
    return value is None or (isinstance(value, int) and 0 <= value <= LATEST_MS)


def _makes_sense(row: Row) -> bool:
    """As the table's own checks say, which SQLite applies to what is written and not to what is read."""
    outcome, attempts, settled_at = row["outcome"], row["attempts"], row["settled_at"]
    if not isinstance(attempts, int) or attempts < 0 or (settled_at is not None) != (row["state"] in ENDED):
        return False
    if not (_is_time(settled_at) and _is_time(row["not_before"])):
        return False
    match row["state"]:
        case "pending":
            return bool(outcome == ("unknown" if attempts else "queued"))
        case "sending":
            return outcome == "unknown" and attempts > 0
        case "settled":
            return outcome == "declined" or (outcome == "confirmed" and attempts > 0)
        case "parked" | "discarded":
            return outcome in ("declined", "unknown")
    return False
