"""A POS that exchanges files: it drops catalogue and sales, the agent drops orders."""

from __future__ import annotations

import asyncio
import codecs
import hashlib
import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import Field, field_validator

from agent.core.catalogue import Catalogue, RowProblem
from agent.core.device import DeviceState, Role
from agent.core.errors import CataBridgeError, InvalidInput, Refused, Unreachable
from agent.core.order import Order
from agent.core.roles import DeviceSink
from agent.core.sale import SaleSeen
from agent.core.sentence import Sentence
from drivers.pos.fields import ALIASES, Reading, read_catalogue, read_sales
from drivers.pos.ledger import Ledger
from drivers.pos.order_document import as_csv, as_json, as_xml
from drivers.pos.records import Record, read_records
from drivers.pos.shelf import Watcher, move_aside, safe_stem, write_whole
from drivers.spec import DriverContext, DriverSettings, DriverSpec

log = logging.getLogger(__name__)
T = TypeVar("T")

SALES, CATALOGUE, ORDERS, PROCESSED, FAILED = "sales", "catalogue", "orders", "processed", "failed"
WRITERS: dict[str, Callable[[Order], bytes]] = {"json": as_json, "xml": as_xml, "csv": as_csv}
LOOKS_AT_CATALOGUE = 5
"""A catalogue that is still being written is looked at so many times before the next round."""


class DropFolderSettings(DriverSettings):
    """Settings of `pos-drop-folder`."""

    folder: Annotated[
        str, Field(min_length=1, description="Folder shared with the POS; sales, catalogue and orders are made in it.")
    ]
    order_format: Annotated[Literal["json", "xml", "csv"], Field(description="Format of order files: json, xml or csv.")] = "json"
    poll_s: Annotated[float, Field(gt=0, le=600, description="How often the folder is looked at.")] = 2.0
    delimiter: Annotated[str, Field(max_length=1, description="CSV separator; empty: found out.")] = ""
    encoding: Annotated[str, Field(description="Encoding of CSV and JSON, such as cp874 or gb18030; empty: found out.")] = ""
    amounts_in_cents: Annotated[bool, Field(description="Amounts of the POS are whole cents.")] = False
    columns: Annotated[
        dict[str, str],
        Field(default_factory=dict, description="Our field -> the POS's column name, where the usual names do not fit."),
    ]

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, encoding: str) -> str:
        try:
            return codecs.lookup(encoding).name if encoding else ""
        except LookupError:
            raise ValueError("there is no such encoding.") from None

    @field_validator("columns")
    @classmethod
    def _known_fields(cls, columns: dict[str, str]) -> dict[str, str]:
        if unknown := sorted(set(columns) - set(ALIASES)):
            raise ValueError(f"{unknown[0]} is not a field; known are {', '.join(sorted(ALIASES))}.")
        return columns


