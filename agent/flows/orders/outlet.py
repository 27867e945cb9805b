"""Opening, closing and busy: told to the cloud, with our own timer that ends busy even across a restart."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

from agent.core.clock import Clock, from_wire, rest, to_wire
from agent.core.entry import Draft, Entry, EntryKind, EntryState, Outcome
from agent.core.errors import InvalidInput, NotSaved
from agent.core.events import StatusChanged
from agent.core.ids import Ids
from agent.core.ref_code import payload_hash, ref_code_for_entry
from agent.core.sentence import Sentence
from agent.db.audit import Audit
from agent.db.facts import Facts
from agent.db.outbox import Outbox
from agent.flows.bus import Bus
from agent.flows.line.recording import Recorder

log = logging.getLogger(__name__)

LANE = "outlet"
STATE = "outlet.state"
"""Fact: `{"closed", "busy_until"}`, what staff last asked for."""
REGISTERED = "outlet.registered"
"""Fact: hash of the last registration that the cloud confirmed."""
LONGEST_BUSY_MIN = 480
NOT_SAVED_WAIT_S = 5.0
MOST_OPEN_SYNCS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class OpeningHours:
    """One weekday's hours; closing at or before opening means after midnight."""

    day: int
    """1 is Monday."""
    opens: time
    closes: time


@dataclass(frozen=True, slots=True, kw_only=True)
class OutletProfile:
    """What the cloud is told about the shop when it is registered."""

    external_id: str
    name: str
    timezone: str
    currency: str
    country: str = ""
    street: str = ""
    city: str = ""
    postal_code: str = ""
    phone: str = ""
    hours: tuple[OpeningHours, ...] = ()


