"""How answers of the till API look to people on a terminal; nothing personal is in them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from rich.table import Table
from rich.text import Text

from agent.core.clock import to_wire
from agent.core.clouds import Ability
from agent.core.money import Money as Amount
from agent.core.pos import RemoteOutlet

if TYPE_CHECKING:
    from agent.api.schema import Cloud, Counts, Device, Entry, Money, OfflineBurn, Order, Probe, Status

STYLES = {
    "ready": "green",
    "working": "green",
    "settled": "green",
    "confirmed": "green",
    "setup": "yellow",
    "paused": "yellow",
    "offline": "yellow",
    "starting": "yellow",
    "missing": "yellow",
    "unknown": "yellow",
    "attention": "bold red",
    "misconfigured": "bold red",
    "parked": "bold red",
    "declined": "red",
}
"""Colour of a state; the word itself always stands there too."""


OFF_BECAUSE = {
    "denied": "The settings of this till do not allow it.",
    "never_on": "A manager has to switch it on: cata-bridge offline-burn on",
    "by_hand": "Switched off by hand.",
    "terms_changed": "The limits have changed since a manager switched it on.",
    "cap_hit": "This till reached its limit. A manager can switch it on again.",
    "shortfalls": "Three discounts were short of points within 30 days. A manager can switch it on again.",
    "given_up": "A redemption was given up after its discount was given. A manager can switch it on again.",
    "rebuilt": "The data of this till was restored. A manager can switch it on again.",
}
"""Why redeeming without a connection is off."""


def status_view(status: Status) -> Table:
    """Everything at a glance."""
    rows = _rows()
    rows.add_row("state", _state(status.state))
    rows.add_row("", status.sentence)
    rows.add_row("outlet", ", ".join(filter(None, (status.outlet.name, status.outlet.till))))
    rows.add_row("cloud", _cloud(status.cloud))
    rows.add_row("outbox", _outbox(status.outbox))
    for name, words in _kitchen(status).items():
        rows.add_row(name, words)
    if status.offline_burn is not None and status.offline_burn.allowed:
        offline = status.offline_burn
        rows.add_row("offline burn", _said("on" if offline.on else "off", OFF_BECAUSE.get(offline.why, offline.why)))
    for device in status.devices:
        rows.add_row(device.name, _said(device.state, device.sentence))
    rows.add_row("version", f"{status.version}{', practice cloud' if status.sandbox else ''}")
    return rows


def _kitchen(status: Status) -> dict[str, str]:
    """Orders and menu, or that the cloud has none."""
    if Ability.ORDERS not in status.cloud.abilities and not status.orders.open:
        return {"orders": f"{status.cloud.name} has no paid orders and no menu"}
    menu = f"{status.menu.items} items, sent {_time(status.menu.synced_at) or 'never'}"
    return {"orders": f"{status.orders.open} open, {status.orders.unacknowledged} not answered", "menu": menu}


def offline_burn_view(found: OfflineBurn) -> Table:
    """Redeeming without a connection, with its worst case."""
    rows = _rows()
    rows.add_row("redeeming without a connection", _said("on" if found.on else "off", OFF_BECAUSE.get(found.why, found.why)))
    if found.worst_case is not None:
        cap = f"{found.devices} tills x {money_text(found.device_cap)}"
        rows.add_row("worst case in one outage", f"{money_text(found.worst_case)} ({cap})")
        rows.add_row("granted by this till", f"{money_text(found.granted)}, {found.unsettled} not settled")
    losses = f"{found.losses} of 30 days, {found.unseen} not seen by a manager"
    rows.add_row("discounts without points", f"{money_text(found.lost)}, {losses}" if found.losses else "none in 30 days")
    return rows


def devices_view(devices: Sequence[Device]) -> Table:
    """What is plugged in."""
    table = _table("device", "driver", "state", "")
    for device in devices:
        table.add_row(device.name, device.driver, _state(device.state), device.sentence)
    return table


def outlets_view(outlets: Sequence[RemoteOutlet]) -> Table:
    """The shops of a POS account."""
    table = _table("id", "name")
    for outlet in outlets:
        table.add_row(outlet.id, outlet.name)
    return table


def drivers_view(drivers: Sequence[Any]) -> Table:
    """What could be plugged in, with the settings of each kind; takes the rows of `drivers.registry.describe`."""
    table = _table("driver", "role", "setting", "default", "")
    for driver in drivers:
        table.add_row(driver["kind"], driver["role"], "", "", driver["why_unavailable"] or driver["summary"])
        for setting in driver["settings"]:
            default = "required" if setting["required"] else _text(setting["default"])
            table.add_row("", "", setting["name"], default, setting["description"])
    return table


def orders_view(orders: Sequence[Order]) -> Table:
    """Orders without their customers."""
    table = _table("order", "status", "method", "received", "promised", "total", "printed", "")
    for order in orders:
        table.add_row(
            order.ref_no or order.id,
            order.status,
            order.method,
            _time(order.received_at),
            _time(order.promised_at) or "as soon as possible",
            money_text(order.total),
            str(order.printed),
            "not answered" if order.unacknowledged else "; ".join(order.problems),
        )
    return table


def entries_view(entries: Sequence[Entry]) -> Table:
    """Entries of the outbox, one line each."""
    table = _table("id", "kind", "state", "outcome", "points", "receipt", "created", "")
    for entry in entries:
        table.add_row(
            entry.id,
            entry.kind,
            _state(entry.state),
            _state(entry.outcome),
            _text(entry.points),
            entry.receipt or "",
            _time(entry.created_at),
            entry.error.message if entry.error else "",
        )
    return table


def entry_view(entry: Entry) -> Table:
    """One entry, one line a fact; the member is not shown."""
    rows = _rows()
    for name, value in entry.model_dump(mode="json", exclude={"member", "error"}, exclude_none=True).items():
        rows.add_row(name, str(value))
    if entry.error:
        rows.add_row("why", f"{entry.error.message} ({entry.error.reason})")
    return rows


def probes_view(probes: Sequence[Probe]) -> Table:
    """Links of the chain in order, each whole or broken."""
    rows = _rows()
    for probe in probes:
        rows.add_row(probe.name, _said("ok" if probe.ok else "broken", probe.sentence))
    return rows


def money_text(value: Money | None) -> str:
    """An amount with its currency; empty without one."""
    return f"{value.currency} {Amount(value.minor, value.currency)}" if value else ""


def _cloud(cloud: Cloud) -> str:
    if not cloud.reachable:
        return f"no answer, last {_time(cloud.last_ok_at) or 'never'}"
    return "reachable" if cloud.latency_ms is None else f"reachable, {cloud.latency_ms} ms"


def _outbox(outbox: Counts) -> str:
    oldest = "" if outbox.oldest_s is None else f", the oldest for {outbox.oldest_s} s"
    return f"{outbox.pending} waiting, {outbox.parked} for a person{oldest}"


def _time(moment: datetime | None) -> str:
    return to_wire(moment) if moment else ""


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _said(state: str, sentence: str) -> Text:
    return Text.assemble(_state(state), "  ", sentence)


def _state(word: str) -> Text:
    return Text(word, style={"ok": "green", "broken": "bold red", **STYLES}.get(word, ""))


def _rows() -> Table:
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    return table


def _table(*headings: str) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table
