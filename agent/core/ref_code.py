"""The idempotency key of a loyalty entry: the same sale has the same key, even after the database is lost."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Mapping
from datetime import date, datetime
from typing import NewType

from agent.core.clock import to_wire
from agent.core.json_pieces import pieces

RefCode = NewType("RefCode", str)

NAMESPACE = uuid.uuid5(uuid.NAMESPACE_DNS, "bridge.cata.sg")
PREFIX = "cb1-"
STATUS_PREFIX = "cbo-"
MENU_LEVELS = 3
"""So deep lie the products in what a push of the menu carries."""
_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def ref_code_for_sale(*, outlet_id: str, till: str, business_day: date, receipt: str, kind: str) -> RefCode:
    """Key of what a receipt (or the caller's own idempotency key) earns or burns; newline-joined as published."""
    name = "\n".join((outlet_id, till, business_day.isoformat(), receipt, kind))
    return RefCode(PREFIX + str(uuid.uuid5(NAMESPACE, name)))


def ref_code_for_entry(entry_id: str) -> RefCode:
    """Key of an intent that has no receipt: each call is a new intent."""
    return RefCode(PREFIX + entry_id)


def ref_code_for_reversal(original: RefCode) -> RefCode:
    """Key of the one compensation that an entry can have."""
    return RefCode(PREFIX + str(uuid.uuid5(NAMESPACE, original + "\nreverse")))


def ref_code_for_history(*, outlet_id: str, at: datetime, receipt: str, member: str) -> RefCode:
    """Key of a past purchase that is told afterwards: the same row of a file has it whenever and wherever it is told."""
    name = "\n".join((outlet_id, "history", to_wire(at), receipt, member))
    return RefCode(PREFIX + str(uuid.uuid5(NAMESPACE, name)))


def ref_code_for_status(order_id: str, status: str) -> RefCode:
    """Key of telling the cloud one status of one order: an order has each status once at most."""
    return RefCode(STATUS_PREFIX + str(uuid.uuid5(NAMESPACE, f"{order_id}\n{status}")))


def payload_hash(payload: Mapping[str, object], *, levels: int = MENU_LEVELS) -> str:
    """SHA-256 of the canonical JSON, hex: what a key is bound to; the same for all `levels`, which are those of `pieces`."""
    digest = hashlib.sha256()
    for piece in pieces(payload, _CANONICAL, levels):
        digest.update(piece.encode())
    return digest.hexdigest()
