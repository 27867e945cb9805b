"""Who may call the till API: tokens kept as hashes, and one-time codes that are traded for them."""

from __future__ import annotations

import hashlib
import hmac
import json
import sqlite3
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from agent.core.clock import Clock
from agent.core.errors import Conflict, Refused
from agent.core.ids import Ids
from agent.core.proof import proof_from_hash
from agent.db.database import Database, Transaction
from agent.db.times import from_ms, to_ms

T = TypeVar("T")

CODE_DIGITS = 8
CODE_LIFE = timedelta(minutes=2)
CODE_TRIES = 5
SMALL_STEP = timedelta(seconds=5)
"""A clock that is kept right by the network moves by less."""

LIVE = "revoked_at IS NULL"
CODE_HIT = "UPDATE pairings SET tries_left = 0 WHERE id = ?"
CODE_MISS = "UPDATE pairings SET tries_left = tries_left - 1 WHERE tries_left > 0"


@dataclass(frozen=True, slots=True)
class Caller:
    """Whom a token belongs to."""

    name: str
    scopes: frozenset[str]


@dataclass(frozen=True, slots=True)
class TokenInfo:
    """A token in force, without its text, which nobody has but its owner."""

    name: str
    scopes: frozenset[str]
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Paired:
    """A token made by pairing."""

    name: str
    token: str
    scopes: frozenset[str]


class Tokens:
    """The tokens and the codes."""

    def __init__(self, database: Database, clock: Clock, ids: Ids) -> None:
        self._database = database
        self._clock = clock
        self._ids = ids
        self._live: Sequence[tuple[str, Caller]] | None = None
        self._changes = 0

    @property
    def code_life(self) -> timedelta:
        """How long a code is good."""
        return CODE_LIFE

    async def create(self, name: str, scopes: Collection[str], *, replace: bool = False) -> str:
        """A new token, whose text is given this once; Conflict `name_taken` unless `replace` revokes the one before."""
        return await self._change(lambda tx: self._create(tx, name, scopes, replace=replace))

    async def list(self) -> list[TokenInfo]:
        """Tokens in force, by name."""
        query = f"SELECT * FROM tokens WHERE {LIVE} ORDER BY name"
        return await self._database.read(lambda conn: [_info(row) for row in conn.execute(query)])

    async def revoke(self, name: str) -> None:
        """End a token at once; Refused `token_unknown` when none in force has this name."""
        if not await self._change(lambda tx: self._revoke(tx, name)):
            raise Refused("token_unknown", "There is no token with this name.", status=404)

    async def authenticate(self, token: str) -> Caller | None:
        """The caller behind a token, compared in constant time; None when there is none."""
        wanted = _hash(token)
        found = None
        for known, caller in await self._in_force():
            if hmac.compare_digest(known, wanted):
                found = caller
        return found

    async def prove(self, name: str, port: int, nonce: str) -> str | None:
        """The agent's own proof to the owner of a token (`agent.core.proof`); None when no token in force has this name."""
        for known, caller in await self._in_force():
            if caller.name == name:
                return proof_from_hash(bytes.fromhex(known), port, nonce)
        return None

    async def start_pairing(self, name: str, scopes: Collection[str]) -> str:
        """A code of 8 digits for a person to type, good for 2 minutes, 5 tries and one use."""
        code, salt = self._ids.digits(CODE_DIGITS), self._ids.token()
        now = self._clock.now()
        values = (name, salt, _hash(salt + code), json.dumps(sorted(scopes)), to_ms(now + CODE_LIFE), CODE_TRIES)
        insert = "INSERT INTO pairings (name, salt, hash, scopes, expires_at, tries_left) VALUES (?, ?, ?, ?, ?, ?)"

        def work(tx: Transaction) -> None:
            tx.conn.execute("DELETE FROM pairings WHERE expires_at <= ? OR tries_left = 0", (to_ms(now),))
            tx.conn.execute(insert, values)

        await self._database.write(work)
        return code

    async def redeem(self, code: str, name: str = "") -> Paired | None:
        """Trade a code for a token named `name`, or as the code was; None when the code is wrong, used or too old.

        A wrong code costs every open one a try. A token of the same name is replaced: its owner pairs again.
        """
        return await self._change(lambda tx: self._redeem(tx, code, name))

    async def _in_force(self) -> Sequence[tuple[str, Caller]]:
        """Hashes of all tokens in force with their callers, kept in memory: every call asks."""
        if self._live is not None:
            return self._live
        changes = self._changes
        query = f"SELECT name, hash, scopes FROM tokens WHERE {LIVE}"
        live = await self._database.read(
            lambda conn: [(str(row["hash"]), Caller(row["name"], _scopes(row))) for row in conn.execute(query)]
        )
        if changes == self._changes:
            self._live = live
        return live

    async def _change(self, work: Callable[[Transaction], T]) -> T:
        try:
            return await self._database.write(work)
        finally:
            # Also when nobody waits for the answer any more: what is asked from here on comes after the change.
            self._live = None
            self._changes += 1

    def _redeem(self, tx: Transaction, code: str, name: str) -> Paired | None:
        # A code from the future is one whose clock was set back, to make it last.
        now, query = self._clock.now(), "SELECT * FROM pairings WHERE tries_left > 0 AND expires_at > ? AND expires_at <= ?"
        rows = tx.conn.execute(query, (to_ms(now), to_ms(now + CODE_LIFE + SMALL_STEP))).fetchall()
        hits = [row for row in rows if hmac.compare_digest(row["hash"], _hash(row["salt"] + code))]
        if not hits:
            tx.conn.execute(CODE_MISS)
            return None
        tx.conn.execute(CODE_HIT, (hits[0]["id"],))
        name, scopes = name or hits[0]["name"], _scopes(hits[0])
        return Paired(name, self._create(tx, name, scopes, replace=True), scopes)

    def _create(self, tx: Transaction, name: str, scopes: Collection[str], *, replace: bool) -> str:
        if replace:
            self._revoke(tx, name)
        elif tx.conn.execute(f"SELECT 1 FROM tokens WHERE name = ? AND {LIVE}", (name,)).fetchone() is not None:
            raise Conflict("name_taken", "There is already a token with this name.", status=409)
        token = self._ids.token()
        values = (name, _hash(token), json.dumps(sorted(scopes)), to_ms(self._clock.now()))
        tx.conn.execute("INSERT INTO tokens (name, hash, scopes, created_at) VALUES (?, ?, ?, ?)", values)
        return token

    def _revoke(self, tx: Transaction, name: str) -> bool:
        update = f"UPDATE tokens SET revoked_at = ? WHERE name = ? AND {LIVE}"
        return tx.conn.execute(update, (to_ms(self._clock.now()), name)).rowcount > 0


def _info(row: sqlite3.Row) -> TokenInfo:
    return TokenInfo(row["name"], _scopes(row), from_ms(row["created_at"]))


def _scopes(row: sqlite3.Row) -> frozenset[str]:
    return frozenset(json.loads(row["scopes"]))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
