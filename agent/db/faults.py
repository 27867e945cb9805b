"""What SQLite's errors mean to the rest of the agent."""

from __future__ import annotations

import sqlite3

from agent.core.errors import CataBridgeError, DamagedData, InvalidInput, NotSaved

PRIMARY_CODE = 0xFF
"""The low byte of an extended result code is the primary one."""
DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
NO_ROOM = "disk_full"
NOT_SAVED = {
    sqlite3.SQLITE_FULL: (NO_ROOM, "The disk of this till is full, so this could not be saved."),
    sqlite3.SQLITE_IOERR: ("disk_failed", "The disk of this till did not take this, so it could not be saved."),
    sqlite3.SQLITE_READONLY: ("disk_read_only", "The data folder of this till cannot be written to."),
    sqlite3.SQLITE_CANTOPEN: ("cannot_open", "The data folder of this till cannot be opened."),
    sqlite3.SQLITE_BUSY: ("database_in_use", "Another program is using the data of this till."),
}


def translate(error: sqlite3.Error | UnicodeDecodeError) -> CataBridgeError:
    """The error of ours that tells the caller what to do next."""
    if isinstance(error, UnicodeDecodeError):
        return DamagedData("database_damaged", "The stored data of this till is damaged.", details="unreadable text")
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & PRIMARY_CODE
    if code in DAMAGED:
        return DamagedData("database_damaged", "The stored data of this till is damaged.", details=str(error))
    if code == sqlite3.SQLITE_CONSTRAINT:
        return InvalidInput("change_refused", "The stored data does not allow this change.", details=str(error))
    reason, message = NOT_SAVED.get(code, ("not_saved", "This could not be saved."))
    return NotSaved(reason, message, details=str(error))
