"""The outbox: what waits, what happened, and what a person does about it.

A `pos` token sees earns and burns only. Discarding needs the manager's PIN when the outlet has set one.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query

from agent.api.auth import Deps, PosCaller, ScreenCaller, TheGate, sees_all
from agent.api.needs.access import Caller
from agent.api.schema import (
    CarriedEntry,
    DiscardBody,
    EmptyBody,
    Entries,
    Entry,
    ExportBody,
    Exported,
    ImportBody,
    Imported,
    entry_view,
)
from agent.api.schema.shape import Name
from agent.core import entry
from agent.core.entry import LOYALTY_KINDS, EntryKind, EntryState
from agent.core.errors import Refused
from agent.core.events import EntryChanged, StatusChanged

router = APIRouter(prefix="/v1/outbox", tags=["outbox"])

PAGE = 100
LARGEST_PAGE = 500
EntryId = Annotated[Name, Path()]


@router.get("")
async def page(
    services: Deps,
    caller: PosCaller,
    state: EntryState | None = None,
    kind: EntryKind | None = None,
    limit: Annotated[int, Query(ge=1, le=LARGEST_PAGE)] = PAGE,
    after: Annotated[Name | None, Query()] = None,
) -> Entries:
    """One page of entries."""
    found = await services.outbox.page(state=state, kind=kind, limit=limit, after=after)
    return Entries(entries=[entry_view(each) for each in found.entries if _may_see(caller, each)], next=found.next)


@router.post("/export")
async def export_entries(body: ExportBody, services: Deps, gate: TheGate, caller: ScreenCaller) -> Exported:
    """One page of what has not ended, with all that another home needs to send it; nothing is removed."""
    gate.manager(body.pin)
    page = await services.evacuation.take(after=body.after, by=caller.name)
    entries = [CarriedEntry.of(each) for each in page.entries]
    return Exported(outlet_id=services.evacuation.outlet_id, entries=entries, next=page.next)


@router.post("/import")
async def import_entries(body: ImportBody, services: Deps, gate: TheGate, caller: ScreenCaller) -> Imported:
    """Record what is not here yet, each entry under its own key; 409 `other_outlet`."""
    gate.manager(body.pin)
    brought = await services.evacuation.bring(
        [each.entry() for each in body.entries],
        outlet_id=body.outlet_id,
        written_at=body.written_at,
        is_final=body.final,
        by=caller.name,
    )
    return Imported(
        recorded=len(brought.recorded),
        known=brought.known,
        overtaken=brought.overtaken,
        different=list(brought.different),
    )


@router.get("/{entry_id}")
async def one(entry_id: EntryId, services: Deps, caller: PosCaller) -> Entry:
    """One entry."""
    found = await services.outbox.get(entry_id)
    if found is None or not _may_see(caller, found):
        raise Refused("entry_unknown", "There is no such entry here.")
    return entry_view(found)


@router.post("/{entry_id}/retry")
async def retry(entry_id: EntryId, services: Deps, caller: ScreenCaller, body: EmptyBody | None = None) -> Entry:
    """Send a pending or parked entry now, even while its lane is paused."""
    return entry_view(await services.sender.retry(entry_id))


@router.post("/{entry_id}/discard")
async def discard(entry_id: EntryId, body: DiscardBody, services: Deps, gate: TheGate, caller: ScreenCaller) -> Entry:
    """Give an entry up for good; the reason is kept."""
    gate.manager(body.pin)
    gone = await services.outbox.discard(entry_id, reason=body.reason, by=caller.name)
    await services.offline_burn.settled(gone)
    services.bus.publish(EntryChanged(gone))
    services.bus.publish(StatusChanged())
    return entry_view(gone)


def _may_see(caller: Caller, found: entry.Entry) -> bool:
    return sees_all(caller) or found.kind in LOYALTY_KINDS
