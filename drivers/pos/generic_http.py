"""Any POS with a JSON interface over HTTP, described by its settings alone."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

from agent.core.catalogue import Catalogue
from agent.core.clock import to_wire
from agent.core.device import DeviceState, Role
from agent.core.errors import NeedsPerson, Refused, Unreachable
from agent.core.http import HttpRequest, HttpResponse
from agent.core.order import Order
from agent.core.roles import DeviceSink
from agent.core.signing import RECIPES, sign
from drivers.pos.fields import Reading, read_catalogue
from drivers.pos.http_settings import HttpPosSettings
from drivers.pos.order_document import order_document
from drivers.pos.pointers import fill, look_up
from drivers.pos.records import Record, fold_keys
from drivers.spec import DriverContext, DriverSpec

log = logging.getLogger(__name__)

MOST_PAGES = 500
LONGEST_ID = 200
TRY_LATER = frozenset({408, 425, 429})
NOT_WORKED_ON = frozenset({425, 429})
"""Statuses that say the request was not looked at."""


@dataclass
class HttpPos:
    """Talks to the POS when asked; retries nothing itself."""

    settings: HttpPosSettings
    context: DriverContext

    async def run(self, sink: DeviceSink) -> None:
        """Ask every `poll_s` whether the POS is there, until cancelled."""
        while True:
            sink.state(DeviceState.READY, await self.test())
            await self.context.clock.sleep(self.settings.poll_s)

    async def test(self) -> str:
        """Ask the POS for its check page, where there is one."""
        self._headers("GET", "", b"")
        if not self.settings.check_url:
            return "Ready; whether the POS is there shows with the next order or menu."
        answer = await self._send("GET", self.settings.check_url)
        self._accept(answer, is_change=False)
        return "The POS answers."

    async def fetch_catalogue(self) -> Catalogue:
        """The whole menu over all its pages; raises Refused `no_catalogue` when none is set up."""
        if not self.settings.catalogue_url:
            raise Refused("no_catalogue", "No menu address is set for this POS.")
        rows = [row async for row in self._rows()]
        records = [Record(f"item {place}", self._folded(row)) for place, row in enumerate(rows, 1)]
        reading = Reading(
            currency=self.context.currency,
            zone=self.context.zone,
            columns={name: name for name in self.settings.catalogue_fields},
            is_minor=self.settings.amounts_in_cents,
        )
        return await asyncio.to_thread(read_catalogue, records, reading)

    async def submit_order(self, order: Order) -> str:
        """Look for the order where that is possible, else put it in; raises Unreachable with `maybe_applied` as it may be."""
        settings = self.settings
        if not settings.submit_url:
            raise Refused("no_orders", "No order address is set for this POS.")
        if settings.find_url and (known := await self.find_order(order.id)) is not None:
            return known
        document = order_document(order)
        body = json.dumps(fill(settings.submit_body, document) if settings.submit_body else document, ensure_ascii=False).encode()
        answer = await self._send(settings.submit_method, _url(settings.submit_url, order_id=order.id), body, key=order.id)
        if answer.status in settings.duplicate_statuses:
            return await self._known_already(order.id, answer)
        self._accept(answer, is_change=True)
        found = _json(answer, is_change=True)
        self._check_success(found)
        pos_id = _id(look_up(found, settings.id_pointer))
        log.info("order put into the POS order=%s", order.id)
        return pos_id or order.id

    async def find_order(self, order_id: str) -> str | None:
        """Ask for it under our id; raises Unreachable `cannot_find` when the POS has no way to ask."""
        if not self.settings.find_url:
            sentence = "This POS cannot be asked for an order; look there whether it has it."
            raise Unreachable("cannot_find", sentence, maybe_applied=False, line_down=False)
        answer = await self._send("GET", _url(self.settings.find_url, order_id=order_id))
        if answer.status == 404:
            return None
        self._accept(answer, is_change=False)
        return _id(look_up(_json(answer, is_change=False), self.settings.find_id_pointer))

    async def _known_already(self, order_id: str, answer: HttpResponse) -> str:
        """The id of an order that the POS says it has: from its answer, else by asking, else our own."""
        try:
            found = _id(look_up(_json(answer, is_change=False), self.settings.id_pointer))
        except Unreachable:
            found = None
        if found is None and self.settings.find_url:
            found = await self.find_order(order_id)
        return found or order_id

    async def _rows(self) -> AsyncIterator[Any]:
        settings = self.settings
        url, seen = _url(settings.catalogue_url, page="1", cursor=""), set[str]()
        for page in range(2, MOST_PAGES + 2):
            if url in seen:
                return
            seen.add(url)
            answer = await self._send("GET", url)
            self._accept(answer, is_change=False)
            found = _json(answer, is_change=False)
            rows = look_up(found, settings.catalogue_items)
            if not isinstance(rows, list):
                raise _not_the_pos(maybe_applied=False)
            for row in rows:
                yield row
            following = self._next_url(found, page, bool(rows))
            if following is None:
                return
            url = following

    def _next_url(self, found: Any, page: int, has_rows: bool) -> str | None:
        settings = self.settings
        if settings.catalogue_next:
            cursor = look_up(found, settings.catalogue_next)
            if cursor in (None, "", False):
                return None
            if "{cursor}" in settings.catalogue_url:
                return _url(settings.catalogue_url, page=str(page), cursor=str(cursor))
            return _same_host(settings.catalogue_url, str(cursor))
        if has_rows and "{page}" in settings.catalogue_url:
            return _url(settings.catalogue_url, page=str(page), cursor="")
        return None

    def _folded(self, row: Any) -> Mapping[str, Any]:
        if not isinstance(row, dict):
            return {}
        chosen = {name: look_up(row, pointer) for name, pointer in self.settings.catalogue_fields.items()}
        folded: dict[str, Any] = fold_keys({**row, **chosen})
        return folded

    async def _send(self, method: str, url: str, body: bytes = b"", *, key: str = "") -> HttpResponse:
        headers = self._headers(method, url, body)
        if key:
            headers["Idempotency-Key"] = quote(key, safe="")
        request = HttpRequest(method=method, url=url, headers=headers, body=body, timeout_s=self.settings.timeout_s)
        return await self.context.http.send(request)

    def _headers(self, method: str, url: str, body: bytes) -> dict[str, str]:
        """Settings, secret and signature; raises NeedsPerson `secret_missing` when they need a secret that is not set."""
        settings, secret = self.settings, self.context.secret
        wants_secret = bool(settings.signing) or any("{secret}" in value for value in settings.headers.values())
        if wants_secret and not secret:
            raise NeedsPerson("secret_missing", f"The secret of {self.context.name} is not set.")
        headers = {"Accept": "application/json"}
        headers |= {name: value.replace("{secret}", secret or "") for name, value in settings.headers.items()}
        if body:
            headers["Content-Type"] = "application/json"
        if settings.signing and secret and method != "GET":
            recipe = RECIPES[settings.signing]
            timestamp = to_wire(self.context.clock.now())
            headers[recipe.header] = sign(recipe, secret, body, timestamp=timestamp, url=url)
            if settings.timestamp_header:
                headers[settings.timestamp_header] = timestamp
        return headers

    def _accept(self, answer: HttpResponse, *, is_change: bool) -> None:
        status = answer.status
        if 200 <= status < 300:
            return
        if status in (401, 403):
            raise NeedsPerson("pos_credentials", "The POS does not accept this till's credentials.", details=f"status {status}")
        if status in TRY_LATER or status >= 500:
            maybe = is_change and status not in NOT_WORKED_ON
            raise Unreachable(
                "pos_trouble",
                "The POS is there but cannot answer now.",
                maybe_applied=maybe,
                line_down=False,
                details=f"status {status}",
            )
        if 300 <= status < 400:
            raise _not_the_pos(maybe_applied=is_change)
        raise Refused("pos_refused", "The POS refused the request.", status=status)

    def _check_success(self, found: Any) -> None:
        settings = self.settings
        if settings.success_pointer and _word(look_up(found, settings.success_pointer)) != settings.success_value:
            raise Refused("pos_refused", "The POS refused the order.", status=200)


def _json(answer: HttpResponse, *, is_change: bool) -> Any:
    """The answer's JSON; an empty one is an empty object, and anything else is not the POS (a portal, a proxy)."""
    if not answer.body.strip():
        return {}
    try:
        return json.loads(answer.body, parse_float=Decimal)
    except (ValueError, RecursionError):
        raise _not_the_pos(maybe_applied=is_change) from None


def _not_the_pos(*, maybe_applied: bool) -> Unreachable:
    sentence = "Something else than the POS answered; check its address and the network's sign-in page."
    return Unreachable("not_the_pos", sentence, maybe_applied=maybe_applied)


def _url(template: str, **values: str) -> str:
    """The template with its values escaped; a name without a value stays away."""
    for name in ("order_id", "page", "cursor"):
        template = template.replace(f"{{{name}}}", quote(values.get(name, ""), safe=""))
    return template


def _same_host(base: str, target: str) -> str:
    """The next page's URL, never on another host: credentials go with it."""
    url = urljoin(_url(base), target)
    if urlsplit(url)[:2] != urlsplit(base)[:2]:
        raise _not_the_pos(maybe_applied=False)
    return url


def _id(value: Any) -> str | None:
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return str(value).strip()[:LONGEST_ID] or None


def _word(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _build(settings: HttpPosSettings, context: DriverContext) -> HttpPos:
    return HttpPos(settings, context)


SPEC = DriverSpec(
    kind="pos-http",
    role=Role.POS,
    summary="Any POS with a JSON interface over HTTP, described by its settings.",
    settings=HttpPosSettings,
    build=_build,
)