@dataclass
class DropFolder:
    """Works in one folder; nothing in it is ever deleted."""

    settings: DropFolderSettings
    context: DriverContext
    _taken: Ledger = field(init=False)
    _given: Ledger = field(init=False)
    _watcher: Watcher = field(default_factory=Watcher)
    _busy: asyncio.Lock = field(default_factory=asyncio.Lock)

    def __post_init__(self) -> None:
        self._taken = Ledger(self.context.folder / "sales.seen")
        self._given = Ledger(self.context.folder / "orders.given")

    async def run(self, sink: DeviceSink) -> None:
        """Take sales in until cancelled; raises Unreachable while the folder is not there."""
        today = self.context.clock.now().date()
        await self._in_folder(lambda: self._taken.forget_old(today))
        await self._in_folder(lambda: self._given.forget_old(today))
        while True:
            paths = await self._in_folder(lambda: self._watcher.complete(self._made(SALES)))
            left = [path for path in paths if not await self._take_file(path, sink)]
            if not left:
                sink.state(DeviceState.READY, _exchanging(self.settings.folder))
            await self.context.clock.sleep(self.settings.poll_s)

    async def test(self) -> str:
        """Look into the folder and try to write there."""
        await self._in_folder(lambda: write_whole(self._made(ORDERS) / ".try", b""))
        names = await self._in_folder(lambda: [path.name for path in self._made(CATALOGUE).iterdir()])
        words = f"The folder can be used; there are {len(names)} files in catalogue."
        return Sentence(words, "folder_usable", count=len(names))

    async def fetch_catalogue(self) -> Catalogue:
        """The newest complete file in `catalogue`; raises Unreachable `no_catalogue_file`, Refused `unreadable_file`."""
        watcher = Watcher()
        for _ in range(LOOKS_AT_CATALOGUE):
            files = await self._in_folder(lambda: watcher.complete(self._made(CATALOGUE)))
            if files:
                return await self._catalogue(files[-1])
            await self.context.clock.sleep(min(self.settings.poll_s, 2.0))
        sentence = f"The POS has put no catalogue file into {self._root() / CATALOGUE} yet."
        raise Unreachable("no_catalogue_file", sentence, maybe_applied=False, line_down=False)

    async def submit_order(self, order: Order) -> str:
        """Write the order's file once; its name is the POS's id, for nothing better is known."""
        name = self._order_name(order.id)
        data = await asyncio.to_thread(WRITERS[self.settings.order_format], order)
        async with self._busy:
            if not await self._in_folder(lambda: self._is_given(name)):
                await self._in_folder(lambda: self._give(name, data))
                log.info("order file written order=%s", order.id)
        return name

    async def find_order(self, order_id: str) -> str | None:
        """The name of the order's file if it was written before, even when the POS has taken it since."""
        name = self._order_name(order_id)
        return name if await self._in_folder(lambda: self._is_given(name)) else None

    def _order_name(self, order_id: str) -> str:
        return f"{safe_stem(order_id)}.{self.settings.order_format}"

    def _is_given(self, name: str) -> bool:
        orders = self._made(ORDERS)
        places = (orders, orders / PROCESSED, orders / FAILED)
        return name in self._given or any((place / name).exists() for place in places)

    def _give(self, name: str, data: bytes) -> None:
        write_whole(self._made(ORDERS) / name, data)
        self._given.add(name, self.context.clock.now().date())

    async def _catalogue(self, path: Path) -> Catalogue:
        try:
            records = await self._in_folder(lambda: self._records(path.name, path.read_bytes()))
        except InvalidInput as error:
            raise Refused(error.reason, f"{path.name}: {error.message}", details=error.details) from None
        return await asyncio.to_thread(read_catalogue, records, self._reading())

    async def _take_file(self, path: Path, sink: DeviceSink) -> bool:
        """Hand every sale of a file over, then move it aside; False when one could not be saved and the file waits."""
        data, written = await self._in_folder(lambda: (path.read_bytes(), _written(path)))
        key = _key(hashlib.sha256(data).hexdigest(), self._day(written))
        problems: list[RowProblem] = []
        try:
            if key not in self._taken:
                problems = await self._take_sales(path, data, written, sink)
        except InvalidInput as error:
            problems = [RowProblem(path.name, error.reason, error.message)]
            sink.refuse_sale(error.reason, error.message)
        except CataBridgeError as error:
            log.warning("sales file left for later device=%s reason=%s", self.context.name, error.reason)
            sink.state(DeviceState.ATTENTION, error.message)
            return False
        note = "".join(f"{problem.where}: {problem.reason}\n{problem.message}\n" for problem in problems)
        await self._in_folder(lambda: move_aside(path, self._made(SALES, FAILED if problems else PROCESSED), note))
        if not problems:
            await self._remember(key)
        log.info("sales file read device=%s problems=%d", self.context.name, len(problems))
        return True

    async def _take_sales(self, path: Path, data: bytes, written: datetime, sink: DeviceSink) -> list[RowProblem]:
        records = await asyncio.to_thread(self._records, path.name, data)
        sales, problems = await asyncio.to_thread(read_sales, records, self._reading())
        for problem in problems:
            sink.refuse_sale(problem.reason, problem.message)
        for record, seen in sales:
            # The file's own time, and not now: after a crash the same row is the same sale of the same day.
            sale = seen if seen.occurred_at else replace(seen, occurred_at=written)
            key = self._sale_key(sale)
            if key in self._taken:
                continue
            try:
                await sink.sale(sale)
            except InvalidInput as error:
                problems.append(RowProblem(record.where, error.reason, error.message))
                continue
            await self._remember(key)
        return problems

    async def _remember(self, key: str) -> None:
        today = self.context.clock.now().date()
        await self._in_folder(lambda: self._taken.add(key, today))

    def _sale_key(self, sale: SaleSeen) -> str:
        assert sale.occurred_at is not None
        who = (sale.member.uuid or sale.member.identifier or "") if sale.member else ""
        return _key(sale.receipt, self._day(sale.occurred_at), str(sale.amount), str(sale.void), who)

    def _records(self, name: str, data: bytes) -> list[Record]:
        return read_records(name, data, delimiter=self.settings.delimiter, encoding=self.settings.encoding)

    def _reading(self) -> Reading:
        settings, context = self.settings, self.context
        return Reading(currency=context.currency, zone=context.zone, columns=settings.columns, is_minor=settings.amounts_in_cents)

    def _root(self) -> Path:
        return Path(self.settings.folder)

    def _made(self, *names: str) -> Path:
        """A folder inside the shared one, which itself must be there: it may be a share that is not mounted."""
        path = self._root()
        path.stat()
        for name in names:
            path = path / name
            path.mkdir(exist_ok=True)
        return path

    def _day(self, moment: datetime) -> str:
        return moment.astimezone(self.context.zone).date().isoformat()

    async def _in_folder(self, work: Callable[[], T]) -> T:
        try:
            return await asyncio.to_thread(work)
        except OSError as error:
            sentence = f"The folder {self.settings.folder} cannot be used; check that it is there and may be written."
            raise Unreachable("folder_missing", sentence, maybe_applied=False, details=type(error).__name__) from None


def _written(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)


def _key(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


def _build(settings: DropFolderSettings, context: DriverContext) -> DropFolder:
    return DropFolder(settings, context)


SPEC = DriverSpec(
    kind="pos-drop-folder",
    role=Role.POS,
    summary="A POS that exchanges files in a shared folder: catalogue and sales in, orders out.",
    settings=DropFolderSettings,
    build=_build,
)


def _exchanging(folder: object) -> Sentence:
    return Sentence(f"Exchanging files in {folder}.", "exchanging_files", folder=str(folder))
