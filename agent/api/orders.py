"""Orders for staff and kitchen."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Path, Query

from agent.api import schema
from agent.api.auth import AnyCaller, Conf, Deps, PosCaller
from agent.api.schema import Copy, EmptyBody, Order, Orders, OrderStatusBody, order_view
from agent.api.schema.bodies import OrderScope
from agent.api.schema.shape import Name
from agent.api.settings import ApiSettings
from agent.core import order
from agent.core.errors import Refused

router = APIRouter(prefix="/v1", tags=["orders"])

OrderId = Annotated[Name, Path()]


@router.get("/orders")
async def list_orders(
    services: Deps, settings: Conf, caller: AnyCaller, state: Annotated[OrderScope, Query()] = "open"
) -> Orders:
    """Open orders, or all that are kept."""
    found = await (services.tickets.open() if state == "open" else services.tickets.all())
    return Orders(orders=[view(each, settings) for each in found])


@router.get("/orders/{order_id}")
async def one_order(order_id: OrderId, services: Deps, settings: Conf, caller: AnyCaller) -> Order:
    """One order."""
    found = await services.tickets.get(order_id)
    if found is None:
        raise Refused("order_unknown", "There is no such order here.")
    return view(found, settings)


@router.post("/orders/{order_id}/status")
async def move(order_id: OrderId, body: OrderStatusBody, services: Deps, settings: Conf, caller: PosCaller) -> Order:
    """Move an order on; Cata is told through the outbox."""
    moved = await services.tickets.move(order_id, body.status, reason=body.reason, by=caller.name, prep_minutes=body.prep_minutes)
    return view(moved, settings)


@router.post("/orders/{order_id}/print")
async def print_copy(order_id: OrderId, services: Deps, caller: PosCaller, body: EmptyBody | None = None) -> Copy:
    """Print one more copy; answers with its number."""
    return Copy(copy=await services.tickets.print_copy(order_id))


def view(found: order.Order, settings: ApiSettings) -> schema.Order:
    """The order with the outlet's deadline."""
    return order_view(found, accept_within=timedelta(seconds=settings.accept_deadline_s))
