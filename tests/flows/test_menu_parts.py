"""Tidying, comparing and writing a menu are pure and exact."""

from __future__ import annotations

import json
import zlib
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from agent.cloud.cata import CataCloud
from agent.cloud.exchange import Wire, encode
from agent.cloud.quirks import Quirks
from agent.core.catalogue import Catalogue, ModifierGroup, ModifierOption, RowProblem
from agent.core.errors import KeyRefused, Unreachable
from agent.core.events import MenuChanged
from agent.core.money import Money
from agent.db.outbox_rows import LargePayload
from agent.flows.menu.check import MenuCheck
from agent.flows.menu.diff import complaints, differences
from agent.flows.menu.tidy import tidied
from agent.flows.menu.wire import for_cloud, payload, sent_items
from tests.support.clock import CountingIds, FakeClock
from tests.support.sandbox import KEY, OUTLET, practice_cloud
from tests.support.shop import Shop, item, menu_of, open_shop


def option(code: str, price: int = 80, currency: str = "SGD") -> ModifierOption:
    return ModifierOption(code=code, name=code.title(), price=Money(price, currency))


def milk(*options: ModifierOption, **more: Any) -> ModifierGroup:
    return ModifierGroup(code="MILK", name=" Milk ", options=options, **more)


def test_texts_are_tidied_and_codes_come_in_order() -> None:
    tidy = tidied(menu_of(item("B", name=" Kopi\tO\x00 "), item(" A ", name="Teh")), "SGD")
    assert [(one.code, one.name) for one in tidy.items] == [("A", "Teh"), ("B", "Kopi O")]
    assert tidy.problems == ()


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([item("", name="Laksa")], "code_missing"),
        ([item("x" * 101, name="Laksa")], "code_missing"),
        ([item(" ", name=" ")], "code_missing"),
        ([item("A", name="\x00")], "name_missing"),
        ([item("A", "-0.01")], "price_negative"),
        ([item("A"), item("A ", name="Other")], "code_twice"),
    ],
)
def test_rows_that_cannot_be_sent_are_named(rows: list[Any], reason: str) -> None:
    tidy = tidied(menu_of(*rows), "SGD")
    assert [problem.reason for problem in tidy.problems] == [reason]
    assert len(tidy.items) == len(rows) - 1


def test_a_price_in_other_money_is_left_out() -> None:
    assert [problem.reason for problem in tidied(menu_of(item("A")), "MYR").problems] == ["currency_mismatch"]


def test_choices_that_cannot_be_sent_are_left_out_and_the_item_stays() -> None:
    rows = (
        milk(option("OAT"), option("OAT"), option(" "), option("SOY", currency="MYR"), min_selection=9, max_selection=0),
        milk(option("OAT")),
        ModifierGroup(code="NONE", name="None"),
    )
    tidy = tidied(menu_of(item("LATTE", groups=rows)), "SGD")
    (latte,) = tidy.items
    (group,) = latte.groups
    assert [one.code for one in group.options] == ["OAT"]
    assert (group.name, group.min_selection, group.max_selection) == ("Milk", 1, 1)
    assert [problem.reason for problem in tidy.problems] == ["option_left_out", "group_left_out", "group_left_out"]


def test_prices_are_texts_at_rest_and_exact_numbers_on_the_wire() -> None:
    latte = item("LATTE", "6.10", description="Hot", groups=(milk(option("OAT", 80)),), category="Coffee")
    made = payload(menu_of(latte), "v2")
    assert json.loads(json.dumps(made)) == made
    menu: Any = made["menu"]
    wired = json.loads(encode(for_cloud(made)[1]), parse_float=Decimal)
    assert wired["products"][0]["basePrice"] == Decimal("6.10")
    assert wired["products"][0]["modifierGroups"][0]["options"][0]["price"] == Decimal("0.80")
    (product,) = menu["products"]
    assert product == {
        "itemCode": "LATTE",
        "name": "Latte",
        "basePrice": "6.10",
        "visible": True,
        "description": "Hot",
        "posCategory": "Coffee",
        "modifierGroups": [
            {
                "code": "MILK",
                "name": " Milk ",
                "minSelection": 0,
                "maxSelection": 1,
                "multiMax": 1,
                "sortNum": 1,
                "options": [{"code": "OAT", "name": "Oat", "price": "0.80", "visible": True, "sortNum": 1}],
            }
        ],
    }


def test_the_v1_tree_names_everything_once() -> None:
    menu = payload(menu_of(item("LATTE", groups=(milk(option("OAT")),)), item("KOPI")), "v1")
    wired: Any = for_cloud(menu)[1]
    (tree,) = wired["menus"]
    assert tree["products"]["LATTE"]["subProducts"] == ["LATTE/MILK"]
    assert tree["modifierGroups"]["LATTE/MILK"]["subProducts"] == ["LATTE/MILK/OAT"]
    assert tree["modifiers"]["LATTE/MILK/OAT"]["price"] == Decimal("0.80")
    assert tree["categories"] == [{"categoryId": "Other", "name": "Other", "products": ["LATTE", "KOPI"]}]


