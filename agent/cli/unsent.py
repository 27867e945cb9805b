"""Nothing that waits may end up at another outlet, or nowhere: what is asked before a till changes its place."""

from __future__ import annotations

from agent.cli.connection import TillApi
from agent.cli.stored_outbox import StoredOutbox
from agent.core.errors import NeedsPerson
from agent.instance import running
from agent.paths import Home


def waiting(home: Home) -> int:
    """How many entries of a home have not ended; asks its agent, or opens its data."""
    if (agent := running(home)) is not None:
        counts = TillApi(agent).get("status")["outbox"]
        return int(counts["pending"]) + int(counts["parked"])
    return StoredOutbox(home).waiting() if home.db.exists() else 0


def refuse_to_move(home: Home, *changes: tuple[object, object]) -> None:
    """Raises NeedsPerson `entries_wait` when outlet or cloud is to change, each given as it is and as it is to be."""
    if all(not before or before == after for before, after in changes):
        return
    if count := waiting(home):
        sentence = (
            f"{count} entries wait to be sent to the outlet that this till belongs to, so nothing was changed. "
            "Let them be sent first, or take them away with: cata-bridge reset"
        )
        raise NeedsPerson("entries_wait", sentence)
