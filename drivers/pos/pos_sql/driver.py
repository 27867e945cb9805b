"""A POS whose database may be read: the menu by one query, sales by another that goes on where it was; nothing is written."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from agent.core.catalogue import Catalogue
from agent.core.device import DeviceState, Role
from agent.core.errors import CataBridgeError, InvalidInput, NeedsPerson, NotSaved, Refused, Unreachable
from agent.core.order import Order
from agent.core.roles import DeviceSink
from agent.core.sale import SaleSeen
from agent.core.sentence import Sentence
from drivers.pos.fields import Reading, read_catalogue, read_sales
from drivers.pos.ledger import Ledger
from drivers.pos.pos_sql.marks import Mark, mark_of
from drivers.pos.pos_sql.settings import MOST_ROWS, PAGE, SqlSettings
from drivers.pos.pos_sql.sources import OdbcDatabase, Row, Source, SqliteFile, why_no_odbc
from drivers.pos.pos_sql.statements import bound, positional
from drivers.pos.records import Record, fold_keys, folded
from drivers.pos.shelf import write_whole
from drivers.spec import DriverContext, DriverSpec

log = logging.getLogger(__name__)

MOST_PAGES = 400
FIRST_LOOK_BACK = timedelta(hours=1)
LONGEST_WAIT_S = 60.0
"""A database that stays busy is asked again at least this often."""
LOCKED = "database_locked"


@dataclass
class SqlPos:
    """Reads in short statements, each on a connection of its own, and remembers how far it came."""

    settings: SqlSettings
    context: DriverContext
    source: Source
    _taken: Ledger = field(init=False)

    def __post_init__(self) -> None:
        self._taken = Ledger(self.context.folder / "sales.seen")

    async def run(self, sink: DeviceSink) -> None:
        """Read sales until cancelled; a busy database is left alone for longer and longer; raises when it is away or wrong."""
        await asyncio.to_thread(self._taken.forget_old, self.context.clock.now().date())
        sink.state(DeviceState.READY, await self.test())
        busy = 0
        while True:
            try:
                await self._read_sales(sink)
                busy = 0
                sink.state(DeviceState.READY, Sentence("Reading the POS's database.", "database_read"))
            except Unreachable as error:
                if error.reason != LOCKED:
                    raise
                busy += 1
                sink.state(DeviceState.ATTENTION, error.message)
            except NotSaved as error:
                sink.state(DeviceState.ATTENTION, error.message)
            wait_s = self.settings.poll_s * 2 ** min(busy, 10)
            await self.context.clock.sleep(max(min(wait_s, LONGEST_WAIT_S), self.settings.poll_s))

    async def test(self) -> str:
        """Try the queries out with one row each."""
        settings, tried = self.settings, list[str]()
        if settings.catalogue_query:
            first: dict[str, Any] = {"after": settings.catalogue_first, "limit": 1}
            tried.append(f"{len(await self._rows(settings.catalogue_query, first, most=1))} item")
        if settings.sales_query:
            begin = await self._begin()
            since: dict[str, Any] = {"mark": begin.at, "id": begin.id, "limit": 1}
            tried.append(f"{len(await self._rows(settings.sales_query, since, most=1))} sale")
        return Sentence(f"The database answers; tried with {' and '.join(tried)}.", "database_answers")

    async def fetch_catalogue(self) -> Catalogue:
        """The rows of the query, page after page; raises Refused `no_catalogue` when none is set up."""
        sql = self.settings.catalogue_query
        if not sql:
            raise Refused("no_catalogue", "No query for the menu is set for this POS.")
        reading, rows = self._reading(), list[Row]()
        after: Any = self.settings.catalogue_first
        for _ in range(MOST_PAGES):
            page = await self._rows(sql, {"after": after, "limit": PAGE})
            rows += page
            following = reading.value(fold_keys(page[-1]), "code") if page else after
            if "after" not in bound(sql) or len(page) < PAGE or following == after:
                break
            after = following
        records = [Record(f"row {place}", fold_keys(row)) for place, row in enumerate(rows, 1)]
        return await asyncio.to_thread(read_catalogue, records, reading)

    async def submit_order(self, order: Order) -> str:
        """Raises Refused `no_orders`."""
        raise Refused("no_orders", "This POS's database is only read; orders cannot be put into it.")

    async def find_order(self, order_id: str) -> str | None:
        """None: no order was ever put in."""
        return None

    async def _read_sales(self, sink: DeviceSink) -> None:
        """Everything after the mark and a little before it; the mark moves when all of a page is durable or refused for good."""
        if not self.settings.sales_query:
            return
        mark = await self._begin()
        place = mark.earlier(self.settings.sales_overlap)
        for _ in range(MOST_PAGES):
            page = await self._rows(self.settings.sales_query, {"mark": place.at, "id": place.id, "limit": PAGE})
            for row in page:
                await self._take(row, sink)
            if not page:
                return
            before, place = place, self._mark_of(page[-1])
            await self._keep(self._not_ahead(place))
            if len(page) < PAGE or place == before:
                return

    async def _take(self, row: Row, sink: DeviceSink) -> None:
        """Hand one sale over, once; a row that is none is refused once, however often it is read."""
        key = hashlib.sha256(repr(sorted(row.items())).encode("utf-8", "surrogatepass")).hexdigest()
        if key in self._taken:
            return
        found, problems = read_sales([Record("a sale", fold_keys(row))], self._reading())
        for problem in problems:
            sink.refuse_sale(problem.reason, problem.message)
        for _, sale in found:
            await self._hand_over(sale, row, sink)
        await self._to_disk(lambda: self._taken.add(key, self.context.clock.now().date()))

    async def _hand_over(self, sale: SaleSeen, row: Row, sink: DeviceSink) -> None:
        if sale.occurred_at is None and not sale.void:
            sale = replace(sale, occurred_at=self._mark_of(row).moment(self.context.zone))
        try:
            await sink.sale(sale)
        except InvalidInput as error:
            log.debug("sale left out device=%s reason=%s", self.context.name, error.reason)
        except NotSaved:
            raise
        except CataBridgeError as error:
            raise NotSaved(error.reason, error.message, details=error.details) from error

    async def _begin(self) -> Mark:
        """The mark kept last, else where the settings say to begin; kept at once, so that nothing sold meanwhile is missed."""
        try:
            return Mark.from_json(await asyncio.to_thread(self._mark_path.read_text, "ascii"))
        except (OSError, ValueError, KeyError, TypeError):
            mark = await self._first()
        await self._keep(mark)
        return mark

    async def _first(self) -> Mark:
        settings = self.settings
        if settings.sales_start_query:
            rows = await self._rows(settings.sales_start_query, {}, most=1)
            value = next(iter(rows[0].values())) if rows else None
            if value is not None or settings.sales_kind == "number":
                return mark_of(value or 0, settings.sales_first_id)
        since = (self.context.clock.now() - FIRST_LOOK_BACK).astimezone(self.context.zone)
        at = since.strftime(settings.time_format) if settings.database else since.replace(tzinfo=None)
        return Mark(at, settings.sales_first_id)

    def _mark_of(self, row: Row) -> Mark:
        named = {folded(name): value for name, value in row.items()}
        return mark_of(named.get(folded(self.settings.sales_mark)), named.get(folded(self.settings.sales_id), ""))

    def _not_ahead(self, mark: Mark) -> Mark:
        """A sale dated in the future must not hide those until then: the POS's clock may be wrong."""
        moment, now = mark.moment(self.context.zone), self.context.clock.now()
        return mark.earlier((moment - now).total_seconds()) if moment is not None and moment > now else mark

    async def _keep(self, mark: Mark) -> None:
        def write() -> None:
            self._mark_path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_whole(self._mark_path, mark.to_json().encode())

        await self._to_disk(write)

    async def _to_disk(self, write: Callable[[], None]) -> None:
        try:
            await asyncio.to_thread(write)
        except OSError as error:
            sentence = "How far sales were read cannot be saved; is the disk full?"
            raise NotSaved("disk", sentence, details=type(error).__name__) from None

    async def _rows(self, sql: str, values: dict[str, Any], *, most: int = MOST_ROWS) -> list[Row]:
        statement, given = positional(sql, values)
        rows = await asyncio.to_thread(self.source.rows, statement, given)
        return [{name: _plain(value) for name, value in row.items()} for row in rows[:most]]

    def _reading(self) -> Reading:
        settings, context = self.settings, self.context
        return Reading(currency=context.currency, zone=context.zone, columns=settings.columns, is_minor=settings.amounts_in_cents)

    @property
    def _mark_path(self) -> Path:
        return self.context.folder / "sales.mark"


