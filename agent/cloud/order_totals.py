"""Whether the lines of an order add up to what was paid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from agent.cloud.tolerant import decimal, find
from agent.core.money import Money
from agent.core.order import OrderLine
from agent.core.sentence import Sentence

SLACK = 2
"""Minor units a line by which a peer's rounding may differ."""


def total_problem(tree: Mapping[str, Any], lines: Sequence[OrderLine], total: Money | None) -> str:
    """A sentence when items, fees, tax and discounts cannot be the total, else empty; silent where prices are missing."""
    if total is None:
        return Sentence("The order does not say what was paid.", "total_missing")
    if any(line.price is None for line in lines) or find(tree, "pointsRedeemed", "loyalty.pointsUsed"):
        return ""
    goods = sum((_worth(line, total.currency) for line in lines), Money(0, total.currency))
    fees = _sum(tree, "serviceCharge", "deliveryFee") - _discount(tree)
    slack = SLACK * (len(lines) + 1)
    for tax in _taxes(tree):
        wanted = Money.rounded(goods.major() + fees + tax, total.currency)
        if abs(wanted.minor - total.minor) <= slack:
            return ""
    words = f"The items come to {goods}, but {total} was paid; check the order against the receipt."
    return Sentence(words, "total_mismatch", items=str(goods), paid=str(total))


def _worth(line: OrderLine, currency: str) -> Money:
    each = line.price or Money(0, currency)
    for modifier in line.modifiers:
        if modifier.price is not None:
            each += modifier.price * modifier.quantity
    return each * line.quantity


def _taxes(tree: Mapping[str, Any]) -> list[Decimal]:
    """What tax may add: nothing, or all of it, and both are tried when the order does not say."""
    tax = decimal(find(tree, "tax.amount", "tax.total", "tax")) or Decimal(0)
    inclusive = tree.get("taxInclusive")
    if inclusive is True:
        return [Decimal(0)]
    return [tax] if inclusive is False else [Decimal(0), tax]


def _discount(tree: Mapping[str, Any]) -> Decimal:
    """Discounts are written with and without a minus."""
    if (stated := decimal(find(tree, "discountTotal", "discount"))) is not None:
        return abs(stated)
    listed = find(tree, "discounts", "vouchers", "promotions")
    amounts = [decimal(find(entry, "amount")) for entry in listed] if isinstance(listed, list) else []
    return sum((abs(amount) for amount in amounts if amount is not None), Decimal(0))


def _sum(tree: Mapping[str, Any], *keys: str) -> Decimal:
    return sum((decimal(tree.get(key)) or Decimal(0) for key in keys), Decimal(0))
