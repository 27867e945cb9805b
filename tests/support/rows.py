"""Everything that is stored, as numbers to compare: an attack that was refused has changed none of them."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Mapping

from agent.agent import Agent

TABLES = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"


def count(conn: sqlite3.Connection) -> Mapping[str, int]:
    """Rows of every table."""
    return {name: int(conn.execute(f"SELECT count(*) FROM {name}").fetchone()[0]) for name in _tables(conn)}


def digest(conn: sqlite3.Connection) -> Mapping[str, str]:
    """One hash over all cells of every table."""
    return {name: _hash(conn.execute(f"SELECT * FROM {name}").fetchall()) for name in _tables(conn)}


async def counted(agent: Agent) -> Mapping[str, int]:
    """Rows of every table of a running agent, its cache apart."""
    return await agent.parts.database.read(count)


async def digested(agent: Agent) -> Mapping[str, str]:
    """All cells of a running agent's tables, its cache apart."""
    return await agent.parts.database.read(digest)


def _tables(conn: sqlite3.Connection) -> list[str]:
    return [str(row[0]) for row in conn.execute(TABLES)]


def _hash(rows: list[sqlite3.Row]) -> str:
    return hashlib.sha256(repr([tuple(row) for row in rows]).encode()).hexdigest()