@pytest.mark.parametrize("style", ["v1", "v2"])
def test_every_sort_of_change_has_its_sentence(style: str) -> None:
    before = menu_of(item("A", "5.00"), item("B", "5.00"), item("C"), item("D"), item("E"))
    after = menu_of(item("A", "6.00"), item("B", "4.00"), item("C", name="Kopi O"), item("D", description="New"), item("F"))
    assert differences(sent_items(payload(before, style)), sent_items(payload(after, style))) == [
        "A now costs 6.00 instead of 5.00.",
        "B now costs 4.00 instead of 5.00.",
        "F added.",
        "E removed.",
        "C renamed Kopi O.",
        "D changed in its details or choices.",
    ]


def test_many_changes_of_a_sort_are_counted() -> None:
    before = menu_of(*(item(f"I{number}", "5.00") for number in range(9)))
    after = menu_of(*(item(f"I{number}", "6.00") for number in range(9)))
    old, new = sent_items(payload(before, "v2")), sent_items(payload(after, "v2"))
    assert differences(old, new) == ["9 prices up."]
    assert differences({}, new) == ["9 items sent for the first time."]
    assert differences({}, {}) == []


def test_many_problems_are_counted_after_the_first_three() -> None:
    rows = [RowProblem(str(number), "odd", f"Row {number} is odd.") for number in range(5)]
    assert complaints(rows[:2]) == ["0: Row 0 is odd.", "1: Row 1 is odd."]
    assert complaints(rows)[-1] == "2 more rows of the POS cannot be sent as they are."


class ShownProducts:
    """A cloud's catalogue."""

    def __init__(self, **products: dict[str, object]) -> None:
        self.products = products
        self.asked: list[str] = []
        self.raises: list[Exception] = []

    async def product(self, item_code: str) -> dict[str, object] | None:
        self.asked.append(item_code)
        if self.raises:
            raise self.raises.pop()
        return self.products.get(item_code)


@pytest.mark.parametrize("style", ["v1", "v2"])
def test_a_large_menu_is_sent_as_a_small_one_is(style: str) -> None:
    choices = milk(*(option(f"O{number}") for number in range(1_000)))
    made = payload(
        menu_of(item("price", groups=(choices,)), *(item(f"I{number}", groups=(milk(option("OAT")),)) for number in range(400))),
        style,
    )
    stored = LargePayload(zlib.compress(json.dumps(made).encode()))
    assert encode(for_cloud(stored)[1]) == encode(for_cloud(made)[1])
    assert b'"price":"' not in encode(for_cloud(stored)[1])


async def checker(shop: Shop, cloud: ShownProducts, menu: Catalogue, **more: int) -> MenuCheck:
    """A check of a menu that has just been confirmed."""
    check = MenuCheck(cloud, shop.bus, ids=CountingIds(0.95), **more)  # type: ignore[arg-type]
    assert await check.check() == ()
    check.confirmed(sent_items(payload(menu, "v2")))
    return check


async def test_after_a_push_a_sample_is_read_back_and_differences_are_said(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        cloud = ShownProducts(
            A={"itemCode": "A", "name": "A", "basePrice": Decimal("5.5")},
            B={"itemCode": "B", "name": "Bee", "basePrice": Decimal("9.00")},
        )
        check = await checker(shop, cloud, menu_of(item("A"), item("B"), item("C")))
        assert await check.check() == [
            "Cata shows Bee where B was sent.",
            "Cata shows B for 9.00 where 5.50 was sent.",
            "Cata does not know C although it was sent.",
        ]
        assert MenuChanged(check.differences) in await shop.published()
        assert await check.check() == ()
        assert cloud.asked == ["A", "B", "C"]


async def test_the_sample_is_bounded_and_spread(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        cloud = ShownProducts()
        check = await checker(shop, cloud, menu_of(*(item(f"I{number:02}") for number in range(40))), sample=4)
        await check.check()
        assert cloud.asked == ["I38", "I08", "I18", "I28"]


async def test_a_sample_waits_for_the_line_and_gives_up_on_a_refusal(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        cloud = ShownProducts(A={"name": "A", "basePrice": 5.5})
        check = await checker(shop, cloud, menu_of(item("A")))
        cloud.raises = [KeyRefused("key_refused", "No."), Unreachable("timeout", "No answer.", maybe_applied=False)]
        assert await check.check() == ()
        assert await check.check() == []
        assert await check.check() == ()
        assert len(cloud.asked) == 2


@pytest.mark.parametrize("style", ["v1", "v2"])
async def test_the_practice_cloud_takes_what_we_send(style: str) -> None:
    async with practice_cloud() as practice:
        wire = Wire(
            practice.http, base_url=practice.base_url, key=lambda: KEY, clock=FakeClock(), quirks=Quirks(), provider="cata"
        )
        if style == "v1":
            await practice.ok("PUT", f"/api/v1/outlet-providers/{OUTLET}", {"providerSlug": "cata", "externalId": "shop-1"})
        cloud = CataCloud(wire, outlet_id=OUTLET)
        latte = item("LATTE", "6.10", groups=(milk(option("OAT", 80)),), category="Coffee")
        await cloud.push_menu(*for_cloud(payload(menu_of(latte), style)))
        if style == "v2":
            product: Any = await cloud.product("LATTE")
            assert product["basePrice"] == Decimal("6.1")
            assert product["modifierGroups"][0]["options"][0]["price"] == Decimal("0.8")
