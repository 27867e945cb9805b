"""Loyalty over the wire: lookup, balance, earn and use (contract 3)."""

from __future__ import annotations

import re
import uuid
from typing import Annotated

from pydantic import Field

from agent.core.clock import to_wire
from agent.core.money import Points
from agent.sandbox.calls import Call, Row, Wire
from agent.sandbox.envelopes import Reply, business, refusal
from agent.sandbox.ledger import LARGEST_POINTS, InsufficientPoints, LedgerMember, Operation

LOOKUP_PATHS = ("customer", "customers/lookup", "lookup")
"""The real path is a gap of the contract; all three answer alike."""
REF_CODE = re.compile(r"[A-Za-z0-9._:-]{1,64}")
BUSINESS_FAILURE = 1001


class PointsBody(Wire):
    """Body of earn-points and use-points."""

    customer_uuid: str
    points: Annotated[int, Field(ge=1, le=LARGEST_POINTS)]
    ref_code: str
    display_notes: str = ""


async def lookup(call: Call) -> Reply:
    """Who is behind an identifier."""
    _check_configured(call)
    identifier = call.query.get("identifier", "")
    if not identifier:
        raise refusal(400, "invalid request", "identifier is required")
    member = call.tenant.ledger.find(identifier)
    if member is None:
        return _unknown(call)
    name = f"{member.first_name} {member.last_name}".strip()
    return business({"customerUuid": member.uuid, "name": name, "email": member.email, "phone": member.phone})


async def balance(call: Call) -> Reply:
    """Points of a customer, flat beside the envelope."""
    _check_configured(call)
    member = call.tenant.ledger.member(_uuid(call.query.get("customerUuid", "")))
    return _unknown(call) if member is None else business(_balance_fields(call, member))


async def earn(call: Call) -> Reply:
    """Grant points once for a refCode."""
    return _move(call, Operation.EARN)


async def use(call: Call) -> Reply:
    """Redeem points once for a refCode."""
    return _move(call, Operation.USE)


def _move(call: Call, operation: Operation) -> Reply:
    _check_configured(call)
    asked = call.read(PointsBody)
    if REF_CODE.fullmatch(asked.ref_code) is None:
        raise refusal(400, "invalid request", "refCode: 1 to 64 of letters, digits, dot, underscore, colon, hyphen")
    notes = asked.display_notes if operation is Operation.EARN else ""
    uuid_ = _uuid(asked.customer_uuid)
    strict = call.tenant.modes.ref_code_reuse == "409"
    try:
        effect = call.tenant.ledger.move(operation, uuid_, Points(asked.points), asked.ref_code, notes, strict=strict)
    except InsufficientPoints as problem:
        return _refused(call.tenant.modes.insufficient_points, problem.message)
    return _unknown(call) if effect is None else business({})


def _refused(mode: str, message: str) -> Reply:
    if mode == "200":
        return business({}, message, code=BUSINESS_FAILURE, is_success=False)
    raise refusal(int(mode), message if mode != "502" else "upstream error", message)


def _unknown(call: Call) -> Reply:
    return _refused(call.tenant.modes.unknown_customer, "customer not found")


def _check_configured(call: Call) -> None:
    if not call.tenant.modes.loyalty_configured:
        raise refusal(503, "loyalty not configured", "tenant has no loyalty credential")


def _uuid(text: str) -> str:
    try:
        return str(uuid.UUID(text))
    except ValueError:
        raise refusal(400, "invalid request", "customerUuid is not a uuid") from None


def _balance_fields(call: Call, member: LedgerMember) -> dict[str, object]:
    standing = call.tenant.ledger.standing(member)
    fields: dict[str, object] = {"balance": standing.balance, "numOfPointsWillExpire": standing.expiring}
    mode = call.tenant.modes.no_expiry
    if standing.expires_at:
        fields["nearestExpiryDateTimeUTC"] = to_wire(standing.expires_at)
    elif mode != "absent":
        fields["nearestExpiryDateTimeUTC"] = None if mode == "null" else ""
    return fields


ROWS = [
    *(Row("GET", f"/api/v1/loyalty/{path}", lookup) for path in LOOKUP_PATHS),
    Row("GET", "/api/v1/loyalty/balance", balance),
    Row("POST", "/api/v1/loyalty/earn-points", earn),
    Row("POST", "/api/v1/loyalty/use-points", use),
]
