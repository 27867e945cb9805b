"""Tills that are cut off together, each with the real decision and the real ledger of grants, against one true balance.

Only what surrounds them is a model: there is no network and no thread, so that an outage costs a millisecond.
"""

from __future__ import annotations

import random
import sqlite3
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, cast

from agent.core.entry import Draft, Entry, EntryError, EntryKind, Outcome
from agent.core.member import Balance, MemberRef
from agent.core.money import Money, Points
from agent.core.offline_burn import OfflineTerms, Seen
from agent.core.ref_code import ref_code_for_entry
from agent.db import outbox_moves as moves
from agent.db.database import Transaction
from agent.db.grants import Asked, Grants
from agent.db.migrations import statements
from agent.db.outbox import Outbox
from agent.db.outbox_rows import to_entry
from agent.db.schema import BRIDGE
from agent.db.sealing import Seal
from tests.support.clock import CountingIds, FakeClock
from tests.support.offline import TERMS

NOT_A_DATABASE = cast("Any", None)
"""Nothing is awaited here: the transaction is handed in."""
TILLS = 2
MEMBERS = ("mei", "raj", "siti", "tan")
OUTAGE_TERMS = replace(
    TERMS, devices=TILLS, device_cap=Money(400, "SGD"), balance_percent=100, member_grants_a_day=2, outage=timedelta(minutes=30)
)
"""A cap that a random outage hits often."""
CLOCK_MOVES = (-86_400, -3_600, -60, 60, 3_600, 86_400)


@dataclass
class Truth:
    """The cloud's ledger."""

    balance: dict[str, int] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)
    confirmed: int = 0

    def burn(self, member: str, points: int, key: str) -> bool:
        """Once for a key; False when there are too few."""
        if key not in self.taken:
            if self.balance[member] < points:
                return False
            self.balance[member] -= points
            self.taken.add(key)
            self.confirmed += points
        return True


class OpenSeal(Seal):
    """Seals nothing: what is kept secret is not what this is about, and it would be half of the time."""

    def seal(self, plain: bytes | str) -> bytes:
        return plain.encode() if isinstance(plain, str) else plain

    def open(self, sealed: bytes) -> bytes:
        return sealed

    def mark(self, values: Iterable[object]) -> bytes:
        return b"m"


SEAL = OpenSeal(b"k" * 32)


class Till:
    """One till with its own file, its own clock and its own memory of balances."""

    def __init__(self, name: str, terms: OfflineTerms) -> None:
        self.name, self.terms = name, terms
        self.clock, self.ids = FakeClock(), CountingIds()
        self.seal = SEAL
        self.conn = sqlite3.connect(":memory:", isolation_level=None)
        self.conn.row_factory = sqlite3.Row
        for step in BRIDGE.steps:
            for statement in statements(step):
                self.conn.execute(statement)
        self.conn.execute("PRAGMA recursive_triggers = ON")
        self.known: dict[str, tuple[int, float, datetime]] = {}
        """Member -> balance, and when it was heard by both clocks."""
        self.number = 0
        self.restart()
        self.transact(lambda tx: self.grants._switch_on(tx, self.terms, "Ann"))

    def restart(self) -> None:
        """Another process: what was held in memory is gone, and its monotonic clock starts anywhere."""
        self.number += 1
        self.outbox = Outbox(NOT_A_DATABASE, self.seal, self.clock)
        process = f"{self.name}-{self.number}"
        self.grants = Grants(NOT_A_DATABASE, self.seal, self.outbox, clock=self.clock, ids=self.ids, process=process)
        self.known.clear()
        self.heard: tuple[float, Any] | None = None
        self.down_from: float | None = None

    def transact(self, work: Any) -> Any:
        self.conn.execute("BEGIN IMMEDIATE")
        try:
            done = work(Transaction(self.conn))
        except BaseException:
            self.conn.execute("ROLLBACK")
            raise
        self.conn.execute("COMMIT")
        return done

    def switch_on(self) -> None:
        """As a manager does, whenever it is off."""
        if not self.conn.execute("SELECT state = 'on' FROM offline_switch ORDER BY seq DESC LIMIT 1").fetchone()[0]:
            self.transact(lambda tx: self.grants._switch_on(tx, self.terms, "Ann"))

    def answered(self) -> None:
        """The cloud was heard, and says what time it is."""
        self.heard = (self.clock.monotonic(), self.clock.now())
        self.down_from = None

    def look_up(self, truth: Truth, member: str) -> None:
        self.answered()
        self.known[member] = (truth.balance[member], self.clock.monotonic(), self.clock.now())

    def cut(self) -> None:
        self.down_from = self.clock.monotonic() if self.down_from is None else self.down_from

    def burn(self, member: str, points: int, *, approved: bool) -> Entry:
        self.number += 1
        entry_id = f"{self.name}-{self.number}"
        draft = Draft(
            id=entry_id,
            kind=EntryKind.BURN,
            lane=f"member:{member}",
            ref_code=ref_code_for_entry(entry_id),
            payload={},
            created_at=self.clock.now(),
            member=MemberRef(uuid=member),
            points=Points(points),
            urgent=True,
        )
        as_of = self.known[member][2] if member in self.known else None
        asked = Asked(draft=draft, business_day=self.clock.now().date().isoformat(), balance_as_of=as_of)
        recorded = self.transact(lambda tx: self.grants._decide(tx, asked, self.terms, self._seen(member, approved)))
        return cast("Entry", recorded.entry)

    def _seen(self, member: str, approved: bool) -> Seen:
        ticks, now = self.clock.monotonic(), self.clock.now()
        balance, heard_at, _ = self.known.get(member, (0, 0.0, now))
        passed = timedelta(seconds=ticks - self.heard[0]) if self.heard else None
        is_right = self.heard is not None and passed is not None and abs(now - self.heard[1] - passed) <= timedelta(minutes=2)
        return Seen(
            now=now,
            is_line_broken=self.down_from is not None,
            is_clock_right=is_right,
            silent_for=passed,
            down_for=None if self.down_from is None else timedelta(seconds=ticks - self.down_from),
            is_scanned=True,
            is_approved=approved,
            balance=Balance(points=Points(balance), expiring=Points(0), expires_at=None) if member in self.known else None,
            balance_age=timedelta(seconds=ticks - heard_at) if member in self.known else None,
        )

    def granted(self) -> list[Entry]:
        """Burns with a grant that have not ended."""
        rows = self.conn.execute(
            "SELECT o.* FROM outbox AS o JOIN grants AS g ON g.entry_id = o.id WHERE g.ended IS NULL ORDER BY o.seq"
        ).fetchall()
        return [to_entry(row, self.seal) for row in rows]

    def settle(self, truth: Truth, entry: Entry) -> bool:
        """The cloud is asked; returns whether the points were there."""
        assert entry.member is not None
        assert entry.member.uuid is not None
        assert entry.points is not None
        is_there = truth.burn(entry.member.uuid, entry.points, entry.ref_code)
        outcome = Outcome.CONFIRMED if is_there else Outcome.DECLINED
        error = moves.sealed_error(None if is_there else EntryError("shortfall", "Too few."), self.seal)

        def work(tx: Transaction) -> None:
            assert moves.claim_one(tx, entry.id) is not None
            moves.settle(tx, entry.id, outcome, error, self.clock.now())

        self.transact(work)
        self.known.pop(entry.member.uuid, None)
        return is_there