class OutletDesk:
    """The switches of the shop; what staff asked for is durable before anybody is told."""

    def __init__(
        self,
        outbox: Outbox,
        recorder: Recorder,
        facts: Facts,
        audit: Audit,
        bus: Bus,
        *,
        clock: Clock,
        ids: Ids,
        zone: ZoneInfo,
        profile: OutletProfile | None,
    ) -> None:
        """`profile` is None when registering the outlet has not been switched on."""
        self._outbox = outbox
        self._recorder = recorder
        self._facts = facts
        self._audit = audit
        self._bus = bus
        self._clock = clock
        self._ids = ids
        self._zone = zone
        self._profile = profile
        self._is_closed = False
        self._busy_until: datetime | None = None
        self._busy_ends = 0.0
        self._wake = asyncio.Event()

    async def run(self) -> None:
        """End busy when its time has come, until cancelled."""
        await self.load()
        while True:
            self._wake.clear()
            if self._busy_until is None:
                await self._wake.wait()
            elif (wait_s := self._busy_ends - self._clock.monotonic()) > 0:
                await rest(self._clock, wait_s, self._wake)
            else:
                await self._end_busy()

    async def load(self) -> None:
        """Take up what staff asked for before the start; a wall clock that was set back never makes busy longer than asked."""
        state = cast("dict[str, Any]", await self._facts.get(STATE) or {})
        self._is_closed = bool(state.get("closed"))
        self._busy_until = from_wire(state["busy_until"]) if state.get("busy_until") else None
        if self._busy_until is not None:
            left_s = (self._busy_until - self._clock.now()).total_seconds()
            self._busy_ends = self._clock.monotonic() + min(max(left_s, 0.0), float(state["minutes"]) * 60)

    def busy_until(self) -> datetime | None:
        """When busy ends by itself; None while the outlet is not busy."""
        return self._busy_until

    def paused(self) -> str:
        """Why no orders come, in one sentence; empty when the outlet is open and not busy."""
        if self._is_closed:
            return Sentence("The outlet is closed for orders.", "outlet_closed")
        if self._busy_until is not None:
            until = f"{self._busy_until.astimezone(self._zone):%H:%M}"
            return Sentence(f"The outlet is busy until {until}; no orders come until then.", "outlet_busy", until=until)
        return ""

    async def open(self, by: str) -> Entry:
        """Take orders again; raises NotSaved."""
        return await self._switch("OPEN", by)

    async def close(self, by: str) -> Entry:
        """Take no orders; raises NotSaved."""
        return await self._switch("CLOSED", by)

    async def busy(self, minutes: int, by: str) -> Entry:
        """Take no orders for so many minutes; 0 ends it now. Raises InvalidInput `invalid_minutes`, NotSaved."""
        if not 0 <= minutes <= LONGEST_BUSY_MIN:
            raise InvalidInput("invalid_minutes", f"Busy lasts between 1 and {LONGEST_BUSY_MIN} minutes.", field="minutes")
        await self._audit.append(by, "busy", LANE, f"{minutes} minutes")
        if minutes == 0:
            return await self._end_busy_now()
        until = self._clock.now() + timedelta(minutes=minutes)
        # The timer first: after a crash between the two the worst is a needless "no longer busy".
        await self._remember(busy_until=until, minutes=minutes)
        self._busy_until, self._busy_ends = until, self._clock.monotonic() + minutes * 60
        self._wake.set()
        return await self._tell("busy", {"isBusy": True, "busyUntil": to_wire(until)})

    async def register(self) -> Entry | None:
        """Tell the cloud who we are, when that is switched on and has changed; None when there is nothing to tell."""
        if self._profile is None:
            return None
        body = profile_body(self._profile)
        wanted = payload_hash({"verb": "sync", "body": body})
        if await self._facts.get(REGISTERED) == wanted:
            return None
        return await self._on_its_way(wanted) or await self._tell("sync", body)

    async def settled(self, entry: Entry) -> None:
        """Remember a confirmed registration, so that it is sent once; when the disk refuses, it is sent again."""
        if entry.kind is EntryKind.OUTLET and entry.payload.get("verb") == "sync" and entry.outcome is Outcome.CONFIRMED:
            try:
                await self._facts.set(REGISTERED, entry.payload_hash)
            except NotSaved as error:
                log.warning("confirmed registration not remembered entry=%s reason=%s", entry.id, error.reason)

    async def _switch(self, status: str, by: str) -> Entry:
        await self._audit.append(by, status.lower(), LANE, "")
        entry = await self._tell("status", {"status": status})
        is_closed = status == "CLOSED"
        await self._remember(closed=is_closed)
        self._is_closed = is_closed
        self._bus.publish(StatusChanged())
        return entry

    async def _end_busy(self) -> None:
        try:
            await self._end_busy_now()
        except NotSaved as error:
            log.warning("end of busy could not be saved, trying again reason=%s", error.reason)
            await self._clock.sleep(NOT_SAVED_WAIT_S)

    async def _end_busy_now(self) -> Entry:
        entry = await self._tell("busy", {"isBusy": False})
        await self._remember(busy_until=None)
        self._busy_until = None
        self._wake.set()
        self._bus.publish(StatusChanged())
        log.info("outlet is no longer busy entry=%s", entry.id)
        return entry

    async def _remember(self, **changes: object) -> None:
        state = cast("dict[str, object]", await self._facts.get(STATE) or {})
        wired = {key: to_wire(value) if isinstance(value, datetime) else value for key, value in changes.items()}
        await self._facts.set(STATE, state | wired)

    async def _tell(self, verb: str, body: Mapping[str, object]) -> Entry:
        entry_id = self._ids.new()
        return await self._recorder.record(
            Draft(
                id=entry_id,
                kind=EntryKind.OUTLET,
                lane=LANE,
                ref_code=ref_code_for_entry(entry_id),
                payload={"verb": verb, "body": dict(body)},
                created_at=self._clock.now(),
            )
        )

    async def _on_its_way(self, wanted: str) -> Entry | None:
        for state in (EntryState.PENDING, EntryState.SENDING, EntryState.PARKED):
            page = await self._outbox.page(state=state, kind=EntryKind.OUTLET, limit=MOST_OPEN_SYNCS, after=None)
            for entry in page.entries:
                if entry.payload_hash == wanted:
                    return entry
        return None


def profile_body(profile: OutletProfile) -> dict[str, object]:
    """The body of `outlets/sync` (contract 7.1); what is not known is left out."""
    body: dict[str, object] = {
        "externalId": profile.external_id,
        "name": profile.name,
        "timezone": profile.timezone,
        "currency": profile.currency,
    }
    address = {
        "street1": profile.street,
        "city": profile.city,
        "postalCode": profile.postal_code,
        "country": profile.country,
    }
    if profile.street or profile.city or profile.postal_code:
        body["address"] = {key: value for key, value in address.items() if value}
    if profile.phone:
        body["contact"] = {"phone": profile.phone}
    if profile.hours:
        body["openingHours"] = [
            {"dayOfWeek": hours.day, "openTime": f"{hours.opens:%H:%M}", "closeTime": f"{hours.closes:%H:%M}"}
            for hours in profile.hours
        ]
    return body