def _plain(value: Any) -> Any:
    """A database's value as readers of rows take it: numbers exact in their shortest form, bytes as text."""
    if isinstance(value, float):
        return Decimal(repr(value))
    return value.decode("utf-8", "replace") if isinstance(value, bytes | bytearray) else value


def _build(settings: SqlSettings, context: DriverContext) -> SqlPos:
    if settings.database:
        path, clock = Path(settings.database), context.clock
        return SqlPos(settings, context, SqliteFile(path, settings.busy_s, settings.query_s, clock.monotonic, MOST_ROWS))
    if why := why_no_odbc():
        raise NeedsPerson("driver_unavailable", why)
    if "{secret}" in settings.odbc and not context.secret:
        raise NeedsPerson("secret_missing", f"The secret device/{context.name} is not set.")
    string = settings.odbc.replace("{secret}", _quoted(context.secret or ""))
    return SqlPos(settings, context, OdbcDatabase(string, settings.query_s, MOST_ROWS))


def _quoted(secret: str) -> str:
    """A password as a connection string takes it, whatever signs are in it."""
    return "{" + secret.replace("}", "}}") + "}"


SPEC = DriverSpec(
    kind="pos-sql",
    role=Role.POS,
    summary="A POS whose database may be read (SQLite, or anything with an ODBC driver): menu and sales by queries.",
    settings=SqlSettings,
    build=_build,
)
"""What can be set for a POS's database."""
