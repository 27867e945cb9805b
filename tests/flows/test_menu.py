"""The menu is pushed whole, only when it changed, and never when it looks wrong."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from agent.core.catalogue import Catalogue, ModifierGroup, ModifierOption, RowProblem
from agent.core.entry import Entry, EntryError, EntryState
from agent.core.errors import InvalidInput, Refused, Unreachable
from agent.core.events import MenuChanged
from agent.core.money import Money
from agent.flows.menu.push import Menu, MenuRules
from agent.flows.menu.snooze import Snoozes
from agent.flows.menu.wire import SentItem
from tests.support.shop import BookPos, Shop, item, menu_of, open_shop

TEN = tuple(item(f"I{number}") for number in range(10))


class Kitchen:
    """A POS with a menu, and the flow that pushes it."""

    def __init__(self, shop: Shop, *, pos: BookPos | None = None, has_pos: bool = True, **rules: object) -> None:
        self.shop = shop
        self.pos = pos or BookPos(catalogue=menu_of(*TEN))
        self.taken: list[Mapping[str, SentItem]] = []
        self.snoozes = Snoozes(shop.facts, shop.recorder, clock=shop.clock, ids=shop.ids)
        self.menu = Menu(
            lambda: self.pos if has_pos else None,
            shop.outbox,
            shop.recorder,
            shop.facts,
            shop.cache,
            self.snoozes,
            shop.bus,
            clock=shop.clock,
            ids=shop.ids,
            rules=MenuRules(**({"currency": "SGD"} | rules)),  # type: ignore[arg-type]
            confirmed=self.taken.append,
        )

    async def confirmed(self) -> Entry:
        """Push and let the cloud say yes."""
        pushed = (await self.menu.sync()).entry
        assert pushed is not None
        entry = await self.shop.confirm(pushed.id)
        await self.menu.settled(entry)
        return entry

    def sells(self, *items: Any) -> None:
        self.pos.catalogue = menu_of(*items)

    async def refusal(self) -> Refused:
        with pytest.raises(Refused) as refused:
            await self.menu.sync()
        return refused.value


async def test_the_first_menu_is_pushed_and_an_unchanged_one_is_not(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        kitchen = Kitchen(shop)
        entry = await kitchen.confirmed()
        assert (entry.lane, entry.payload["style"]) == ("menu", "v2")
        assert [sorted(items) for items in kitchen.taken] == [sorted(one.code for one in TEN)]
        again = await kitchen.menu.sync()
        assert (again.sentences, again.entry) == (("Nothing has changed.",), None)
        assert len(await shop.entries()) == 1
        assert kitchen.menu.progress().synced_at == shop.clock.now()


async def test_a_changed_menu_is_pushed_and_said_in_sentences(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        kitchen = Kitchen(shop)
        await kitchen.confirmed()
        kitchen.sells(item("I0", "6.00"), *TEN[1:], item("NEW", name="Kaya toast"))
        synced = await kitchen.menu.sync()
        assert synced.sentences == ("I0 now costs 6.00 instead of 5.50.", "Kaya toast added.")
        assert synced.entry is not None
        assert MenuChanged(synced.sentences) in await shop.published()


async def test_what_was_confirmed_survives_a_restart(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        await Kitchen(shop).confirmed()
    async with open_shop(tmp_path) as shop:
        kitchen = Kitchen(shop)
        await kitchen.menu.load()
        view = await kitchen.menu.view()
        assert [one.code for one in view.items] == [one.code for one in TEN]
        assert view.as_of == kitchen.menu.progress().synced_at == shop.clock.now()
        assert (await kitchen.menu.sync()).entry is None


async def test_an_empty_menu_is_never_sent(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        kitchen = Kitchen(shop)
        kitchen.sells(item(" "))
        refused = await kitchen.refusal()
        assert (refused.reason, refused.status) == ("catalogue_empty", 409)
        with pytest.raises(Refused, match="catalogue_empty"):
            await kitchen.menu.sync(confirm=True)
        assert await shop.entries() == []


async def test_a_menu_that_lost_too_much_waits_for_a_persons_word(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        kitchen = Kitchen(shop)
        await kitchen.confirmed()
        kitchen.sells(*TEN[:7], item("NEW1"), item("NEW2"), item("NEW3"))
        refused = await kitchen.refusal()
        assert refused.reason == "catalogue_shrunken"
        assert refused.message == "3 items of 10 would disappear, so the menu stays as it is until somebody confirms it."
        assert kitchen.menu.complaint() == refused.message
        assert (await kitchen.menu.sync(confirm=True)).entry is not None
        assert kitchen.menu.complaint() == ""


async def test_losing_a_few_items_is_ordinary(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        kitchen = Kitchen(shop)
        await kitchen.confirmed()
        kitchen.sells(*TEN[:8])
        assert (await kitchen.menu.sync()).sentences == ("I8 removed.", "I9 removed.")


async def test_a_newer_push_takes_the_place_of_one_that_waits(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        kitchen = Kitchen(shop)
        first = (await kitchen.menu.sync()).entry
        same = (await kitchen.menu.sync()).entry
        assert first is not None
        assert same == first
        kitchen.sells(*TEN, item("NEW"))
        second = (await kitchen.menu.sync()).entry
        assert second is not None
        states = {entry.id: entry.state for entry in await shop.entries()}
        assert states == {first.id: EntryState.DISCARDED, second.id: EntryState.PENDING}
        assert "superseded" in (await shop.audit.latest())[0].reason


async def test_a_change_taken_back_before_it_was_sent_needs_no_push(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        kitchen = Kitchen(shop)
        await kitchen.confirmed()
        kitchen.sells(*TEN, item("NEW"))
        await kitchen.menu.sync()
        kitchen.sells(*TEN)
        assert (await kitchen.menu.sync()).entry is None
        assert await shop.entries(EntryState.PENDING) == []


async def test_a_change_taken_back_while_it_may_have_arrived_is_sent_again(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        kitchen = Kitchen(shop)
        await kitchen.confirmed()
        kitchen.sells(*TEN, item("NEW"))
        sending = (await kitchen.menu.sync()).entry
        assert sending is not None
        await shop.outbox.claim_one(sending.id)
        kitchen.sells(*TEN)
        back = await kitchen.menu.sync()
        assert back.sentences == ("The menu is sent again as it is.",)
        assert back.entry is not None
        assert [entry.id for entry in await shop.entries(EntryState.SENDING)] == [sending.id]


async def test_a_push_the_cloud_refused_is_not_repeated_until_the_menu_changes(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        kitchen = Kitchen(shop)
        pushed = (await kitchen.menu.sync()).entry
        assert pushed is not None
        await shop.outbox.claim_one(pushed.id)
        parked = await shop.outbox.park(pushed.id, EntryError("bad_request", "The cloud refused this."))
        await kitchen.menu.settled(parked)
        assert (await kitchen.menu.sync()).entry == parked
        assert kitchen.menu.progress().synced_at is None
        kitchen.sells(*TEN, item("NEW"))
        await kitchen.menu.sync()
        assert [entry.state for entry in await shop.entries()] == [EntryState.DISCARDED, EntryState.PENDING]


async def test_a_push_that_moves_away_while_it_is_replaced_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with open_shop(tmp_path) as shop:
        kitchen = Kitchen(shop)
        await kitchen.menu.sync()

        async def discard(entry_id: str, **_: object) -> Entry:
            raise InvalidInput("not_discardable", "It is being sent.")

        monkeypatch.setattr(shop.outbox, "discard", discard)
        kitchen.sells(*TEN, item("NEW"))
        assert (await kitchen.menu.sync()).entry is not None
        assert len(await shop.entries(EntryState.PENDING)) == 2


async def test_rows_that_cannot_be_sent_are_left_out_and_said(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        kitchen = Kitchen(shop)
        kitchen.pos.catalogue = Catalogue(
            items=(*TEN, item("BAD", "-1.00", "Refund")), problems=(RowProblem("row 12", "no_price", "It has no price."),)
        )
        synced = await kitchen.menu.sync()
        no_price, below_zero = synced.sentences[1:]
        assert no_price.endswith("row 12: It has no price.")
        assert below_zero.endswith("Refund has a price below zero.")


async def test_a_confirmation_that_cannot_be_remembered_disturbs_nobody(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        kitchen = Kitchen(shop)
        pushed = (await kitchen.menu.sync()).entry
        assert pushed is not None
        entry = await shop.confirm(pushed.id)
        await shop.database.close()
        await kitchen.menu.settled(entry)
        assert kitchen.menu.progress().synced_at == shop.clock.now()


async def test_v1_pushes_the_whole_tree(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        oat = ModifierOption(code="OAT", name="Oat milk", price=Money(80, "SGD"))
        latte = item("LATTE", groups=(ModifierGroup(code="MILK", name="Milk", options=(oat,)),), category="Coffee")
        kitchen = Kitchen(shop, pos=BookPos(catalogue=menu_of(latte)), style="v1")
        entry = await kitchen.confirmed()
        payload: Any = entry.payload
        assert payload["menu"]["menus"][0]["categories"] == [{"categoryId": "Coffee", "name": "Coffee", "products": ["LATTE"]}]
        dearer = ModifierOption(code="OAT", name="Oat milk", price=Money(90, "SGD"))
        kitchen.sells(item("LATTE", groups=(ModifierGroup(code="MILK", name="Milk", options=(dearer,)),), category="Coffee"))
        assert (await kitchen.menu.sync()).sentences == ("Latte changed in its details or choices.",)


async def test_the_regular_look_remembers_a_failure_and_says_it_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with open_shop(tmp_path) as shop:
        kitchen = Kitchen(shop)
        kitchen.pos.raises.extend(Unreachable("pos_off", "The POS does not answer.", maybe_applied=False) for _ in range(2))
        with caplog.at_level(logging.WARNING, "agent.flows.menu.push"):
            await kitchen.menu.look()
            await kitchen.menu.look()
        assert len(caplog.records) == 1
        view = await kitchen.menu.view()
        assert (view.trouble, view.next_at) == ("The POS does not answer.", shop.clock.now() + timedelta(seconds=900))
        assert MenuChanged(("The POS does not answer.",)) in await shop.published()
        await kitchen.menu.look()
        assert (await kitchen.menu.view()).trouble == ""


async def test_without_a_pos_there_is_nothing_to_look_at(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        kitchen = Kitchen(shop, has_pos=False)
        await kitchen.menu.look()
        assert kitchen.menu.progress().next_at is None
        assert (await kitchen.refusal()).reason == "no_menu_source"


async def test_sold_out_items_are_marked_and_told(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        kitchen = Kitchen(shop)
        await kitchen.confirmed()
        until = shop.clock.now() + timedelta(hours=3)
        entry = await kitchen.menu.snooze("I3", until)
        assert entry.payload == {"items": [{"itemCode": "I3", "snoozeEnd": "2026-11-22T07:00:00Z"}]}
        marks = {one.code: (one.available, one.snoozed_until) for one in (await kitchen.menu.view()).items}
        assert marks["I3"] == (False, until)
        assert marks["I4"] == (True, None)
        back = await kitchen.menu.snooze("I3", None)
        assert back.payload == {"items": [{"itemCode": "I3", "snoozeEnd": None}]}
        assert all(one.available for one in (await kitchen.menu.view()).items)
        assert MenuChanged(("I3 is back.",)) in await shop.published()


@pytest.mark.parametrize(
    ("code", "hours", "reason"), [("NONE", 1, "item_unknown"), (" ", 1, "item_unknown"), ("I1", 0, "until_past")]
)
async def test_a_snooze_that_makes_no_sense_is_refused(tmp_path: Path, code: str, hours: int, reason: str) -> None:
    async with open_shop(tmp_path) as shop:
        kitchen = Kitchen(shop)
        await kitchen.menu.sync()
        with pytest.raises((Refused, InvalidInput), match=reason):
            await kitchen.menu.snooze(code, shop.clock.now() + timedelta(hours=hours))


async def test_a_snooze_ends_by_itself(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        kitchen = Kitchen(shop)
        await kitchen.menu.snooze("I3", shop.clock.now() + timedelta(hours=1))
        shop.clock.move(3600)
        assert await kitchen.snoozes.until() == {}
        assert await kitchen.snoozes.renew() is None


async def test_a_long_absence_is_told_in_steps_and_renewed_also_after_a_restart(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        clock, ids = shop.clock, shop.ids
        until = clock.now() + timedelta(hours=40)
        first = await Kitchen(shop).menu.snooze("I3", until)
        assert first.payload == {"items": [{"itemCode": "I3", "snoozeEnd": "2026-11-23T04:00:00Z"}]}
        assert await Kitchen(shop).snoozes.renew() is None
    clock.move(23 * 3600)
    async with open_shop(tmp_path, clock, ids) as shop:
        snoozes = Kitchen(shop).snoozes
        second = await snoozes.renew()
        assert second is not None
        assert second.payload == {"items": [{"itemCode": "I3", "snoozeEnd": "2026-11-23T20:00:00Z"}]}
        assert await snoozes.renew() is None
        assert await snoozes.until() == {"I3": until}


async def test_a_menu_confirmed_after_a_restart_is_known_by_what_was_sent(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        pushed = (await Kitchen(shop).menu.sync()).entry
        assert pushed is not None
        again = Kitchen(shop)
        await again.menu.settled(await shop.confirm(pushed.id))
        again.sells(*TEN[:9], item("I9", "9.90"))
        assert (await again.menu.sync()).sentences == ("I9 now costs 9.90 instead of 5.50.",)


async def test_an_unchanged_menu_of_thousands_costs_less_than_a_new_one_and_nothing_is_written(tmp_path: Path) -> None:
    extra = ModifierGroup(code="G", name="Extra", options=(ModifierOption(code="E", name="Egg", price=Money(50, "SGD")),))
    async with open_shop(tmp_path) as shop:
        kitchen = Kitchen(shop)
        kitchen.sells(*(item(f"I{number:05}", groups=(extra,)) for number in range(3_000)))
        started = time.process_time()
        pushed = await kitchen.confirmed()
        first_s = time.process_time() - started
        costs = []
        for _ in range(3):
            started = time.process_time()
            assert (await kitchen.menu.sync()).entry is None
            costs.append(time.process_time() - started)
        assert min(costs) < first_s
        assert [entry.id for entry in await shop.entries()] == [pushed.id]


async def test_what_customers_see_is_held_against_the_pos_as_it_is_now(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        kitchen = Kitchen(shop)
        with pytest.raises(Refused, match="no_menu_yet"):
            await kitchen.menu.preflight()
        await kitchen.confirmed()
        assert await kitchen.menu.preflight() == []
        kitchen.sells(item("I0", "6.00"), *TEN[2:])
        assert [(one.code, one.reason) for one in await kitchen.menu.preflight()] == [
            ("I0", "price_differs"),
            ("I1", "item_missing"),
        ]
        await kitchen.menu.snooze("I1", shop.clock.now() + timedelta(hours=1))
        assert [one.code for one in await kitchen.menu.preflight()] == ["I0"]
