"""What happens next with an entry, in one sentence: pure, from where the entry stands and how the line is."""

from __future__ import annotations

from datetime import datetime

from agent.core.clouds import Ability
from gui import formats
from gui.outbox.steps import step_for
from gui.state import Link, State
from gui.strings import tr
from gui.wire.entries import EntrySeen
from gui.wire.status import StatusSeen


def what_next(entry: EntrySeen, state: State, now: datetime) -> str:
    """Who or what moves it on, and when; empty for an entry that has ended."""
    if entry.needs_person:
        return tr(f"next.person.{step_for(entry, gives_points=state.can(Ability.POINTS))}")
    if not entry.is_open:
        return ""
    status = state.status
    if status is not None and status.paused_reason == "key_refused":
        return tr("next.key")
    if status is not None and entry.is_loyalty and status.paused_reason == "loyalty_not_configured":
        return tr("next.loyalty")
    if status is None or state.link is not Link.CONNECTED or not status.reachable:
        return tr(f"next.{_verb(entry)}_line")
    return _on_a_good_line(entry, status, now)


def _on_a_good_line(entry: EntrySeen, status: StatusSeen, now: datetime) -> str:
    if entry.not_before is not None and entry.not_before > now and not entry.slip:
        return tr(f"next.{_verb(entry)}_at", time=formats.clock(entry.not_before, formats.zone(status.timezone)))
    return tr("next.sending" if entry.state == "sending" else f"next.{_verb(entry)}")


def _verb(entry: EntrySeen) -> str:
    """A granted discount is settled, an entry without an answer is asked about, anything else is sent."""
    if entry.slip:
        return "settle"
    return "ask" if entry.outcome == "unknown" else "send"
