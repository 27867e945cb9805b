"""Practice orders as a shop gets them: notes, modifiers, allergies, every way of leaving the shop, and a few odd ones."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

from agent.core.clock import Clock, to_wire
from agent.core.errors import InvalidInput
from agent.core.ids import Ids
from agent.core.money import Money
from agent.sandbox import rawjson
from agent.sandbox.ledger import LedgerMember
from agent.sandbox.outlets import Outlet

Json = dict[str, object]


def _dollars(cents: int) -> Decimal:
    return Money(cents, "SGD").major()


def _choice(plu: str, name: str, group: str, cents: int = 0) -> tuple[Json, int]:
    return {"plu": plu, "name": name, "groupName": group, "quantity": 1, "unitPrice": _dollars(cents)}, cents


def _line(plu: str, name: str, quantity: int, cents: int, *choices: tuple[Json, int], notes: str = "") -> tuple[Json, int]:
    total = quantity * (cents + sum(choice[1] for choice in choices))
    line: Json = {"plu": plu, "name": name, "quantity": quantity, "unitPrice": _dollars(cents), "totalPrice": _dollars(total)}
    return line | {"notes": notes, "modifiers": [choice[0] for choice in choices]}, total


def _latte() -> Json:
    oat = _choice("OAT", "Oat milk", "Milk", 80)
    return {"lines": [_line("LATTE-L", "Latte (L)", 2, 650, oat, notes="less ice")], "notes": "ring bell"}


def _allergy() -> Json:
    lines = [
        _line(
            "LAKSA",
            "Nyonya laksa",
            1,
            980,
            _choice("NOCOCKLE", "No cockles", "Take out"),
            notes="ALLERGY: peanuts, no peanut oil",
        ),
        _line("KAYA", "Kaya toast set", 1, 560, _choice("EGGHARD", "Eggs hard-boiled", "Eggs")),
    ]
    return {"lines": lines, "notes": "Severe peanut allergy. Use a clean wok."}


def _family() -> Json:
    spice = _choice("SPICY2", "Extra spicy", "Spice")
    lines = [
        _line(
            "CKT", "Char kway teow", 2, 850, spice, _choice("EGG", "Extra egg", "Add-ons", 100), notes="one without bean sprouts"
        ),
        _line("SATAY10", "Satay, 10 sticks", 1, 1200, _choice("CHICKEN", "Chicken", "Meat")),
        _line("TEHC", "Teh C", 4, 220, _choice("SIUDAI", "Siu dai", "Sugar"), _choice("HOT", "Hot", "Temperature")),
        _line("CHENDOL", "Chendol", 3, 480, notes="no red beans in one"),
    ]
    return {"lines": lines, "notes": "Cutlery for four."}


def _delivery() -> Json:
    lines = [_line("CHICKENRICE", "Hainanese chicken rice", 3, 720, _choice("BREAST", "Breast meat", "Cut"))]
    address = {"street1": "Blk 81 Toa Payoh Lorong 4", "street2": "#05-123", "city": "Singapore", "postalCode": "310081"}
    return {"lines": lines, "method": "DELIVERY", "address": address, "fee": 350, "notes": "Leave with the guard."}


def _dine_in() -> Json:
    lines = [_line("KOPIO", "Kopi O", 2, 180), _line("PRATA", "Roti prata", 2, 160, notes="crispy, curry apart")]
    return {"lines": lines, "method": "DINE_IN", "table": "12"}


def _takeaway() -> Json:
    return {"lines": [_line("NASILEMAK", "椰浆饭 Nasi lemak", 1, 650, notes="多加辣椒, extra sambal")], "method": "TAKEAWAY"}


def _scheduled() -> Json:
    return {"lines": [_line("CURRYPUFF", "Curry puff", 20, 170, notes="box of 20")], "promise_minutes": 24 * 60}


def _bundle() -> Json:
    line, total = _line("SET-A", "Breakfast set A", 1, 690)
    drinks = {"id": "drink", "name": "Drink", "items": [{"plu": "KOPI", "name": "Kopi", "quantity": 1, "unitPrice": _dollars(0)}]}
    toast = {
        "id": "toast",
        "name": "Toast",
        "items": [{"plu": "KAYA", "name": "Kaya toast", "quantity": 2, "unitPrice": _dollars(0)}],
    }
    return {"lines": [(line | {"bundleSections": [drinks, toast]}, total)]}


def _mismatch() -> Json:
    return _latte() | {"wrong_by": 100}


BUILDERS: dict[str, Callable[[], Json]] = {
    "latte": _latte,
    "allergy": _allergy,
    "family": _family,
    "delivery": _delivery,
    "dine-in": _dine_in,
    "takeaway": _takeaway,
    "scheduled": _scheduled,
    "bundle": _bundle,
    "mismatch": _mismatch,
}
"""What can be ordered by name; `mismatch` has a total that does not add up."""

TITLES = {
    "latte": "Two lattes",
    "allergy": "Peanut allergy",
    "family": "Family meal",
    "delivery": "Delivery",
    "dine-in": "At table 12",
    "takeaway": "Takeaway, Chinese",
    "scheduled": "For tomorrow",
    "bundle": "Breakfast set",
    "mismatch": "Wrong total",
}


class Samples:
    """Builds sample orders with numbers that count up and customers that take turns."""

    def __init__(self, clock: Clock, ids: Ids) -> None:
        self._clock = clock
        self._ids = ids
        self._built = 0

    def build(self, name: str, outlet: Outlet, members: list[LedgerMember]) -> bytes:
        """Order JSON; an empty name takes the samples in turn. Raises InvalidInput `unknown_sample`."""
        chosen = name or list(BUILDERS)[self._built % len(BUILDERS)]
        if chosen not in BUILDERS:
            raise InvalidInput("unknown_sample", f"There is no sample order {chosen[:40]}.", field="sample")
        self._built += 1
        member = members[self._built % len(members)] if members else None
        return rawjson.write(self._order(BUILDERS[chosen](), outlet, member))

    def _order(self, plan: Json, outlet: Outlet, member: LedgerMember | None) -> Json:
        lines = plan["lines"]
        assert isinstance(lines, list)
        goods = sum(total for _, total in lines)
        fee = int(str(plan.get("fee", 0)))
        total = goods + fee + int(str(plan.get("wrong_by", 0)))
        now = self._clock.now()
        items = [{"lineId": str(number), **line} for number, (line, _) in enumerate(lines, start=1)]
        return {
            "orderId": self._ids.new(),
            "orderRefNo": f"KK-{20430 + self._built}",
            "outletId": outlet.id,
            "status": "PAID",
            "deliveryMethod": plan.get("method", "PICKUP"),
            "tableNo": plan.get("table"),
            "createdAt": to_wire(now),
            "paidAt": to_wire(now + timedelta(seconds=20)),
            "expectedPickupAt": to_wire(now + timedelta(minutes=int(str(plan.get("promise_minutes", 20))))),
            "currency": "SGD",
            "notes": plan.get("notes", ""),
            "customer": _customer(member),
            "deliveryAddress": plan.get("address"),
            "items": items,
            "subTotal": _dollars(goods),
            "discountTotal": _dollars(0),
            "deliveryFee": _dollars(fee),
            "tax": _dollars(total * 9 // 109),
            "taxInclusive": True,
            "totalPay": _dollars(total),
            "payments": [{"method": "CARD", "amount": _dollars(total), "reference": f"pay_{self._built}"}],
        }


def _customer(member: LedgerMember | None) -> Json | None:
    if member is None:
        return None
    return {
        "customerUuid": member.uuid,
        "firstName": member.first_name,
        "lastName": member.last_name,
        "phone": member.phone,
        "email": member.email,
    }
