"""Members and points: lookup, earn, burn, reverse."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Path, Response

from agent.api.auth import Conf, Deps, PosCaller, TheGate
from agent.api.needs.loyalty import Recorded
from agent.api.schema import BurnBody, EarnBody, Entry, LookupBody, Member, ReverseBody, entry_view, member_view
from agent.api.schema.shape import Identifier, Name
from agent.core.errors import InvalidInput
from agent.core.money import Money, Points
from agent.flows.loyalty.intents import BurnRequest, EarnRequest

router = APIRouter(prefix="/v1", tags=["loyalty"])

IdempotencyKey = Annotated[
    Identifier | None, Header(alias="Idempotency-Key", description="Makes a call without a receipt repeatable.")
]
EntryId = Annotated[Name, Path()]


@router.post("/members/lookup")
async def look_up(body: LookupBody, services: Deps, caller: PosCaller) -> Member:
    """A member by code, phone or e-mail; from memory with `fresh` false when the cloud cannot be asked."""
    return member_view(await services.loyalty.lookup(body.identifier))


@router.post("/loyalty/earn", status_code=201, responses={200: {"model": Entry, "description": "The same intent again."}})
async def earn(
    body: EarnBody,
    services: Deps,
    settings: Conf,
    caller: PosCaller,
    gate: TheGate,
    response: Response,
    key: IdempotencyKey = None,
) -> Entry:
    """Credit points; once answered they are safe on disk and will be sent.

    Without a receipt the outlet's settings may ask for a reason and the manager's PIN: 422 `reason_needed`, 403 `pin_required`,
    and allow only so many a day: 409 `by_hand_limit`.
    """
    is_watched = settings.by_hand_needs_pin and body.receipt is None
    if is_watched:
        if not body.note:
            raise InvalidInput("reason_needed", "Points without a receipt need a reason.", field="note")
        gate.manager(body.pin)
    request = EarnRequest(
        member=body.member.ref(),
        points=None if body.points is None else Points(body.points),
        amount=None if body.amount is None else Money.parse(body.amount, settings.currency),
        receipt=body.receipt,
        note=body.note,
        punches=body.punches or 0,
        key=key,
        wait_s=body.wait_s,
    )
    made = await services.loyalty.earn(request)
    if is_watched and made.is_new:
        await services.audit.append(caller.name, "points by hand", made.entry.id, body.note)
    return recorded(made, response)


@router.post("/loyalty/burn", status_code=201, responses={200: {"model": Entry, "description": "The same intent again."}})
async def burn(
    body: BurnBody, services: Deps, gate: TheGate, caller: PosCaller, response: Response, key: IdempotencyKey = None
) -> Entry:
    """Spend points, or redeem a reward; a discount may be given only on outcome `confirmed`, or where there is a `grant`."""
    if body.pin is not None:
        gate.manager(body.pin)
    request = BurnRequest(
        member=body.member.ref(),
        points=Points(body.points or 0),
        reward=body.reward or "",
        welcome_offer=body.welcome_offer,
        receipt=body.receipt,
        key=key,
        wait_s=body.wait_s,
        scan_id=body.scan_id,
        is_approved=body.pin is not None and services.pin.is_set,
    )
    return recorded(await services.loyalty.burn(request), response)


@router.post("/loyalty/{entry_id}/reverse")
async def reverse(entry_id: EntryId, body: ReverseBody, services: Deps, caller: PosCaller) -> Entry:
    """The entry that takes an entry back, at most one; an original that was never sent is cancelled instead."""
    return entry_view(await services.loyalty.reverse(entry_id, body.reason))


def recorded(made: Recorded, response: Response) -> Entry:
    """The entry, as 201 when this call made it and as 200 when it was there already."""
    response.status_code = 201 if made.is_new else 200
    return entry_view(made.entry)
