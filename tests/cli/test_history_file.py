"""A file of past purchases: columns by name, dates and amounts exact, bad rows named and none lost."""

from __future__ import annotations

import csv
import os
import stat
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from agent.cli.history_file import BadRow, HistoryFile, read, report_beside, write_report
from agent.core.errors import InvalidInput, NotSaved

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def of(folder: Path, text: str | bytes, name: str = "old.csv") -> HistoryFile:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read(path, currency="SGD", zone=ZoneInfo("Asia/Singapore"), now=NOW)


def test_columns_are_found_by_their_names_in_any_order_and_with_any_comma(tmp_path: Path) -> None:
    found = of(
        tmp_path, "Invoice Number;Total;Transaction Date;Email;Phone;Punches;Shelf\nR-1;12.50;2026-01-31 18:05;;+6591230001;2;x\n"
    )
    assert [row.body for row in found.rows] == [
        {"member": "+6591230001", "occurred_at": "2026-01-31T10:05:00Z", "amount": "12.50", "receipt": "R-1", "punches": 2}
    ]
    assert (found.rows[0].line, found.bad) == (2, ())


@pytest.mark.parametrize(
    ("written", "means"),
    [
        ("2026-01-31", "2026-01-31T04:00:00Z"),
        ("2026-01-31T18:05:09", "2026-01-31T10:05:09Z"),
        ("2026-01-31T18:05:09Z", "2026-01-31T18:05:09Z"),
        ("2026-01-31T18:05:09+02:00", "2026-01-31T16:05:09Z"),
    ],
)
def test_a_date_is_of_the_outlet_unless_it_says_otherwise(tmp_path: Path, written: str, means: str) -> None:
    found = of(tmp_path, f"member,date,amount,receipt\nCKT1,{written},1,R\n")
    assert found.rows[0].body["occurred_at"] == means


def test_a_bad_row_is_named_with_its_reason_and_nothing_beside_it_is_lost(tmp_path: Path) -> None:
    rows = {
        ",2026-01-01,1.00,R-1": "no_member",
        "CKT1,,1.00,R-1": "no_date",
        "CKT1,2026-01-01,1.00,": "no_receipt",
        "CKT1,31/01/2026,1.00,R-1": "invalid_date",
        "CKT1,2027-01-01,1.00,R-1": "future_date",
        "CKT1,2026-01-01,a lot,R-1": "invalid_amount",
        "CKT1,2026-01-01,1.005,R-1": "invalid_amount",
        "CKT1,2026-01-01,-1.00,R-1": "nothing_to_earn",
        "CKT1,2026-01-01,0,R-1": "nothing_to_earn",
        "CKT1,2026-01-01,1.00,R-1,many": "invalid_punches",
        "CKT1,2026-01-01,1.00,R-1,101": "invalid_punches",
        "4111111111111111,2026-01-01,1.00,R-1": "card_number",
        f"{'x' * 129},2026-01-01,1.00,R-1": "invalid_member",
        "CKT9,2026-01-01,9.00,R-9": "repeated",
    }
    lines = ["member,date,amount,receipt,punches", "CKT9,2026-01-01,9.00,R-9", *rows, "", "CKT8,2026-01-01,,R-8,1"]
    found = of(tmp_path, "\n".join(lines))
    assert [row.body["receipt"] for row in found.rows] == ["R-9", "R-8"]
    assert [row.reason for row in found.bad] == list(rows.values())
    assert all(row.message for row in found.bad)
    assert found.bad[0].line == 3


def test_the_report_holds_the_rows_as_they_stood_and_is_for_its_owner_only(tmp_path: Path) -> None:
    found = of(tmp_path, "member,date,amount,receipt\nCKT1,never,1,R-1\n")
    report = report_beside(tmp_path / "old.csv")
    write_report(report, found.heading, [*found.bad, BadRow(1, ("x",), "first", "First.")])
    with report.open(newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["line", "reason", "why", "member", "date", "amount", "receipt"]
    assert rows[1][:2] == ["1", "first"]
    assert rows[2][:2] == ["2", "invalid_date"]
    assert rows[2][3:] == ["CKT1", "never", "1", "R-1"]
    assert os.name != "posix" or stat.S_IMODE(report.stat().st_mode) == 0o600
    with pytest.raises(NotSaved):
        write_report(tmp_path / "nowhere" / "x.csv", (), [])


def test_what_is_no_such_file_is_refused_with_a_sentence(tmp_path: Path) -> None:
    for text in ("", "a,b\n1,2\n"):
        with pytest.raises(InvalidInput, match="no_columns"):
            of(tmp_path, text)
    with pytest.raises(InvalidInput, match="unreadable_file"):
        read(tmp_path / "none.csv", currency="SGD", zone=ZoneInfo("UTC"), now=NOW)
    with pytest.raises(InvalidInput, match="unreadable_file"):
        of(tmp_path, "member,date,amount,receipt\n" + "x" * 200_000 + "\n")


def test_an_old_code_page_is_read_and_a_file_beyond_all_reason_is_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = of(tmp_path, "member,date,amount,receipt,note\nCKT1,2026-01-01,1,R-1,Caf\xe9\n".encode("cp1252"))
    assert found.rows[0].body["note"] == "Café"
    monkeypatch.setattr("agent.cli.history_file.LARGEST_FILE", 3)
    with pytest.raises(InvalidInput, match="unreadable_file"):
        of(tmp_path, "member,date\n")
