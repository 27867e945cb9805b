"""What the screen knows, frozen, and the pure functions that move it on with each event."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from agent.core.clouds import CATA, Ability
from gui.link.fields import Json, rows, section, sentences
from gui.tickets.news import News, news_of
from gui.wire.entries import EntrySeen, read_entry
from gui.wire.members import MemberSeen, read_member
from gui.wire.menu import MenuSeen, read_menu
from gui.wire.orders import OrderSeen, read_order
from gui.wire.sales import SaleSeen, read_sale
from gui.wire.scans import ScanSeen, read_scan
from gui.wire.status import DeviceSeen, StatusSeen, read_device, read_status

KEPT_SCANS = 50
KEPT_FINISHED = 50
"""Orders that can be brought back."""
KEPT_ENDED = 200
PROOF_S = 30
"""Green is never shown with an older proof of life."""
FINISHED = frozenset({"COMPLETED", "REJECTED", "CANCELLED", "DRIVER_PICKED_UP"})


class Link(StrEnum):
    """How the screen stands with the agent."""

    STARTING = "starting"
    CONNECTED = "connected"
    GONE = "gone"
    IMPOSTOR = "impostor"
    """Another program answers in its place."""

    @property
    def is_lost(self) -> bool:
        """There is no agent to talk to."""
        return self in {Link.GONE, Link.IMPOSTOR}


@dataclass(frozen=True, slots=True)
class State:
    """Everything the views show."""

    link: Link = Link.STARTING
    status: StatusSeen | None = None
    entries: Mapping[str, EntrySeen] = field(default_factory=dict)
    orders: Mapping[str, OrderSeen] = field(default_factory=dict)
    scans: tuple[ScanSeen, ...] = ()
    """Newest first."""
    devices: tuple[DeviceSeen, ...] = ()
    menu: MenuSeen = field(default_factory=MenuSeen)
    menu_news: tuple[str, ...] = ()
    """What the last comparison with the POS changed."""
    sales: tuple[SaleSeen, ...] = ()
    members: Mapping[str, MemberSeen] = field(default_factory=dict)
    news: Mapping[str, News] = field(default_factory=dict)
    """By order: what nobody has looked at yet."""

    def can(self, ability: Ability) -> bool:
        """Whether the cloud can do this; Cata's abilities until the agent has told which cloud it is."""
        return self.status.can(ability) if self.status is not None else CATA.can(ability)

    def sorted_entries(self) -> list[EntrySeen]:
        """Oldest first."""
        return _oldest_first(self.entries.values())

    def parked(self) -> list[EntrySeen]:
        """What needs a person, oldest first."""
        unseen = self.status is not None and self.status.unseen_losses > 0
        return _oldest_first(e for e in self.entries.values() if e.state == "parked" or (unseen and e.is_shortfall))

    def waiting(self) -> list[EntrySeen]:
        """What is on its way, oldest first."""
        return _oldest_first(entry for entry in self.entries.values() if entry.is_open)

    def counts(self) -> tuple[int, int]:
        """How many need a person, and how many are on their way."""
        return len(self.parked()), sum(entry.is_open for entry in self.entries.values())

    def open_orders(self) -> list[OrderSeen]:
        """Orders that somebody still has to do something about, oldest first."""
        found = [order for order in self.orders.values() if order.status not in FINISHED]
        return sorted(found, key=lambda order: (order.promised_at or order.received_at, order.ref_no))


def _oldest_first(entries: Iterable[EntrySeen]) -> list[EntrySeen]:
    return sorted(entries, key=lambda entry: (entry.created_at, entry.id))


def with_link(state: State, link: Link) -> State:
    """The agent came or went."""
    return replace(state, link=link)


def with_event(state: State, name: str, data: Json, now: datetime) -> State:
    """One server-sent event; an unknown one changes nothing."""
    match name:
        case "snapshot":
            return with_snapshot(state, data, now)
        case "status":
            return with_status(state, data)
        case "entry":
            return with_entry(state, read_entry(data))
        case "order":
            return with_order(state, read_order(data), now)
        case "scan":
            return with_scan(state, read_scan(data, now))
        case "device":
            return with_device(state, read_device(data))
        case "sales" if "sales" in data:
            return with_sales(state, rows(data, "sales"))
        case "menu":
            news = sentences(data, "sentences") if "sentences" in data else state.menu_news
            return replace(state, menu_news=news)
    return state


def with_snapshot(state: State, data: Json, now: datetime) -> State:
    """What the snapshot carries replaces what was known; what it leaves out stays."""
    status = section(data, "status") or (data if "state" in data else {})
    if status:
        state = with_status(state, status)
    if "entries" in data:
        state = with_entries(state, (read_entry(item) for item in rows(data, "entries")))
    if "orders" in data:
        state = with_orders(state, (read_order(item) for item in rows(data, "orders")), now)
    if "devices" in data:
        state = with_devices(state, rows(data, "devices"))
    if "sales" in data:
        state = with_sales(state, rows(data, "sales"))
    if "menu" in data and "items" in section(data, "menu"):
        state = with_menu(state, section(data, "menu"))
    for item in reversed(rows(data, "scans")):
        state = with_scan(state, read_scan(item, now))
    return state


def with_status(state: State, data: Json) -> State:
    """A new overall state; its devices are the newest word on devices."""
    status = read_status(data)
    return replace(state, status=status, devices=_roles_kept(state, status.devices) if "devices" in data else state.devices)


def _roles_kept(state: State, devices: tuple[DeviceSeen, ...]) -> tuple[DeviceSeen, ...]:
    roles = {device.name: device.role for device in state.devices}
    return tuple(replace(device, role=device.role or roles.get(device.name, "")) for device in devices)


