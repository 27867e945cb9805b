"""The menu's way from the POS to the cloud: read, compared, and pushed whole, but only when it changed and looks sane."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, cast

from agent.core.catalogue import Catalogue
from agent.core.clock import Clock, from_wire, to_wire
from agent.core.entry import Draft, Entry, EntryKind, EntryState, Outcome
from agent.core.errors import CataBridgeError, InvalidInput, NotSaved, Refused
from agent.core.events import MenuChanged, StatusChanged
from agent.core.ids import Ids
from agent.core.preflight import Finding, Sold, preflight
from agent.core.ref_code import payload_hash, ref_code_for_entry
from agent.core.roles import Pos
from agent.core.sentence import Sentence
from agent.db.cache import Cache
from agent.db.facts import Facts
from agent.db.outbox import Outbox
from agent.flows.bus import Bus
from agent.flows.line.recording import Recorder
from agent.flows.menu.diff import check_sane, complaints, differences
from agent.flows.menu.items import MenuItem, MenuView, items_from, items_of, marked, rows_of
from agent.flows.menu.snooze import Snoozes
from agent.flows.menu.tidy import tidied
from agent.flows.menu.wire import SentItem, payload, rows_of_sent, sent_from, sent_items
from agent.flows.refusals import Refusals
from agent.flows.status import MenuHealth

log = logging.getLogger(__name__)

LANE = "menu"
UNCHANGED = Sentence("Nothing has changed.", "menu_unchanged")
SENT_AGAIN = Sentence("The menu is sent again as it is.", "menu_sent_again")
CONFIRMED = "menu.confirmed"
"""Fact: the last menu that the cloud confirmed, `{"at", "hash", "items"}`, items as `rows_of_sent` keeps them."""
SUPERSEDED = "superseded by a newer menu"
MOST_OPEN_PUSHES = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class MenuRules:
    """What the outlet's settings say about the menu."""

    currency: str
    interval_s: float = 900.0
    style: str = "v2"
    """`v2`: products; `v1`: the whole tree."""
    max_drop_percent: int = 20
    """A menu that lost more of its items than this is not sent without a person's word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MenuSync:
    """What a comparison with the POS found."""

    sentences: tuple[str, ...]
    entry: Entry | None
    """The push, when one is on its way."""


class Menu:
    """Keeps the cloud's catalogue equal to the POS's."""

    def __init__(
        self,
        source: Callable[[], Pos | None],
        outbox: Outbox,
        recorder: Recorder,
        facts: Facts,
        cache: Cache,
        snoozes: Snoozes,
        bus: Bus,
        *,
        clock: Clock,
        ids: Ids,
        rules: MenuRules,
        refusals: Refusals | None = None,
        tell_pos: Callable[[str, datetime | None], Awaitable[None]] | None = None,
        confirmed: Callable[[Mapping[str, SentItem]], None] | None = None,
    ) -> None:
        """`source` is the POS whose catalogue is pushed, None when none has been chosen; `tell_pos` what is sold out.

        `confirmed` hears what was in a menu that the cloud took.
        """
        self._source = source
        self._outbox = outbox
        self._recorder = recorder
        self._facts = facts
        self._cache = cache
        self._snoozes = snoozes
        self._bus = bus
        self._clock = clock
        self._ids = ids
        self._rules = rules
        self._refusals = refusals or Refusals()
        self._tell_pos = tell_pos
        self._tell_confirmed = confirmed
        self._lock = asyncio.Lock()
        self._items: tuple[MenuItem, ...] = ()
        self._on_its_way: tuple[str, Mapping[str, SentItem]] = "", {}
        """Hash and items of the last push."""
        self._as_of: datetime | None = None
        self._synced_at: datetime | None = None
        self._next_at: datetime | None = None
        self._trouble = ""

    async def load(self) -> None:
        """Take up what was known before the start."""
        read = await self._cache.menu()
        if read is not None:
            self._items, self._as_of = items_from(read.data), read.as_of
        confirmed = await self._confirmed()
        if confirmed:
            self._synced_at = from_wire(confirmed["at"])

    async def view(self) -> MenuView:
        """The menu with its sold-out marks."""
        items = marked(self._items, await self._snoozes.until())
        return MenuView(items=items, as_of=self._as_of, next_at=self._next_at, trouble=self._trouble)

    def progress(self) -> MenuHealth:
        """How the menu push stands."""
        return MenuHealth(items=len(self._items), synced_at=self._synced_at, next_at=self._next_at)

    def complaint(self) -> str:
        """What a person has to know about the menu, in one sentence; empty when nothing."""
        return self._trouble

    async def sync(self, *, confirm: bool = False) -> MenuSync:
        """Read the POS and push what changed; `confirm` is a person's word that a much smaller menu is right.

        Raises Refused `no_menu_source`, `catalogue_empty` or `catalogue_shrunken`, NotSaved, or what the POS raises.
        """
        async with self._lock:
            self._next_at = self._clock.now() + timedelta(seconds=self._rules.interval_s)
            try:
                found = await self._sync(confirm)
            except CataBridgeError as error:
                self._note_trouble(error)
                raise
            self._trouble = ""
            if found.entry is not None:
                self._bus.publish(MenuChanged(found.sentences))
            return found

    async def look(self) -> None:
        """The regular comparison: like `sync`, but a failure is only remembered and shown."""
        if self._source() is None:
            return
        try:
            await self.sync()
        except CataBridgeError as error:
            log.debug("menu not compared reason=%s", error.reason)

    async def snooze(self, code: str, until: datetime | None) -> Entry:
        """Mark an item sold out until a time, or back with None; raises Refused `item_unknown`, InvalidInput `until_past`."""
        if not code.strip():
            raise InvalidInput("item_unknown", "Say which item.", field="code")
        if until is not None and self._items and all(item.code != code for item in self._items):
            raise Refused("item_unknown", "There is no item with this code on the menu.", status=404)
        entry = await self._snoozes.set(code, until)
        if self._tell_pos is not None:
            await self._tell_pos(code, until)
        name = next((item.name for item in self._items if item.code == code), code)
        self._bus.publish(MenuChanged((f"{name} is back." if until is None else f"{name} is sold out.",)))
        return entry

    async def read(self) -> Catalogue:
        """The POS's menu as it is now; raises Refused `no_menu_source`, or what the POS raises."""
        pos = self._source()
        if pos is None:
            raise Refused("no_menu_source", "No POS has been chosen as the source of the menu.", status=409)
        return tidied(await pos.fetch_catalogue(), self._rules.currency)

    async def preflight(self) -> list[Finding]:
        """What of the menu that customers see would break their next order, by the POS as it is now; nothing is changed.

        Raises Refused `no_menu_source`, or `no_menu_yet` while the cloud has confirmed none, or what the POS raises.
        """
        confirmed = await self._confirmed()
        if confirmed is None:
            raise Refused("no_menu_yet", "No menu has been sent yet, so nothing can be held against the POS.", status=409)
        sold = {code: Sold(sent.name, Decimal(sent.price)) for code, sent in sent_from(confirmed["items"]).items()}
        return preflight(sold, await self.read(), sold_out=await self._snoozes.until())

    async def settled(self, entry: Entry) -> None:
        """Remember the last menu that the cloud confirmed; when the disk refuses, the worst is one push too many."""
        if entry.kind is not EntryKind.MENU_PUSH or entry.outcome is not Outcome.CONFIRMED:
            return
        now, items = self._clock.now(), self._sent_by(entry)
        if self._tell_confirmed is not None:
            self._tell_confirmed(items)
        try:
            await self._facts.set(CONFIRMED, {"at": to_wire(now), "hash": entry.payload_hash, "items": rows_of_sent(items)})
        except NotSaved as error:
            log.warning("confirmed menu not remembered entry=%s reason=%s", entry.id, error.reason)
        self._synced_at = now
        self._bus.publish(StatusChanged())

    def _sent_by(self, entry: Entry) -> Mapping[str, SentItem]:
        """The items of a push, which are known already unless the program started anew in the meantime."""
        known_hash, items = self._on_its_way
        self._on_its_way = "", {}
        return items if known_hash == entry.payload_hash else sent_items(dict(entry.payload.items()))

    async def _sync(self, confirm: bool) -> MenuSync:
        catalogue = await self.read()
        self._refusals.rows(catalogue.problems)
        wanted = payload(catalogue, self._rules.style)
        wanted_hash = payload_hash(wanted)
        confirmed = await self._confirmed()
        changes: list[str] = []
        if confirmed is None or confirmed["hash"] != wanted_hash:
            before, after = sent_from(confirmed["items"]) if confirmed else {}, sent_items(wanted)
            self._on_its_way = wanted_hash, after
            check_sane(before, after, max_drop_percent=100 if confirm else self._rules.max_drop_percent)
            changes = differences(before, after)
        await self._remember(catalogue)
        left_out = complaints(catalogue.problems)
        entry = await self._push(wanted, wanted_hash, confirmed["hash"] if confirmed else "")
        if entry is None:
            return MenuSync(sentences=(UNCHANGED, *left_out), entry=None)
        return MenuSync(sentences=(*(changes or [SENT_AGAIN]), *left_out), entry=entry)

    async def _push(self, wanted: Mapping[str, object], wanted_hash: str, confirmed_hash: str) -> Entry | None:
        """The entry that brings the cloud to `wanted`; None when it is there already and nothing else is on its way."""
        pushes = await self._open_pushes()
        if pushes and pushes[-1].payload_hash == wanted_hash:
            return pushes[-1]
        if wanted_hash == confirmed_hash and all(push.attempts == 0 for push in pushes):
            await self._discard(pushes)
            return None
        entry_id = self._ids.new()
        entry = await self._recorder.record(
            Draft(
                id=entry_id,
                kind=EntryKind.MENU_PUSH,
                lane=LANE,
                ref_code=ref_code_for_entry(entry_id),
                payload=wanted,
                created_at=self._clock.now(),
            )
        )
        await self._discard(pushes)
        return entry

    async def _open_pushes(self) -> list[Entry]:
        """Pushes that may still take effect, oldest first; a parked one waits for a person."""
        found: list[Entry] = []
        for state in (EntryState.PARKED, EntryState.PENDING, EntryState.SENDING):
            page = await self._outbox.page(state=state, kind=EntryKind.MENU_PUSH, limit=MOST_OPEN_PUSHES, after=None)
            found.extend(page.entries)
        return sorted(found, key=lambda entry: entry.seq)

    async def _discard(self, pushes: list[Entry]) -> None:
        """Older pushes are pointless; one that is being sent right now goes first anyway, since a lane keeps its order."""
        for push in pushes:
            if push.state is EntryState.SENDING:
                continue
            try:
                await self._outbox.discard(push.id, reason=SUPERSEDED, by="agent")
            except (InvalidInput, Refused) as error:
                log.info("older menu push stays entry=%s reason=%s", push.id, error.reason)

    async def _remember(self, catalogue: Catalogue) -> None:
        self._items, self._as_of = items_of(catalogue), self._clock.now()
        await self._cache.put_menu(rows_of(self._items), self._as_of)

    async def _confirmed(self) -> dict[str, Any] | None:
        kept = cast("dict[str, Any]", await self._facts.get(CONFIRMED) or {})
        return kept if "items" in kept else None

    def _note_trouble(self, error: CataBridgeError) -> None:
        """First failure of a streak aloud, repeats quietly."""
        if error.message != self._trouble:
            self._trouble = error.message
            self._refusals.menu(error)
            log.warning("menu not compared with the POS reason=%s", error.reason)
            self._bus.publish(MenuChanged((error.message,)))
            self._bus.publish(StatusChanged())
