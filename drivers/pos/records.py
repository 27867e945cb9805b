"""Rows out of a file's bytes: CSV, JSON or XML in whatever encoding the POS writes; pure."""

from __future__ import annotations

import codecs
import csv
import io
import itertools
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

from agent.core.errors import InvalidInput

LARGEST_FILE = 32 * 1024 * 1024
END = "\x1f"
"""Read after the last line of a CSV file."""
MOST_ROWS = 100_000
LIST_NAMES = ("items", "products", "sales", "transactions", "orders", "rows", "data", "records")
"""Where a JSON object keeps its rows."""


@dataclass(frozen=True, slots=True)
class Record:
    """One row as the file has it."""

    where: str
    """`line 7` or `row 3`, for people."""
    values: Mapping[str, Any]
    """Names are folded: lower case, letters and digits only."""


def read_records(name: str, data: bytes, *, delimiter: str = "", encoding: str = "") -> list[Record]:
    """The rows of a file by its ending; raises InvalidInput `unreadable_file` when it has none that make sense."""
    if len(data) > LARGEST_FILE:
        raise _unreadable("The file is larger than 32 MB.")
    ending = name.lower().rpartition(".")[2]
    try:
        records = list(_rows(ending, data, delimiter, encoding))
    except DefusedXmlException:
        raise _unreadable("The file holds XML definitions, which are not accepted.") from None
    except (ValueError, csv.Error, ElementTree.ParseError, RecursionError) as error:
        raise _unreadable(f"The file is not {ending.upper()} that can be read.", details=type(error).__name__) from None
    if len(records) > MOST_ROWS:
        raise _unreadable("The file has more than 100,000 rows.")
    return records


def decoded(data: bytes, encoding: str = "") -> str:
    """The text of a file: as told, else by its byte order mark, else UTF-8 if it is that, else Windows-1252."""
    if encoding:
        return data.decode(encoding)
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def folded(name: str) -> str:
    """A column's name without case and punctuation: `Item Code`, `item_code` and `itemCode` are one."""
    return "".join(char for char in name.lower() if char.isalnum())


def _rows(ending: str, data: bytes, delimiter: str, encoding: str) -> Iterator[Record]:
    if ending == "csv":
        return _csv(decoded(data, encoding), delimiter)
    if ending == "json":
        return _json(decoded(data, encoding))
    if ending == "xml":
        return _xml(data)
    raise _unreadable("Only files that end in csv, json or xml are read.")


def _csv(text: str, delimiter: str) -> Iterator[Record]:
    if not text.strip():
        return
    if "\0" in text or END in text:
        raise _unreadable("The file is not CSV that can be read.")
    # A quote that is still open at the end swallows what is read after it: the file was cut, and its last row is no row.
    reader = csv.reader(itertools.chain(io.StringIO(text, newline=""), [END]), delimiter=delimiter or _delimiter(text))
    header = [folded(name) for name in next(reader)]
    if not any(header):
        raise _unreadable("The first line of the file does not name its columns.")
    for cells in reader:
        if cells == [END]:
            return
        if any(cell.strip() for cell in cells):
            named = {name: cell.strip() for name, cell in zip(header, cells, strict=False) if name}
            yield Record(f"line {reader.line_num}", named)
    raise _unreadable("The file ends in the middle of a row.")


def _delimiter(text: str) -> str:
    first = text.lstrip("\r\n").splitlines()[0]
    return max(",;\t|", key=first.count)


def _json(text: str) -> Iterator[Record]:
    found = json.loads(text, parse_float=Decimal) if text.strip() else []
    if isinstance(found, dict):
        by_name = {folded(name): value for name, value in found.items()}
        lists = [by_name[name] for name in LIST_NAMES if isinstance(by_name.get(name), list)]
        found = lists[0] if lists else [found]
    if not isinstance(found, list):
        raise _unreadable("The file holds no list of rows.")
    for place, row in enumerate(found, 1):
        yield Record(f"row {place}", fold_keys(row) if isinstance(row, dict) else {})


def fold_keys(value: Any) -> Any:
    """The same JSON value with every object's names folded."""
    if isinstance(value, dict):
        return {folded(name): fold_keys(inner) for name, inner in value.items()}
    return [fold_keys(inner) for inner in value] if isinstance(value, list) else value


def _xml(data: bytes) -> Iterator[Record]:
    if not data.strip():
        return
    root = ElementTree.fromstring(data, forbid_dtd=True)
    for place, row in enumerate(root, 1):
        yield Record(f"row {place}", _element(row))


def _element(element: Any) -> dict[str, Any]:
    """Attributes and children by name; a child that holds more than text is a row of its own, and repeated ones a list."""
    values: dict[str, Any] = {folded(name): value for name, value in element.attrib.items()}
    for child in element:
        name = folded(child.tag.rpartition("}")[2])
        inner: Any = _element(child) if len(child) or child.attrib else (child.text or "").strip()
        if name in values:
            known = values[name]
            inner = [*known, inner] if isinstance(known, list) else [known, inner]
        values[name] = inner
    return values


def _unreadable(message: str, *, details: str = "") -> InvalidInput:
    return InvalidInput("unreadable_file", message, details=details)
