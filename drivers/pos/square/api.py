"""Square's API as questions and answers: lists to their last page, and searches over orders."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote

from agent.core.clock import to_wire
from drivers.pos.exchange import Credentials, Exchange, not_the_pos
from drivers.pos.keys import secret_of
from drivers.pos.oauth import Grant, Tokens
from drivers.pos.square.settings import MOST_PAGES, SEARCH_PAGE, SquareSettings
from drivers.pos.wire_values import Table, table, tables, word
from drivers.spec import DriverContext

ASIDE, ITEMS = "MODIFIER_LIST,CATEGORY,IMAGE", "ITEM"
"""Types of catalogue objects: what items point to, and the items."""


@dataclass(frozen=True)
class Bearer:
    """Credentials of an Exchange: the device's secret is an access token."""

    context: DriverContext = field(repr=False)

    async def headers(self) -> Mapping[str, str]:
        """The header; raises NeedsPerson `secret_missing`."""
        return {"Authorization": f"Bearer {secret_of(self.context, 'an access token of Square')}"}

    async def refused(self, headers: Mapping[str, str]) -> bool:
        """There is no other token."""
        return False


@dataclass(frozen=True)
class Api:
    """One location; every method raises as Exchange does, and Unreachable `not_the_pos` for an answer of another shape."""

    exchange: Exchange
    location: str

    async def place(self) -> Table | None:
        """The location itself, or None when the account does not have it."""
        answer = await self.exchange.get(f"/v2/locations/{quote(self.location, safe='')}", usable=(400, 404))
        return _inner(answer.json(), "location") if answer.status == 200 else None

    async def places(self) -> list[Table]:
        """Every location of the account."""
        return tables((await self._ask("GET", "/v2/locations")).get("locations"))

    async def objects(self, types: str) -> AsyncIterator[Table]:
        """The catalogue's objects of these types; a page is let go of before the next one is asked for."""
        query = {"types": types}
        for _ in range(MOST_PAGES):
            page = await self._ask("GET", "/v2/catalog/list", query=query)
            for row in tables(page.get("objects")):
                yield row
            cursor = word(page.get("cursor"))
            if not cursor:
                return
            query = {"types": types, "cursor": cursor}

    async def completed(self, since: datetime) -> AsyncIterator[Table]:
        """Orders of any source that are completed and have changed since then."""
        changed = {"updated_at": {"start_at": to_wire(since)}}
        filters = {"state_filter": {"states": ["COMPLETED"]}, "date_time_filter": changed}
        async for order in self._search(filters, "UPDATED_AT", "ASC"):
            yield order

    async def sent_by(self, source: str, since: datetime) -> AsyncIterator[Table]:
        """Orders that this source has made since then, the latest first."""
        made = {"created_at": {"start_at": to_wire(since)}}
        filters = {"source_filter": {"source_names": [source]}, "date_time_filter": made}
        async for order in self._search(filters, "CREATED_AT", "DESC"):
            yield order

    async def order(self, square_id: str) -> Table | None:
        """One order, or None."""
        answer = await self.exchange.get(f"/v2/orders/{quote(square_id, safe='')}", usable=(404,))
        return None if answer.status == 404 else _inner(answer.json(), "order")

    async def new_order(self, body: Mapping[str, Any]) -> Table:
        """Make an order; the same key again is the same order."""
        return _inner((await self.exchange.call("POST", "/v2/orders", body=body)).json(), "order", is_change=True)

    async def phone(self, customer_id: str) -> str:
        """A customer's phone number, empty for none."""
        answer = await self.exchange.get(f"/v2/customers/{quote(customer_id, safe='')}", usable=(404,))
        return word(table(table(answer.json()).get("customer")).get("phone_number"))

    async def _search(self, filters: Mapping[str, Any], by: str, way: str) -> AsyncIterator[Table]:
        query = {"filter": filters, "sort": {"sort_field": by, "sort_order": way}}
        body: dict[str, Any] = {"location_ids": [self.location], "limit": SEARCH_PAGE, "query": query}
        for _ in range(MOST_PAGES):
            page = await self._ask("POST", "/v2/orders/search", body=body)
            for row in tables(page.get("orders")):
                yield row
            cursor = word(page.get("cursor"))
            if not cursor:
                return
            body["cursor"] = cursor

    async def _ask(self, method: str, path: str, **more: Any) -> Table:
        found = (await self.exchange.call(method, path, is_change=False, **more)).json()
        if not isinstance(found, dict):
            raise not_the_pos(maybe_applied=False)
        return found


def api_of(settings: SquareSettings, context: DriverContext) -> Api:
    """The API of one device; nothing is asked yet."""
    exchange = Exchange(
        http=context.http,
        clock=context.clock,
        base_url=settings.base_url,
        credentials=_credentials(settings, context),
        timeout_s=settings.timeout_s,
        headers={"Square-Version": settings.version},
    )
    return Api(exchange, settings.location)


def _credentials(settings: SquareSettings, context: DriverContext) -> Credentials:
    if not settings.client_id:
        return Bearer(context)
    grant = Grant(
        url=f"{settings.base_url}/oauth2/token",
        kind="refresh_token",
        client_id=settings.client_id,
        client_secret=context.secret or "",
        body="json",
    )
    return Tokens(grant, context, settings.timeout_s)


def _inner(found: Any, name: str, *, is_change: bool = False) -> Table:
    inner = table(table(found).get(name))
    if not word(inner.get("id")):
        raise not_the_pos(maybe_applied=is_change)
    return inner
