"""Core values as answers."""

from __future__ import annotations

from datetime import timedelta

from agent.api.schema import answers, orders
from agent.api.schema.shape import told
from agent.api.schema.status import Status
from agent.core.device import DeviceStatus
from agent.core.entry import LOYALTY_KINDS, Entry, EntryKind
from agent.core.member import Member
from agent.core.money import Money
from agent.core.order import Modifier, Order, OrderLine
from agent.core.order_status import TERMINAL
from agent.core.perks import NO_PERKS
from agent.core.sale import Sale
from agent.core.scan import Scan


def money_view(money: Money | None) -> answers.Money | None:
    """An amount, or None."""
    return None if money is None else answers.Money(minor=money.minor, currency=money.currency)


def member_view(member: Member) -> answers.Member:
    """A member with balance."""
    seen = answers.Member.model_validate(member)
    return seen if member.perks != NO_PERKS else seen.model_copy(update={"perks": None})


def entry_view(entry: Entry) -> answers.Entry:
    """An entry of the outbox, without the rest of its payload."""
    seen = answers.Entry.model_validate(entry)
    if entry.kind in LOYALTY_KINDS:
        return seen.model_copy(update=_redeemed(entry))
    status = entry.payload.get("status") if entry.kind is EntryKind.ORDER_STATUS else None
    return seen.model_copy(update={"order_status": status}) if isinstance(status, str) else seen


def _redeemed(entry: Entry) -> dict[str, object]:
    """What else an earn or a burn is about, where the cloud knows of such."""
    found = {name: entry.payload[name] for name in ("punches", "reward", "welcome_offer") if name in entry.payload}
    amount = entry.payload.get("amount")
    return found | ({"amount": answers.Money.model_validate(amount)} if amount else {})


def scan_view(scan: Scan) -> answers.Scan:
    """A routed scan."""
    return answers.Scan(
        scan_id=scan.id,
        device=scan.device,
        code=scan.code,
        symbology=scan.symbology,
        kind=scan.kind,
        reason=scan.reason or None,
        message=scan.message or None,
        member=member_view(scan.member) if scan.member else None,
        at=scan.at,
    )


def sale_view(sale: Sale) -> answers.Sale:
    """A sale of the POS."""
    return answers.Sale.model_validate(sale)


def device_view(device: DeviceStatus) -> answers.Device:
    """A device's state."""
    return answers.Device.model_validate(device)


def order_view(order: Order, *, accept_within: timedelta | None = None) -> orders.Order:
    """An order; `accept_within` after its arrival somebody has to have answered it."""
    paid = order.paid
    waits = order.unacknowledged and order.status not in TERMINAL
    return orders.Order(
        id=paid.id,
        ref_no=paid.ref_no,
        status=order.status,
        method=paid.method,
        placed_at=paid.placed_at,
        promised_at=paid.promised_at,
        received_at=order.received_at,
        customer=answers.Customer.model_validate(paid.customer),
        notes=paid.notes,
        table=paid.table,
        lines=[_line(line) for line in paid.lines],
        total=money_view(paid.total),
        printed=order.printed,
        pos_order_id=order.pos_order_id,
        unacknowledged=order.unacknowledged,
        deliveries=order.deliveries,
        problems=list(order.problems),
        problems_told=[told(problem) for problem in order.problems],
        accept_by=order.received_at + accept_within if waits and accept_within else None,
        status_at=order.status_at,
        source=paid.source,
    )


def _line(line: OrderLine) -> orders.OrderLine:
    return orders.OrderLine(
        plu=line.plu,
        name=line.name,
        quantity=line.quantity,
        notes=line.notes,
        modifiers=[_modifier(modifier) for modifier in line.modifiers],
        price=money_view(line.price),
    )


def _modifier(modifier: Modifier) -> orders.Modifier:
    return orders.Modifier(
        plu=modifier.plu,
        name=modifier.name,
        quantity=modifier.quantity,
        group=modifier.group,
        price=money_view(modifier.price),
    )


def status_view(status: object) -> Status:
    """The whole status, from any value whose attributes carry the same names."""
    return Status.model_validate(status)


def menu_view(menu: object) -> answers.Menu:
    """The menu, from any value whose attributes carry the same names."""
    seen = answers.Menu.model_validate(menu)
    return seen.model_copy(update={"trouble_told": told(getattr(menu, "trouble", ""))})


def probe_view(probe: object) -> answers.Probe:
    """One probe, from any value whose attributes carry the same names."""
    return answers.Probe.model_validate(probe)
