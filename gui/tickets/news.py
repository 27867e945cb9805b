"""What has changed on an order since somebody looked at it: pure, from the order before and after."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from gui.wire.orders import LineSeen, OrderSeen

CANCELLED = "CANCELLED"
STOPPABLE = frozenset({"PAID", "ACCEPTED", "IN_PROGRESS", "READY"})
"""Somebody may be working on these, so that a cancellation has to be seen."""


@dataclass(frozen=True, slots=True)
class Change:
    """One difference; `kind` is `added`, `gone`, `count`, `notes`, `table` or `time`."""

    kind: str
    what: str = ""
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What nobody has looked at yet."""

    since: datetime
    changed_at: datetime
    """When the last of it came."""
    changes: tuple[Change, ...] = ()
    is_cancelled: bool = False
    has_problem: bool = False


def news_of(before: OrderSeen | None, after: OrderSeen, unseen: News | None, now: datetime) -> News | None:
    """What is new about an order on top of what nobody has seen yet; None when nothing is."""
    changed = tuple(changes(before, after)) if before is not None else ()
    is_cancelled = before is not None and after.status == CANCELLED and before.status in STOPPABLE
    is_live = after.status in STOPPABLE
    has_problem = is_live and bool(set(after.problems) - set(before.problems if before else ()))
    old = unseen or News(since=now, changed_at=now)
    if not (changed or is_cancelled or has_problem):
        return unseen
    return News(
        since=old.since,
        changed_at=now,
        changes=(*old.changes, *changed),
        is_cancelled=old.is_cancelled or is_cancelled,
        has_problem=old.has_problem or has_problem,
    )


def changes(before: OrderSeen, after: OrderSeen) -> Iterator[Change]:
    """Every difference that the kitchen cares about, lines first."""
    yield from _lines(before, after)
    if before.notes != after.notes and after.notes:
        yield Change("notes", after.notes)
    if before.table != after.table and after.table:
        yield Change("table", after.table)
    moved = before.promised_at != after.promised_at and before.status == after.status
    if moved and after.promised_at is not None:
        yield Change("time", after.promised_at.isoformat())


def _lines(before: OrderSeen, after: OrderSeen) -> Iterator[Change]:
    old, new = _counted(before), _counted(after)
    for line in dict.fromkeys([*old, *new]):
        if not old[line]:
            yield Change("added", spelled(line, new[line]))
        elif not new[line]:
            yield Change("gone", spelled(line, old[line]))
        elif old[line] != new[line]:
            yield Change("count", line[0], str(old[line]), str(new[line]))


Line = tuple[str, tuple[str, ...], str]
"""Name, modifiers and note: what makes a line the same thing to make."""


def line_key(line: LineSeen) -> Line:
    """What a line is, whatever its quantity."""
    return line.name, line.modifiers, line.notes


def _counted(order: OrderSeen) -> Counter[Line]:
    found: Counter[Line] = Counter()
    for line in order.lines:
        found[line_key(line)] += line.quantity
    return found


def spelled(line: Line, count: int) -> str:
    """`2 Laksa, Large`."""
    return ", ".join(part for part in (f"{count} {line[0]}", *line[1], line[2]) if part)
