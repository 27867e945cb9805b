"""A file of past purchases, as another system exported it: CSV whose columns are found by name; bad rows are named, not lost."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

from agent.core.card_number import looks_like_card_number
from agent.core.clock import to_wire
from agent.core.errors import InvalidInput, NotSaved
from agent.core.money import Money

LARGEST_FILE = 256 * 1024 * 1024
LONGEST_FIELD = 300
MOST_PUNCHES = 100
DELIMITERS = ",;\t|"
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "member": ("member", "barcode_id", "barcode", "card", "customer", "email", "e-mail", "phone", "mobile"),
    "date": ("date", "transaction_date", "invoice_date", "occurred_at", "datetime"),
    "amount": ("amount", "transaction_amount", "total"),
    "receipt": ("receipt", "invoice_number", "invoice", "receipt_no", "receipt_number", "external_transaction_id"),
    "punches": ("punches",),
    "note": ("note", "notes"),
}
"""What a column may be called, letter case and blanks apart; where several name the member, the first that is filled counts."""
NEEDED = ("member", "date", "receipt")
NOON = time(12)
"""A date without a time means the middle of that day."""


@dataclass(frozen=True, slots=True)
class FileRow:
    """A row that can be told."""

    line: int
    cells: tuple[str, ...] = field(repr=False)
    """As they stood in the file, for the report."""
    body: Mapping[str, object] = field(repr=False)
    """As the till API takes it."""


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that cannot be told, and why."""

    line: int
    cells: tuple[str, ...] = field(repr=False)
    reason: str
    message: str


@dataclass(frozen=True, slots=True)
class HistoryFile:
    """All rows of a file, in their order."""

    heading: tuple[str, ...]
    rows: tuple[FileRow, ...]
    bad: tuple[BadRow, ...]


def read(path: Path, *, currency: str, zone: ZoneInfo, now: datetime) -> HistoryFile:
    """Read the whole file; raises InvalidInput when it is no such file at all. `zone` is that of times without one."""
    lines = _lines(path)
    heading = next(lines, (0, ()))[1]
    places = _places(heading)
    rows: list[FileRow] = []
    bad: list[BadRow] = []
    seen: set[tuple[object, ...]] = set()
    for line, cells in lines:
        try:
            body = _body(cells, places, currency, zone, now)
            key = (body["receipt"], body["occurred_at"], body["member"])
            if key in seen:
                raise InvalidInput("repeated", "The same receipt, time and member stand further up in this file.")
            seen.add(key)
        except InvalidInput as error:
            bad.append(BadRow(line, cells, error.reason, error.message))
        else:
            rows.append(FileRow(line, cells, body))
    return HistoryFile(heading, tuple(rows), tuple(bad))


def report_beside(path: Path) -> Path:
    """Where rows that cannot be told are written to."""
    return path.with_name(f"{path.stem}.rejected.csv")


def write_report(path: Path, heading: Sequence[str], bad: Sequence[BadRow]) -> None:
    """The rows that were not taken with the reason of each, for correcting and telling again; raises NotSaved."""
    half = path.with_name(path.name + ".tmp")
    try:
        with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["line", "reason", "why", *heading])
            writer.writerows([row.line, row.reason, row.message, *row.cells] for row in sorted(bad, key=lambda row: row.line))
        half.replace(path)
    except OSError as error:
        raise NotSaved("report_not_saved", f"{path} cannot be written.", details=type(error).__name__) from None


def _lines(path: Path) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Number of the line that each row ends on, and its cells; empty rows are left out."""
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise InvalidInput("unreadable_file", f"{path} is far too large; split it.")
        text = _text(path.read_bytes())
    except OSError as error:
        raise InvalidInput("unreadable_file", f"{path} cannot be read.", details=type(error).__name__) from None
    first = text.partition("\n")[0]
    delimiter = max(DELIMITERS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield reader.line_num, tuple(cells)
    except csv.Error as error:
        raise InvalidInput(
            "unreadable_file", f"{path} is no CSV file from line {reader.line_num} on.", details=str(error)
        ) from None


def _text(raw: bytes) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace")


def _places(heading: Sequence[str]) -> Mapping[str, tuple[int, ...]]:
    """Which columns hold what; the member may stand in several."""
    names = [name.strip().lower().replace(" ", "_") for name in heading]
    places = {what: tuple(names.index(name) for name in known if name in names) for what, known in COLUMNS.items()}
    if missing := [what for what in NEEDED if not places[what]]:
        sentence = f"The first line has to name the columns, and there is none for: {', '.join(missing)}."
        raise InvalidInput("no_columns", sentence)
    return places


def _body(
    cells: Sequence[str], places: Mapping[str, tuple[int, ...]], currency: str, zone: ZoneInfo, now: datetime
) -> dict[str, object]:
    found = {what: _first(cells, columns) for what, columns in places.items()}
    for what in NEEDED:
        if not found[what]:
            raise InvalidInput(f"no_{what}", f"There is no {what} in this row.")
    for what in ("member", "receipt", "note"):
        _check_text(what, found[what])
    punches = _punches(found["punches"])
    amount = Money.parse(found["amount"] or "0", currency)
    if amount.minor < 0 or (amount.minor == 0 and not punches):
        raise InvalidInput("nothing_to_earn", "The amount is not more than 0.")
    body: dict[str, object] = {
        "member": found["member"],
        "occurred_at": to_wire(_moment(found["date"], zone, now)),
        "amount": str(amount),
        "receipt": found["receipt"],
        "punches": punches,
        "note": found["note"],
    }
    return {name: value for name, value in body.items() if value or name == "amount"}


def _first(cells: Sequence[str], columns: Sequence[int]) -> str:
    return next((cells[at].strip() for at in columns if at < len(cells) and cells[at].strip()), "")


def _check_text(what: str, text: str) -> None:
    longest = LONGEST_FIELD if what == "note" else 128
    if len(text) > longest or any(ord(char) < 0x20 for char in text):
        raise InvalidInput(f"invalid_{what}", f"The {what} is too long, or has characters that cannot be printed.")
    if looks_like_card_number(text):
        raise InvalidInput("card_number", f"The {what} looks like a payment card number, which is never kept here.")


def _punches(text: str) -> int:
    if not text:
        return 0
    if not text.isdecimal() or not 0 <= int(text[:9]) <= MOST_PUNCHES:
        raise InvalidInput("invalid_punches", f"Punches must be a number from 0 to {MOST_PUNCHES}.")
    return int(text)


def _moment(text: str, zone: ZoneInfo, now: datetime) -> datetime:
    """RFC 3339, or `YYYY-MM-DD` with or without a time of the outlet; days written otherwise could be read in two ways."""
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        sentence = "This date cannot be read; write it as 2026-11-22 or 2026-11-22 14:30."
        raise InvalidInput("invalid_date", sentence) from None
    if len(text) <= len("2026-11-22"):
        read = datetime.combine(read.date(), NOON)
    moment = read if read.tzinfo else read.replace(tzinfo=zone)
    if moment > now:
        raise InvalidInput("future_date", "This date is still to come.")
    return moment
