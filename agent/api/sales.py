"""Sales that the POS made, and who claims them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from agent.api.auth import Conf, Deps, PosCaller
from agent.api.loyalty import recorded
from agent.api.schema import ClaimBody, Entry, Sale, SaleBody, Sales, sale_view
from agent.api.schema.shape import Identifier
from agent.core.money import Money
from agent.core.sale import SaleSeen

router = APIRouter(prefix="/v1", tags=["sales"])


@router.post("/sales")
async def record(body: SaleBody, services: Deps, settings: Conf, caller: PosCaller) -> Sale:
    """A sale, or its void: earns at once if the member is known, else stays claimable for a while."""
    seen = SaleSeen(
        receipt=body.receipt,
        amount=Money.parse(body.amount or "0", settings.currency),
        occurred_at=body.occurred_at,
        member=body.member.ref() if body.member else None,
        void=body.void,
    )
    return sale_view(await services.sales.record(seen))


@router.get("/sales")
async def claimable(
    services: Deps,
    caller: PosCaller,
    claimable: Annotated[bool, Query(description="Only claimable sales are listed.")] = True,
) -> Sales:
    """Sales that nobody has claimed yet."""
    return Sales(sales=[sale_view(sale) for sale in await services.sales.claimable()])


@router.post("/sales/{receipt:path}/claim", status_code=201, responses={200: {"model": Entry, "description": "Claimed before."}})
async def claim(
    receipt: Annotated[Identifier, Path()], body: ClaimBody, services: Deps, caller: PosCaller, response: Response
) -> Entry:
    """Earn a sale for a member; one claim per receipt."""
    return recorded(await services.sales.claim(receipt, body.member.ref()), response)