def with_entry(state: State, entry: EntrySeen) -> State:
    """An entry was recorded or moved; an older word about an ended entry never revives it."""
    known = state.entries.get(entry.id)
    if not entry.id or (known and known.state in {"settled", "discarded"} and entry.is_open):
        return state
    return replace(state, entries=_pruned({**state.entries, entry.id: _told(entry, known)}))


def _told(entry: EntrySeen, known: EntrySeen | None) -> EntrySeen:
    return replace(entry, display=known.display) if known and known.display and not entry.display else entry


def with_entries(state: State, entries: Iterable[EntrySeen]) -> State:
    """A fresh list of what is open; ended ones that are known stay."""
    ended = {key: entry for key, entry in state.entries.items() if entry.state in {"settled", "discarded"}}
    return replace(state, entries=_pruned({**ended, **{entry.id: entry for entry in entries if entry.id}}))


def _pruned(entries: dict[str, EntrySeen]) -> dict[str, EntrySeen]:
    ended = [entry for entry in entries.values() if entry.state in {"settled", "discarded"}]
    if len(ended) <= KEPT_ENDED:
        return entries
    ended.sort(key=lambda entry: entry.created_at)
    dropped = {entry.id for entry in ended[:-KEPT_ENDED]}
    return {key: entry for key, entry in entries.items() if key not in dropped}


def with_order(state: State, order: OrderSeen, now: datetime) -> State:
    """An order arrived, moved or changed; what changed is news until somebody has seen it."""
    if not order.id:
        return state
    unseen = state.news.get(order.id)
    news = news_of(state.orders.get(order.id), order, unseen, now)
    if news is not unseen and news is not None:
        state = replace(state, news={**state.news, order.id: news})
    orders = {**state.orders, order.id: order}
    return replace(state, orders=_recent(orders) if order.status in FINISHED else orders)


def _recent(orders: dict[str, OrderSeen]) -> dict[str, OrderSeen]:
    """Without the oldest of what is finished, so that a long day needs no more room than a short one."""
    finished = [key for key, order in orders.items() if order.status in FINISHED]
    dropped = set(finished[:-KEPT_FINISHED])
    return {key: order for key, order in orders.items() if key not in dropped} if dropped else orders


def with_orders(state: State, orders: Iterable[OrderSeen], now: datetime) -> State:
    """A fresh list of open orders; finished ones that are known stay for bringing back."""
    recent = {key: order for key, order in _recent(dict(state.orders)).items() if order.status in FINISHED}
    fresh = {order.id: order for order in orders if order.id}
    for order in fresh.values():
        state = with_order(state, order, now)
    kept = {key: news for key, news in state.news.items() if key in fresh or key in recent}
    return replace(state, orders={**recent, **fresh}, news=kept)


def with_seen(state: State, order_id: str) -> State:
    """Somebody has looked at what is new about an order."""
    if order_id not in state.news:
        return state
    return replace(state, news={key: news for key, news in state.news.items() if key != order_id})


def with_scan(state: State, scan: ScanSeen) -> State:
    """A scan found its outcome; the same scan twice (answer and event) is one."""
    kept = tuple(known for known in state.scans if not scan.id or known.id != scan.id)
    state = replace(state, scans=(scan, *kept)[:KEPT_SCANS])
    return with_member(state, scan.member) if scan.member else state


def with_member(state: State, member: MemberSeen) -> State:
    """The newest word on a member."""
    return replace(state, members={**state.members, member.uuid: member})


def with_members(state: State, source: object) -> State:
    """A member from an answer, if it is one."""
    member = read_member(source)
    return with_member(state, member) if member else state


def with_device(state: State, device: DeviceSeen) -> State:
    """A device's state changed."""
    if all(known.name != device.name for known in state.devices):
        return replace(state, devices=(*state.devices, device))
    return replace(state, devices=tuple(_newer(known, device) for known in state.devices))


def _newer(known: DeviceSeen, device: DeviceSeen) -> DeviceSeen:
    return replace(device, role=device.role or known.role) if known.name == device.name else known


def with_devices(state: State, items: Iterable[Json]) -> State:
    """The whole list of devices."""
    return replace(state, devices=tuple(read_device(item) for item in items))


def with_menu(state: State, data: Json) -> State:
    """The menu as the agent has it."""
    return replace(state, menu=read_menu(data))


def with_sales(state: State, items: Iterable[Json]) -> State:
    """The claimable sales, newest first."""
    sales = [sale for sale in map(read_sale, items) if sale is not None and sale.state == "claimable"]
    return replace(state, sales=tuple(sorted(sales, key=lambda sale: sale.occurred_at, reverse=True)))


def shown_state(state: State, now: datetime) -> str:
    """The word of the status line and the tray; `ready` only with proof younger than 30 seconds."""
    if state.link is not Link.CONNECTED or state.status is None:
        return "gone" if state.link.is_lost else "working"
    status = state.status
    if status.state != "ready":
        return status.state if status.state in {"working", "offline", "attention", "paused", "setup"} else "attention"
    proven = status.last_ok_at is not None and now - status.last_ok_at <= timedelta(seconds=PROOF_S)
    return "ready" if proven else "working"


def scan_ready(state: State, *, window_active: bool) -> bool:
    """Whether the next scan would be taken: a working scanner, or, where none is set up, this window in front."""
    if state.link is not Link.CONNECTED:
        return False
    scanners = [device for device in state.devices if device.is_scanner]
    if not scanners:
        return window_active
    return any(device.state == "ready" for device in scanners)
