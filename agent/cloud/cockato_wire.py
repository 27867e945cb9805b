"""Cockato's JSON and ours, in one place: who is meant, what a visit says, what an answer, a refusal and an event mean.

2xx and `success` not false    the result
2xx of another shape, a page   Unreachable captive_portal, as for Cata
400 422                        Refused, by its code
401, 403                       KeyRefused; NotConfigured inactive_organization for a plan that has lapsed
404                            Refused member_unknown
409                            Conflict duplicate_transaction, which is a success; Refused insufficient_points
429                            Unreachable with the line up, surely not applied
408 5xx                        Unreachable with the line up, perhaps applied

Only `customer_id` to `outlet_id` of the event sample are published; all other names are assumed [gap].
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from agent.cloud.tolerant import find, moment, read_json, text, whole
from agent.cloud.wire import Call, retry_after_s
from agent.core.clock import to_wire
from agent.core.errors import CataBridgeError, Conflict, InvalidInput, KeyRefused, NotConfigured, Refused, Unreachable
from agent.core.http import HttpResponse
from agent.core.member import Balance, Profile
from agent.core.money import NO_POINTS, Points
from agent.core.perks import Perks, PunchCard
from agent.core.visit import Standing, Visit

CODE = re.compile(r"CKT(-?)([0-9A-Z]{8})", re.IGNORECASE)
"""[conflict] Two spellings of a member's code are published; both are taken."""
BALANCES = ("new_balance", "points_balance", "balance", "customer.points_balance")
SHAPE = frozenset({"success", "customer", "transaction_id", "data"})
LONGEST_NOTE = 200
LONGEST_DETAILS = 200
LONGEST_ID = 128
MOST_CARDS = 50
SENTENCES = {
    "customer_not_found": "Cockato does not know this member. Invite them to sign up.",
    "insufficient_points": "This member does not have enough points.",
    "points_disabled": "Cockato has points switched off for this shop.",
    "below_minimum_redemption": "These are fewer points than Cockato redeems at once.",
    "reward_not_available": "This reward or offer is not there, or has been used.",
    "rate_limited": "Cockato asks for a little patience.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudEvent:
    """Something that happened at the cloud."""

    name: str
    at: datetime | None
    member_uuid: str
    balance: Points | None
    """The member's points after it, where it says so."""


def spellings(identifier: str) -> tuple[str, ...]:
    """A member's code as it was scanned, then in its other spelling; anything else as it is."""
    code = CODE.fullmatch(identifier)
    if code is None:
        return (identifier,)
    hyphen, rest = code.group(1), code.group(2).upper()
    return (f"CKT{hyphen}{rest}", f"CKT{'' if hyphen else '-'}{rest}")


def addressed(identifier: str) -> dict[str, object]:
    """The one field that says who is meant; a phone goes as E.164, which Cockato normalises by itself."""
    kind = "email" if "@" in identifier else "phone" if identifier.startswith("+") else "barcode_id"
    return {kind: identifier}


def visit_body(visit: Visit, outlet_id: str) -> dict[str, object]:
    """Everything of a visit but whom it is about."""
    body: dict[str, object] = {
        "external_transaction_id": visit.ref_code,
        "transaction_date": to_wire(visit.at),
        "outlet_id": outlet_id,
        "transaction_amount": visit.amount.major() if visit.amount else None,
        "punches": _punches(visit),
        "redeem_points": visit.points,
        "redeem_reward_id": visit.reward,
        "redeem_welcome_offer": visit.welcome_offer,
        "invoice_number": visit.receipt,
        "notes": visit.note[:LONGEST_NOTE],
    }
    return {name: value for name, value in body.items() if value is not None and (value or name == "transaction_amount")}


def standing(tree: Mapping[str, Any], *, named: str) -> Standing:
    """What an answer says of the member; `named` makes an id where it leaves that out. Unreachable when it says no balance."""
    person = tree.get("customer")
    person = person if isinstance(person, Mapping) else tree
    points = whole(find(tree, *BALANCES))
    if points is None:
        sentence = "Cockato's answer about the points cannot be read."
        raise Unreachable("unreadable_answer", sentence, maybe_applied=False, line_down=False)
    code = text(person.get("barcode_id"), LONGEST_ID)
    profile = Profile(
        uuid=text(person.get("customer_id"), LONGEST_ID) or _id_of(code or named),
        name=text(person.get("customer_name"), 200),
        phone=text(person.get("phone"), 40),
        email=text(person.get("email"), 320).lower(),
        code=code,
        perks=_perks(tree),
    )
    return Standing(profile, Balance(points=Points(points), expiring=NO_POINTS, expires_at=None))


def result(call: Call, response: HttpResponse, now: datetime) -> dict[str, Any]:
    """The object of a success; raises as the table above says."""
    tree = _object(response.body)
    if tree is None:
        raise _unreadable(call, response, now)
    if 200 <= response.status < 300:
        if not SHAPE & tree.keys():
            raise _captive_portal(call)
        if tree.get("success") is False:
            raise _refused(response.status, *_said(tree))
        return tree
    raise _failure(call, response, *_said(tree), now)


def event(raw: bytes) -> CloudEvent:
    """One delivered event; raises InvalidInput `event_unreadable`."""
    try:
        tree = read_json(raw)
    except InvalidInput:
        tree = None
    name = text(tree.get("event"), 64) if isinstance(tree, dict) else ""
    if not name:
        raise InvalidInput("event_unreadable", "This event cannot be read.")
    balance = whole(find(tree, "data.new_balance"))
    return CloudEvent(
        name=name,
        at=moment(tree.get("timestamp")),
        member_uuid=text(find(tree, "data.customer_id"), LONGEST_ID),
        balance=None if balance is None else Points(balance),
    )


def _id_of(named: str) -> str:
    """An id is not sealed on disk, so it must not be the code or the phone itself."""
    return hashlib.sha256(named.encode()).hexdigest()[:32]


def _punches(visit: Visit) -> object:
    """[gap] A number means the only active card; several are listed with their ids."""
    if isinstance(visit.punches, int):
        return visit.punches
    return [{"punch_card_id": card, "count": count} for card, count in visit.punches.items()]


def _perks(tree: Mapping[str, Any]) -> Perks:
    given, offer = tree.get("punch_cards"), tree.get("welcome_offer")
    cards = [_card(card) for card in given[:MOST_CARDS] if isinstance(card, Mapping)] if isinstance(given, list) else []
    waits = isinstance(offer, Mapping) and offer.get("available") is True
    words = text(offer.get("description"), 200) if isinstance(offer, Mapping) else ""
    return Perks(cards=tuple(card for card in cards if card.id), welcome_offer=(words or "Welcome offer") if waits else "")


def _card(card: Mapping[str, Any]) -> PunchCard:
    return PunchCard(
        id=text(card.get("punch_card_id"), LONGEST_ID),
        name=text(card.get("name"), 100),
        punches=whole(card.get("current_punches")) or 0,
        needed=whole(card.get("punches_required")) or 0,
        rewards=whole(card.get("rewards_available")) or 0,
    )


def _failure(call: Call, response: HttpResponse, code: str, said: str, now: datetime) -> CataBridgeError:
    status = response.status
    if status < 400:
        return _captive_portal(call)
    if status == 401:
        return KeyRefused("key_refused", "Cockato does not accept this till's key.", details=said)
    if status == 403:
        return _not_allowed(code, said)
    if status in {408, 425, 429} or (status >= 500 and status != 501):
        return _busy(call, response, said, now)
    return _refused(status, code, said)


def _not_allowed(code: str, said: str) -> CataBridgeError:
    if code == "inactive_organization":
        return NotConfigured(code, "Cockato says that this shop's plan is not active.", details=said)
    return KeyRefused("key_not_allowed", "Cockato does not let this till's key do this.", details=said)


def _refused(status: int, code: str, said: str) -> Refused:
    """A no for good; by its code where it is one of Cockato's, else by its status."""
    code = code or {404: "customer_not_found", 409: "duplicate_transaction"}.get(status, "")
    reason = {"customer_not_found": "member_unknown", "invalid_request": "bad_request"}.get(code, code)
    if code == "duplicate_transaction":
        return Conflict(code, "Cockato was told of this before.", status=status, details=said)
    if code not in SENTENCES and status in {404, 405, 501}:
        return Refused("not_offered", "There is no Cockato at this address.", status=status, details=said)
    return Refused(
        reason if code in SENTENCES else "bad_request", SENTENCES.get(code, "Cockato refused this."), status=status, details=said
    )


def _busy(call: Call, response: HttpResponse, said: str, now: datetime) -> Unreachable:
    """Its own trouble; a throttled call was surely not carried out, of any other nobody knows."""
    throttled = response.status in {425, 429}
    return Unreachable(
        "too_many_requests" if throttled else "cloud_trouble",
        SENTENCES["rate_limited"] if throttled else "Cockato has trouble of its own at the moment.",
        maybe_applied=not throttled and not call.reads,
        retry_after_s=retry_after_s(response.headers, now),
        line_down=False,
        details=f"status={response.status} {said}",
    )


def _unreadable(call: Call, response: HttpResponse, now: datetime) -> CataBridgeError:
    """No JSON object: trouble where the status says so, else somebody else's page."""
    if response.status in {401, 403, 408, 429} or response.status >= 500:
        return _failure(call, response, "", "", now)
    return _captive_portal(call)


def _captive_portal(call: Call) -> Unreachable:
    sentence = "Something on this network answered in Cockato's place; perhaps the network wants somebody to sign in."
    return Unreachable("captive_portal", sentence, maybe_applied=not call.reads)


def _said(tree: Mapping[str, Any]) -> tuple[str, str]:
    """Code and words of a refusal, whether `error` is a text or an object."""
    words = text(find(tree, "error.message", "error", "message"), LONGEST_DETAILS)
    return text(find(tree, "error.code", "code"), 64), re.sub(r"\s+", " ", words)


def _object(body: bytes) -> dict[str, Any] | None:
    try:
        tree = read_json(body)
    except InvalidInput:
        return None
    return tree if isinstance(tree, dict) else None
