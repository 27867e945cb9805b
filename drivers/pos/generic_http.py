"""Any POS with a JSON interface over HTTP, described by its settings alone."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from agent.core.catalogue import Catalogue
from agent.core.clock import to_wire
from agent.core.device import Role
from agent.core.errors import NeedsPerson, Refused, Unreachable
from agent.core.order import Order
from agent.core.order_status import OrderStatus
from agent.core.pos import PosStatus
from agent.core.sale import SaleSeen
from agent.core.sentence import Sentence
from agent.core.signing import RECIPES, sign
from drivers.pos.decoding import encoded
from drivers.pos.exchange import Answer, Exchange, Fixed
from drivers.pos.fields import Reading, read_catalogue, read_sales
from drivers.pos.http_pages import Pages, filled
from drivers.pos.http_settings import STATUS_WORDS, HttpPosSettings
from drivers.pos.order_document import order_document
from drivers.pos.pointers import fill, look_up
from drivers.pos.polled import Polled
from drivers.pos.records import Record, fold_keys
from drivers.spec import DriverContext, DriverSpec

log = logging.getLogger(__name__)

LONGEST_ID = 200


@dataclass
class HttpPos(Polled):
    """Talks to the POS when asked; retries nothing itself."""

    settings: HttpPosSettings
    context: DriverContext

    async def test(self) -> str:
        """Ask the POS for its check page, where there is one."""
        self._headers("GET", "", b"")
        if not self.settings.check_url:
            return Sentence("Ready; whether the POS is there shows with the next order or menu.", "pos_unasked")
        await self._ask(self.settings.check_url)
        return Sentence("The POS answers.", "pos_answers", pos="POS")

    async def fetch_catalogue(self) -> Catalogue:
        """The whole menu over all its pages; raises Refused `no_catalogue` when none is set up."""
        settings = self.settings
        if not settings.catalogue_url:
            raise Refused("no_catalogue", "No menu address is set for this POS.")
        pages = Pages(url=settings.catalogue_url, rows=settings.catalogue_items, following=settings.catalogue_next)
        records = await self._records("item", pages, settings.catalogue_fields)
        return await asyncio.to_thread(read_catalogue, records, self._reading(settings.catalogue_fields))

    async def submit_order(self, order: Order) -> str:
        """Look for the order where that is possible, else put it in; raises Unreachable with `maybe_applied` as it may be."""
        settings = self.settings
        if not settings.submit_url:
            raise Refused("no_orders", "No order address is set for this POS.")
        if settings.find_url and (known := await self.find_order(order.id)) is not None:
            return known
        document = order_document(order)
        body = encoded(fill(settings.submit_body, document) if settings.submit_body else document)
        url, key = filled(settings.submit_url, order_id=order.id), {"Idempotency-Key": quote(order.id, safe="")}
        answer = await self._change(settings.submit_method, url, body, key, usable=settings.duplicate_statuses)
        if answer.status in settings.duplicate_statuses:
            return await self._known_already(order.id, answer)
        found = answer.json()
        self._check_success(found)
        log.info("order put into the POS order=%s", order.id)
        return _id(look_up(found, settings.id_pointer)) or order.id

    async def find_order(self, order_id: str) -> str | None:
        """Ask for it under our id; raises Unreachable `cannot_find` when the POS has no way to ask."""
        if not self.settings.find_url:
            sentence = "This POS cannot be asked for an order; look there whether it has it."
            raise Unreachable("cannot_find", sentence, maybe_applied=False, line_down=False)
        answer = await self._get(filled(self.settings.find_url, order_id=order_id), usable=(404,))
        return None if answer.status == 404 else _id(look_up(answer.json(), self.settings.find_id_pointer))

    async def order_status(self, order_id: str, pos_order_id: str) -> PosStatus | None:
        """What the POS says of it, in the words of the settings; raises Refused `no_status`, or `unknown_status` for another."""
        settings = self.settings
        if not settings.status_url:
            raise Refused("no_status", "No address for the status of orders is set for this POS.")
        url = filled(settings.status_url, order_id=order_id, pos_order_id=pos_order_id)
        answer = await self._get(url, usable=(404,))
        if answer.status == 404:
            return None
        found = answer.json()
        said = look_up(found, settings.status_pointer)
        status = _status(said, settings.status_words)
        if status is None:
            raise Refused("unknown_status", "The POS has a status that the settings of this device do not name.")
        reason = look_up(found, settings.reason_pointer) if settings.reason_pointer else None
        return PosStatus(status=status, reason=reason.strip() if isinstance(reason, str) else "")

    async def recent_sales(self, since: datetime) -> Sequence[SaleSeen]:
        """The sales since then over all their pages; one that cannot be read is left out. Raises Refused `no_sales`."""
        settings = self.settings
        if not settings.sales_url:
            raise Refused("no_sales", "No address for sales is set for this POS.")
        url = settings.sales_url.replace("{since}", quote(to_wire(since), safe=""))
        pages = Pages(url=url, rows=settings.sales_items, following=settings.sales_next)
        records = await self._records("sale", pages, settings.sales_fields)
        found, problems = read_sales(records, self._reading(settings.sales_fields))
        if problems:
            log.warning("sales that cannot be read device=%s count=%d", self.context.name, len(problems))
        return [sale for _, sale in found]

    async def snooze(self, item_code: str, until: datetime | None) -> None:
        """Tell the POS what is sold out, or back; raises Refused `no_snooze` when no address is set."""
        settings = self.settings
        if not settings.snooze_url:
            raise Refused("no_snooze", "This POS is not told what is sold out.")
        document = {"code": item_code, "until": to_wire(until) if until else None, "available": until is None}
        body = encoded(fill(settings.snooze_body, document) if settings.snooze_body else document)
        await self._change("POST", settings.snooze_url, body, {})

    async def _known_already(self, order_id: str, answer: Answer) -> str:
        """The id of an order that the POS says it has: from its answer, else by asking, else our own."""
        try:
            found = _id(look_up(answer.json(), self.settings.id_pointer))
        except Unreachable:
            found = None
        if found is None and self.settings.find_url:
            found = await self.find_order(order_id)
        return found or order_id

    async def _records(self, what: str, pages: Pages, fields: Mapping[str, str]) -> list[Record]:
        rows = [row async for row in pages.read(self._ask)]
        return [Record(f"{what} {place}", _folded(row, fields)) for place, row in enumerate(rows, 1)]

    def _reading(self, fields: Mapping[str, str]) -> Reading:
        return Reading(
            currency=self.context.currency,
            zone=self.context.zone,
            columns={name: name for name in fields},
            is_minor=self.settings.amounts_in_cents,
        )

    async def _ask(self, url: str) -> Any:
        return (await self._get(url)).json()

    async def _get(self, url: str, usable: Collection[int] = ()) -> Answer:
        return await self._call("GET", url, b"", {}, usable, is_change=False)

    async def _change(
        self, method: str, url: str, body: bytes, headers: Mapping[str, str], usable: Collection[int] = ()
    ) -> Answer:
        return await self._call(method, url, body, headers, usable, is_change=True)

    async def _call(
        self, method: str, url: str, body: bytes, headers: Mapping[str, str], usable: Collection[int], *, is_change: bool
    ) -> Answer:
        exchange = Exchange(
            http=self.context.http,
            clock=self.context.clock,
            base_url=url,
            credentials=Fixed(self._headers(method, url, body)),
            timeout_s=self.settings.timeout_s,
        )
        return await exchange.call(method, url, body=body, headers=headers, usable=usable, is_change=is_change)

    def _headers(self, method: str, url: str, body: bytes) -> dict[str, str]:
        """Settings, secret and signature; raises NeedsPerson `secret_missing` when they need a secret that is not set."""
        settings, secret = self.settings, self.context.secret
        wants_secret = bool(settings.signing) or any("{secret}" in value for value in settings.headers.values())
        if wants_secret and not secret:
            raise NeedsPerson("secret_missing", f"The secret of {self.context.name} is not set.")
        headers = {name: value.replace("{secret}", secret or "") for name, value in settings.headers.items()}
        if settings.signing and secret and method != "GET":
            recipe = RECIPES[settings.signing]
            timestamp = to_wire(self.context.clock.now())
            headers[recipe.header] = sign(recipe, secret, body, timestamp=timestamp, url=url)
            if settings.timestamp_header:
                headers[settings.timestamp_header] = timestamp
        return headers

    def _check_success(self, found: Any) -> None:
        settings = self.settings
        if settings.success_pointer and _word(look_up(found, settings.success_pointer)) != settings.success_value:
            raise Refused("pos_refused", "The POS refused the order.", status=200)


def _folded(row: Any, fields: Mapping[str, str]) -> Mapping[str, Any]:
    if not isinstance(row, dict):
        return {}
    chosen = {name: look_up(row, pointer) for name, pointer in fields.items()}
    folded: dict[str, Any] = fold_keys({**row, **chosen})
    return folded


def _status(said: Any, words: Mapping[str, OrderStatus]) -> OrderStatus | None:
    if not isinstance(said, str | int) or isinstance(said, bool):
        return None
    word = str(said).strip()
    return words.get(word) or STATUS_WORDS.get(word.lower())


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