@dataclass
class Loss:
    """What one outage cost, and whether anything was more than it may be."""

    granted: int = 0
    confirmed: int = 0
    lost: int = 0
    by_till: Counter[str] = field(default_factory=Counter)
    """Granted, by the till that did."""
    balances: int = 0
    exceeded: str = ""


class Outage:
    """One random outage of an outlet with several tills, from the last word of the cloud to its first again."""

    def __init__(self, tills: list[Till], random_: random.Random, steps: int) -> None:
        self.tills, self.random, self.steps = tills, random_, steps
        self.truth = Truth({member: random_.randrange(0, 600) for member in MEMBERS})
        self.loss = Loss(balances=sum(self.truth.balance.values()))

    def play(self) -> Loss:
        pick = self.random
        for till in self.tills:
            till.clock.move(86_400)
            till.switch_on()
            for member in pick.sample(MEMBERS, 3):
                till.look_up(self.truth, member)
            till.cut()
        for _ in range(pick.randrange(self.steps // 2, self.steps + 1)):
            self.step(pick.choice(self.tills))
        for till in self.tills:
            till.answered()
            for entry in till.granted():
                self.settle(till, entry)
        return self._judged()

    def step(self, till: Till) -> None:
        """Mostly somebody redeems; sometimes the clock is set, the line comes and goes, or the till starts again."""
        pick = self.random
        match pick.randrange(12):
            case 0:
                till.clock.jump(pick.choice(CLOCK_MOVES))
            case 1:
                till.clock.move(pick.choice((60, 600, 1_900)))
            case 2:
                till.restart()
                till.cut()
            case 3:
                self._flap(till)
            case 4:
                till.switch_on()
            case _:
                self._redeem(till)

    def _redeem(self, till: Till) -> None:
        member = self.random.choice(sorted(till.known) or MEMBERS)
        most = min(till.known[member][0] if member in till.known else 300, 300)
        points = self.random.choice((most, self.random.randrange(1, 301))) or 1
        entry = till.burn(member, points, approved=self.random.random() < 0.9)
        if entry.grant is not None:
            self.loss.granted += entry.grant.value.minor
            self.loss.by_till[till.name] += entry.grant.value.minor

    def _flap(self, till: Till) -> None:
        """The line is back for a moment: somebody is looked up, and perhaps some of what was granted is settled."""
        open_ones = till.granted()
        till.look_up(self.truth, self.random.choice(MEMBERS))
        for entry in open_ones[: self.random.randrange(0, max(1, len(open_ones)))]:
            self.settle(till, entry)
        till.cut()

    def settle(self, till: Till, entry: Entry) -> None:
        if till.settle(self.truth, entry):
            self.loss.confirmed += entry.points or 0
        else:
            self.loss.lost += entry.points or 0

    def _judged(self) -> Loss:
        loss, worst, cap = self.loss, OUTAGE_TERMS.worst_case.minor, OUTAGE_TERMS.device_cap.minor
        if loss.granted > worst or max(loss.by_till.values(), default=0) > cap or loss.lost > worst:
            loss.exceeded = f"granted {loss.granted}, lost {loss.lost}, at worst {worst}"
        elif loss.confirmed + loss.lost != loss.granted or loss.confirmed > loss.balances:
            loss.exceeded = f"{loss} does not add up"
        return loss


def outlet() -> list[Till]:
    """The tills of one outlet."""
    return [Till(f"till-{number}", OUTAGE_TERMS) for number in range(1, TILLS + 1)]
