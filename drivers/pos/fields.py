"""From a POS's rows to catalogue items and sales, whatever it calls its columns; pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from agent.core.catalogue import Catalogue, CatalogueItem, ModifierGroup, ModifierOption, RowProblem
from agent.core.errors import InvalidInput
from agent.core.member import MemberRef
from agent.core.money import Money
from agent.core.sale import SaleSeen
from drivers.pos.amounts import read_amount
from drivers.pos.records import Record, folded

T = TypeVar("T")

ALIASES: dict[str, tuple[str, ...]] = {
    "code": ("code", "itemcode", "sku", "plu", "productcode", "externalid", "id"),
    "name": ("name", "itemname", "title", "productname", "description"),
    "price": ("price", "unitprice", "sellingprice", "amount"),
    "price_minor": ("priceminor", "pricecents", "amountminor", "amountcents"),
    "category": ("category", "categoryname", "department", "group"),
    "description": ("description", "details"),
    "image_url": ("imageurl", "image", "picture"),
    "available": ("available", "isavailable", "active", "instock", "enabled"),
    "sold_out": ("soldout", "unavailable", "snoozed"),
    "groups": ("groups", "modifiergroups", "modifiers"),
    "options": ("options", "modifiers", "items"),
    "min": ("min", "minselection", "minimum"),
    "max": ("max", "maxselection", "maximum"),
    "receipt": (
        "receipt",
        "receiptno",
        "receiptnumber",
        "receiptid",
        "externalid",
        "transactionid",
        "invoice",
        "invoiceno",
        "id",
    ),
    "amount": ("amount", "total", "grandtotal", "totalamount", "nettotal"),
    "amount_minor": ("totalminor", "amountminor", "totalcents", "amountcents"),
    "occurred_at": ("occurredat", "datetime", "timestamp", "time", "createdat", "date"),
    "member_uuid": ("customeruuid", "memberuuid"),
    "member": ("member", "membercode", "memberid", "barcode", "phone", "email"),
    "void": ("void", "voided", "isvoid", "refunded", "cancelled"),
}
"""Our field -> folded names of columns, best first; the setting `columns` puts another before them."""

YES = frozenset({"1", "true", "yes", "y", "on", "t", "active", "available"})
NO = frozenset({"0", "false", "no", "n", "off", "f", "", "inactive", "none", "null"})
MOST_OPTIONS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How one POS's rows are to be read."""

    currency: str
    zone: ZoneInfo
    columns: Mapping[str, str]
    """Our field -> the POS's column, where the usual names do not fit."""
    is_minor: bool = False
    """Amounts are whole cents."""

    def value(self, row: Mapping[str, Any], wanted: str) -> Any:
        """A field of a row, or None."""
        if wanted in self.columns:
            return row.get(folded(self.columns[wanted]))
        return next((row[name] for name in ALIASES[wanted] if row.get(name) not in (None, "")), None)

    def text(self, row: Mapping[str, Any], wanted: str) -> str:
        """A field as one line of text, empty when absent or no text."""
        value = self.value(row, wanted)
        return "" if value is None or isinstance(value, bool | list | dict) else str(value).strip()

    def flag(self, row: Mapping[str, Any], wanted: str, *, default: bool) -> bool:
        """A field as yes or no; raises InvalidInput for another word."""
        value = self.value(row, wanted)
        if value is None:
            return default
        word = str(value).strip().lower()
        if word in YES or word in NO:
            return word in YES
        raise InvalidInput("invalid_flag", f"The column {wanted} is neither yes nor no.", field=wanted)

    def money(self, row: Mapping[str, Any], major: str, minor: str) -> Money:
        """An amount from the column of major units, or from the one of cents."""
        cents = self.value(row, minor)
        if cents is not None:
            return read_amount(cents, self.currency, is_minor=True)
        return read_amount(self.value(row, major), self.currency, is_minor=self.is_minor)


def read_catalogue(records: Iterable[Record], reading: Reading) -> Catalogue:
    """Every item that can be read, and a problem for every row that cannot; of two rows with one code the first stands."""
    items: dict[str, CatalogueItem] = {}
    found, problems = _each(records, lambda record: _item(record.values, reading))
    for record, item in found:
        if item.code in items:
            problems.append(
                RowProblem(record.where, "code_twice", f"The code {item.code} is there twice; the first one is used.")
            )
        else:
            items[item.code] = item
    return Catalogue(items=tuple(items.values()), problems=tuple(problems))


