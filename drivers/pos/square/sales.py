"""What the till itself sold, as Square tells it: completed orders that are none of ours, and refunds of a whole order; pure."""

from __future__ import annotations

from collections.abc import Iterable
from zoneinfo import ZoneInfo

from agent.core.errors import InvalidInput
from agent.core.member import MemberRef
from agent.core.money import Money
from agent.core.sale import SaleSeen
from drivers.pos.square.settings import SquareSettings
from drivers.pos.wire_values import Table, moment, needed, table, tables, whole, word


def is_ours(order: Table, settings: SquareSettings) -> bool:
    """Whether the app sold it: the cloud gives its points, and nobody earns on it twice."""
    return word(table(order.get("source")).get("name")) == settings.source


def read_sale(order: Table, currency: str, zone: ZoneInfo, member: MemberRef | None = None) -> SaleSeen | None:
    """A completed order without its tip; None for one that is no sale. Raises InvalidInput for one that cannot be read."""
    if word(order.get("state")) != "COMPLETED" or not tables(order.get("line_items")):
        return None
    total = _amount(order, "total_money", currency) - _amount(order, "total_tip_money", currency)
    if total.minor <= 0:
        return None
    return SaleSeen(
        receipt=needed(order.get("id"), "id"),
        amount=total,
        occurred_at=moment(order.get("closed_at"), zone) or moment(order.get("created_at"), zone),
        member=member,
    )


def refunded(order: Table) -> Iterable[str]:
    """Ids of the orders that this order, a refund, gives money back for."""
    return [source for one in tables(order.get("returns")) if (source := word(one.get("source_order_id")))]


def read_refund(refund: Table, source: Table, currency: str, zone: ZoneInfo) -> SaleSeen | None:
    """The end of a sale that was given back whole; a part of it is for a person, since points are not taken back in parts."""
    sale = read_sale(source, currency, zone)
    back = _amount(table(refund.get("return_amounts")), "total_money", currency)
    if sale is None or back.minor < _amount(source, "total_money", currency).minor:
        return None
    return SaleSeen(receipt=sale.receipt, amount=sale.amount, occurred_at=sale.occurred_at, void=True)


def _amount(row: Table, name: str, currency: str) -> Money:
    money = table(row.get(name))
    if money and word(money.get("currency")) != currency:
        raise InvalidInput("other_currency", f"This sale is not in {currency}.", field=name)
    return Money(whole(money.get("amount")) or 0, currency)
