"""Databases to read from: a SQLite file, or anything that ODBC reaches; every page is a connection and a statement of its own."""

from __future__ import annotations

import importlib.util
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from agent.core.errors import NeedsPerson, Refused, Unreachable

READING = frozenset({sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE})
"""All that a statement may do."""
STEPS = 5000
"""Steps of SQLite's machine between two looks at the clock."""
LOCKED = ("locked", "busy")
LOGIN_S = 10
BUSY_STATES = frozenset({"40001", "HYT00", "HYT01", "08S01", "08001", "08003", "08007"})
"""SQLSTATEs that pass by themselves: deadlock, time-out, a connection that is not there."""

Row = dict[str, Any]


class Source(Protocol):
    """A database."""

    def rows(self, sql: str, values: list[object]) -> list[Row]:
        """The rows of one reading statement; blocks.

        Raises Unreachable while the database is locked or away, Refused `query_failed` or `query_slow`, NeedsPerson.
        """
        ...


@dataclass(frozen=True)
class SqliteFile:
    """A file of another program: opened to read only, nothing but reading is let through."""

    path: Path
    busy_s: float
    query_s: float
    monotonic: Callable[[], float]
    most_rows: int

    def rows(self, sql: str, values: list[object]) -> list[Row]:
        """See Source."""
        with _sqlite_errors(self.path), closing(self._open()) as connection:
            ends_at = self.monotonic() + self.busy_s + self.query_s
            connection.set_progress_handler(lambda: int(self.monotonic() > ends_at), STEPS)
            cursor = connection.execute(sql, values)
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchmany(self.most_rows)]

    def _open(self) -> sqlite3.Connection:
        if not self.path.is_file():
            sentence = f"There is no database at {self.path}; check that the POS's computer is on and the folder is shared."
            raise Unreachable("database_missing", sentence, maybe_applied=False)
        uri = f"{self.path.absolute().as_uri()}?mode=ro"
        connection = sqlite3.connect(uri, uri=True, timeout=self.busy_s, isolation_level=None)
        connection.set_authorizer(_only_reading)
        return connection


@dataclass(frozen=True)
class OdbcDatabase:
    """Whatever an ODBC driver of this computer reaches, asked for read-only access."""

    connection_string: str = field(repr=False)
    query_s: float
    most_rows: int

    def rows(self, sql: str, values: list[object]) -> list[Row]:
        """See Source."""
        pyodbc = _pyodbc()
        try:
            # Each statement commits by itself: nothing is held on to in the POS's database.
            with closing(pyodbc.connect(self.connection_string, readonly=True, autocommit=True, timeout=LOGIN_S)) as connection:
                connection.timeout = max(1, round(self.query_s))
                cursor = connection.cursor()
                cursor.execute(sql, values)
                names = [column[0] for column in cursor.description or ()]
                return [dict(zip(names, row, strict=True)) for row in cursor.fetchmany(self.most_rows)]
        except pyodbc.Error as error:
            raise _odbc_error(error) from None


def why_no_odbc() -> str:
    """One sentence when ODBC cannot be used on this computer, else empty."""
    if importlib.util.find_spec("pyodbc") is None:
        return "ODBC needs the component pyodbc, which is not installed on this computer: install cata-bridge[odbc]."
    try:
        _pyodbc()
    except NeedsPerson as error:
        return error.message
    return ""


def _pyodbc() -> Any:
    try:
        import pyodbc
    except ImportError as error:
        sentence = "The component pyodbc or the ODBC manager of this computer is not installed."
        raise NeedsPerson("driver_unavailable", sentence, details=str(error)) from None
    return pyodbc


def _only_reading(action: int, *_: object) -> int:
    return sqlite3.SQLITE_OK if action in READING else sqlite3.SQLITE_DENY


@contextmanager
def _sqlite_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        said = str(error).lower()
        if any(word in said for word in LOCKED):
            raise _locked(str(error)) from None
        if "interrupted" in said:
            raise _slow() from None
        if "unable to open" in said or not os.access(path, os.R_OK):
            sentence = f"The database {path} cannot be opened; this account may not be allowed to read it."
            raise NeedsPerson("database_not_permitted", sentence) from None
        raise _failed(str(error)) from None
    except sqlite3.Error as error:
        raise _failed(str(error)) from None


def _odbc_error(error: Exception) -> NeedsPerson | Refused | Unreachable:
    state = str(error.args[0]) if error.args else ""
    if state.startswith("28"):
        return NeedsPerson("pos_credentials", "The database does not accept this till's credentials.", details=state)
    if state == "HYT00":
        return _slow()
    if state in BUSY_STATES:
        return _locked(state)
    if state in ("IM002", "IM003", "01000"):
        sentence = "The ODBC driver or data source that the settings name is not installed on this computer."
        return NeedsPerson("driver_unavailable", sentence, details=state)
    return _failed(state)


def _locked(details: str) -> Unreachable:
    sentence = "The database is busy or away just now; it is asked again later."
    return Unreachable("database_locked", sentence, maybe_applied=False, line_down=False, details=details)


def _slow() -> Refused:
    return Refused("query_slow", "A query takes longer than it may; it would hold up the POS, so it was broken off.")


def _failed(details: str) -> Refused:
    return Refused("query_failed", "The database refuses a query; check it in the settings.", details=details)