def read_sales(records: Iterable[Record], reading: Reading) -> tuple[list[tuple[Record, SaleSeen]], list[RowProblem]]:
    """Every sale that can be read with its row, and a problem for every row that cannot."""
    return _each(records, lambda record: _sale(record.values, reading))


def _each(records: Iterable[Record], read: Callable[[Record], T]) -> tuple[list[tuple[Record, T]], list[RowProblem]]:
    found: list[tuple[Record, T]] = []
    problems: list[RowProblem] = []
    for record in records:
        try:
            found.append((record, read(record)))
        except InvalidInput as error:
            problems.append(RowProblem(record.where, error.reason, error.message))
    return found, problems


def _item(row: Mapping[str, Any], reading: Reading) -> CatalogueItem:
    is_sold_out = reading.flag(row, "sold_out", default=False)
    return CatalogueItem(
        code=_needed(reading.text(row, "code"), "code"),
        name=_needed(reading.text(row, "name"), "name"),
        price=_not_negative(reading.money(row, "price", "price_minor")),
        category=reading.text(row, "category"),
        description=reading.text(row, "description"),
        image_url=reading.text(row, "image_url"),
        available=reading.flag(row, "available", default=True) and not is_sold_out,
        groups=tuple(_group(group, reading) for group in _list(reading.value(row, "groups"))),
    )


def _group(row: Mapping[str, Any], reading: Reading) -> ModifierGroup:
    options = tuple(_option(option, reading) for option in _list(reading.value(row, "options")))
    least, most = reading.text(row, "min") or "0", reading.text(row, "max") or "1"
    if not (least.isdecimal() and most.isdecimal() and len(least + most) < 9):
        raise InvalidInput("invalid_group", "A group of choices has a minimum or maximum that is not a number.", field="groups")
    name = _needed(reading.text(row, "name"), "name")
    return ModifierGroup(
        code=reading.text(row, "code") or name, name=name, min_selection=int(least), max_selection=int(most), options=options
    )


def _option(row: Mapping[str, Any], reading: Reading) -> ModifierOption:
    has_price = reading.value(row, "price") is not None or reading.value(row, "price_minor") is not None
    name = _needed(reading.text(row, "name"), "name")
    return ModifierOption(
        code=reading.text(row, "code") or name,
        name=name,
        price=reading.money(row, "price", "price_minor") if has_price else Money(0, reading.currency),
        available=reading.flag(row, "available", default=True) and not reading.flag(row, "sold_out", default=False),
    )


def _list(value: Any) -> list[Mapping[str, Any]]:
    """Rows inside a row; XML gives a single one, or one list under the name of its rows, where JSON gives a list."""
    if isinstance(value, Mapping):
        inner = next((item for item in value.values() if isinstance(item, list | Mapping)), None) if len(value) == 1 else None
        value = _list(inner) if inner is not None else [value]
    rows = value if isinstance(value, list) else []
    if len(rows) > MOST_OPTIONS or not all(isinstance(row, Mapping) for row in rows):
        raise InvalidInput("invalid_group", "The choices of this item are not built as a list.", field="groups")
    return rows


def _sale(row: Mapping[str, Any], reading: Reading) -> SaleSeen:
    void = reading.flag(row, "void", default=False)
    return SaleSeen(
        receipt=_needed(reading.text(row, "receipt"), "receipt"),
        amount=reading.money(row, "amount", "amount_minor"),
        occurred_at=_moment(reading.text(row, "occurred_at"), reading.zone),
        member=_member(row, reading),
        void=void,
    )


def _member(row: Mapping[str, Any], reading: Reading) -> MemberRef | None:
    if uuid := reading.text(row, "member_uuid"):
        return MemberRef(uuid=uuid)
    nested = reading.value(row, "member")
    if isinstance(nested, Mapping):
        return _member(nested, reading)
    identifier = reading.text(row, "member")
    return MemberRef(identifier=identifier) if identifier else None


def _moment(text: str, zone: ZoneInfo) -> datetime | None:
    """ISO 8601; without a zone it is the outlet's."""
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidInput(
            "invalid_time", "The time of this sale is not written like 2026-11-22 13:05:00.", field="time"
        ) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def _needed(text: str, field: str) -> str:
    if not text or len(text) > 500:
        raise InvalidInput(
            "missing_field" if not text else "field_too_long", f"The column {field} is empty or far too long.", field=field
        )
    return text


def _not_negative(price: Money) -> Money:
    if price.minor < 0:
        raise InvalidInput("invalid_amount", "A price cannot be less than nothing.", field="price")
    return price
