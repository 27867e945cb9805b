"""Toast's orders and ours: what is put in, how far it is, what was sold; pure. Money is decimal major units."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from agent.core.errors import Refused
from agent.core.member import MemberRef
from agent.core.order import Modifier, Order, OrderLine
from agent.core.order_status import OrderStatus
from agent.core.pos import PosStatus
from agent.core.sale import SaleSeen
from agent.core.ticket import clean
from drivers.pos.toast.menus import Places
from drivers.pos.toast.settings import AUTHORITY, CHECK_NUMBER, CHECK_TOTAL, SPECIAL_REQUEST, TIMESTAMP, ToastSettings
from drivers.pos.wire_values import Table, moment, needed, table, tables, total, word

TAB_CHARS = 255
BUSY = frozenset({"SENT", "READY"})
MOST_TIMESTAMPS = 4
"""An order may hold fields of that name too; so many are tried, the first one first."""


def external_id(order_id: str) -> str:
    """Our order id as Toast keeps it, unique for good."""
    return f"{AUTHORITY}:{order_id}"


def order_id_of(row: Table) -> str:
    """Our order id, or empty for an order that did not come through us."""
    authority, _, order_id = word(row.get("externalId")).partition(":")
    return order_id if authority == AUTHORITY else ""


def stamp(at: datetime) -> str:
    """A time as Toast reads it: milliseconds and an offset without a colon."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03}+0000"


def new_order(order: Order, settings: ToastSettings, places: Mapping[str, Places]) -> dict[str, Any]:
    """The body of a new order; raises Refused `item_unknown` for what is not on Toast's menus."""
    paid = order.paid
    amount = paid.total.major() if paid.total else 0
    payment = {"type": "OTHER", "otherPayment": {"guid": settings.other_payment}, "amount": amount, "tipAmount": 0}
    tab = " ".join(part for part in (paid.ref_no, f"Table {paid.table}" if paid.table else "", paid.notes) if part)
    check: dict[str, Any] = {
        "externalId": f"{external_id(paid.id)}/check",
        "selections": [_selection(line, places.get(line.plu)) for line in paid.lines],
        "payments": [payment],
        "tabName": clean(tab)[:TAB_CHARS],
    }
    if customer := _customer(order):
        check["customer"] = customer
    document: dict[str, Any] = {
        "externalId": external_id(paid.id),
        "diningOption": {"guid": settings.dining_options.get(paid.method.value, settings.dining_option)},
        "checks": [check],
    }
    if paid.promised_at is not None:
        document["promisedDate"] = stamp(paid.promised_at)
    return document


def _selection(line: OrderLine, places: Places | None) -> dict[str, Any]:
    if places is None:
        raise _unknown(line.name)
    selection: dict[str, Any] = {
        "item": {"guid": line.plu},
        "itemGroup": {"guid": places.item_group},
        "quantity": line.quantity,
        "modifiers": [_modifier(modifier, places) for modifier in line.modifiers],
    }
    if line.notes:
        selection["modifiers"].append({"selectionType": SPECIAL_REQUEST, "displayName": clean(line.notes), "quantity": 1})
    return selection


def _modifier(modifier: Modifier, places: Places) -> dict[str, Any]:
    group = places.option_groups.get(modifier.plu)
    if group is None:
        raise _unknown(modifier.name)
    return {"item": {"guid": modifier.plu}, "optionGroup": {"guid": group}, "quantity": modifier.quantity}


def _unknown(name: str) -> Refused:
    return Refused("item_unknown", f"{clean(name)} is not on Toast's menu; fetch the menu from Toast and order again.")


def _customer(order: Order) -> dict[str, str]:
    """All four fields or nothing: Toast takes no half of a customer."""
    customer = order.paid.customer
    first, _, last = clean(customer.name).partition(" ")
    fields = {"firstName": first, "lastName": last or first, "phone": customer.phone, "email": customer.email}
    return fields if all(fields.values()) else {}


def read_status(row: Table, zone: ZoneInfo, *, closed_is_done: bool) -> PosStatus:
    """Where an order stands, from its approval, its selections, and whether it is closed or voided."""
    return PosStatus(status=_status(row, closed_is_done), at=moment(row.get("modifiedDate"), zone))


def _status(row: Table, closed_is_done: bool) -> OrderStatus:
    approval = word(row.get("approvalStatus"))
    made = {word(selection.get("fulfillmentStatus")) for check in _checks(row) for selection in tables(check.get("selections"))}
    if row.get("voided") is True:
        return OrderStatus.CANCELLED
    if approval == "NOT_APPROVED":
        return OrderStatus.REJECTED
    if row.get("closedDate") and closed_is_done:
        return OrderStatus.COMPLETED
    if approval in ("NEEDS_APPROVAL", "FUTURE"):
        return OrderStatus.PAID
    if made == {"READY"}:
        return OrderStatus.READY
    return OrderStatus.IN_PROGRESS if made & BUSY else OrderStatus.ACCEPTED


def closed_checks(row: Table) -> list[Table]:
    """Each closed check of an order that did not come through us, with its order beside it."""
    if order_id_of(row):
        return []
    return [{"order": row, "check": check} for check in _checks(row) if check.get("paymentStatus") == "CLOSED"]


def read_sale(pair: Table, currency: str, zone: ZoneInfo) -> SaleSeen:
    """A closed check as a sale, taken back when it or its order is voided; raises InvalidInput for a bad total."""
    order, check = table(pair["order"]), table(pair["check"])
    return SaleSeen(
        receipt=word(check.get(CHECK_NUMBER)) or needed(check.get("guid"), "guid"),
        amount=total(check.get(CHECK_TOTAL), currency),
        occurred_at=moment(order.get("createdDate") or order.get("modifiedDate"), zone),
        member=_member(check),
        void=check.get("voided") is True or order.get("voided") is True,
    )


def _member(check: Table) -> MemberRef | None:
    """The member that the till of Toast knew, when the loyalty programme there is this one."""
    loyalty = table(check.get("appliedLoyaltyInfo"))
    identifier = word(loyalty.get("loyaltyIdentifier"))
    return MemberRef(identifier=identifier) if identifier and loyalty.get("vendor") == "INTEGRATION" else None


def _checks(row: Table) -> list[Table]:
    return tables(row.get("checks"))


def timestamps_of(body: bytes) -> list[str]:
    """What a message may have been signed with, found without parsing it."""
    found = re.findall(TIMESTAMP, body)
    return [one.decode("utf-8", "replace") for one in dict.fromkeys(found[:MOST_TIMESTAMPS])] or [""]
