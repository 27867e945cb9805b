"""Nothing that waits may end up at another outlet, or nowhere: what is asked before a till changes its place."""

from __future__ import annotations

from agent.cli.connection import TillApi
from agent.cli.stored_outbox import StoredOutbox
from agent.instance import running
from agent.paths import Home
from agent.setup.place import moves, refuse_while_waiting


def waiting(home: Home) -> int:
    """How many entries of a home have not ended; asks its agent, or opens its data."""
    if (agent := running(home)) is not None:
        counts = TillApi(agent).get("status")["outbox"]
        return int(counts["pending"]) + int(counts["parked"])
    return StoredOutbox(home).waiting() if home.db.exists() else 0


def refuse_to_move(home: Home, *changes: tuple[object, object]) -> None:
    """Raises NeedsPerson `entries_wait` when outlet or cloud is to change, each given as it is and as it is to be."""
    if moves(*changes):
        refuse_while_waiting(waiting(home))
