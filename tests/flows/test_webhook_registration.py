"""The cloud knows where to deliver, we know the secret, and a change of secret loses no delivery."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from agent.core.errors import Conflict, NotSaved, Refused, Unreachable
from agent.flows.orders.webhook_registration import RegistrationRules, WebhookRegistration
from agent.flows.orders.webhook_secrets import WebhookSecrets
from tests.support.shop import OUTLET, Drawer, PracticeRegistry, Shop, open_shop

URL = "https://relay.example.test/cata/orders"
RULES = RegistrationRules(outlet_id=OUTLET, provider="cata", callback_url=URL)


class Desk:
    """Everything around one registration."""

    def __init__(
        self, shop: Shop, registry: PracticeRegistry | None = None, drawer: Drawer | None = None, rules: RegistrationRules = RULES
    ) -> None:
        self.registry, self.drawer = registry or PracticeRegistry(), drawer or Drawer()
        self.secrets = WebhookSecrets(self.drawer, shop.facts, clock=shop.clock)
        self.registration = WebhookRegistration(self.registry, self.secrets, shop.facts, rules=rules)


async def test_the_first_start_registers_and_keeps_the_secret(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        desk = Desk(shop)
        assert await desk.registration.ensure() == "The address for deliveries was registered."
        assert desk.registry.webhooks[1].callback_url == URL
        assert desk.drawer.held == {"webhook-secret": "whsec_1_first"}
        assert await desk.registration.ensure() == "The address for deliveries is registered."
        assert desk.secrets.in_force() == ["whsec_1_first"]


async def test_a_moved_or_sleeping_registration_is_corrected(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        desk = Desk(shop)
        await desk.registration.ensure()
        for wrong in ({"callback_url": "https://old.test"}, {"is_active": False}, {"events": ("menu.updated",)}):
            desk.registry.webhooks[1] = replace(desk.registry.webhooks[1], **wrong)
            assert await desk.registration.ensure() == "The address for deliveries was corrected."
            found = desk.registry.webhooks[1]
            assert (found.callback_url, found.is_active, "order.paid" in found.events) == (URL, True, True)
        assert desk.registry.webhooks[1].events == ("menu.updated", "order.paid")


async def test_a_secret_that_was_lost_is_asked_for_anew(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        first = Desk(shop)
        await first.registration.ensure()
        second = Desk(shop, first.registry)
        await second.secrets.load()
        assert await second.registration.ensure() == "The address for deliveries is registered, with a new secret."
        assert second.secrets.in_force() == ["whsec_1_first+"]


async def test_two_who_register_at_once_end_with_one(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        desk = Desk(shop)
        await desk.registry.register(OUTLET, "cata", URL)
        desk.registry.hidden = 1
        await desk.registration.ensure()
        assert len(desk.registry.webhooks) == 1
        assert desk.secrets.in_force() == ["whsec_1_first+"]
        desk.registry.hidden = 2
        with pytest.raises(Conflict):
            await desk.registration.ensure()


async def test_a_registration_answered_without_its_secret_is_renewed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with open_shop(tmp_path) as shop:
        desk = Desk(shop)
        register = desk.registry.register

        async def forgetful(*args: str) -> object:
            return replace(await register(*args), secret="")

        monkeypatch.setattr(desk.registry, "register", forgetful)
        await desk.registration.ensure()
        assert desk.secrets.in_force() == ["whsec_1_first+"]


async def test_after_a_rotation_both_secrets_are_good_for_ten_minutes(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        desk = Desk(shop)
        await desk.registration.ensure()
        assert await desk.registration.rotate() == "The webhook secret was renewed."
        assert desk.secrets.in_force() == ["whsec_1_first+", "whsec_1_first"]
        shop.clock.move(599)
        await desk.secrets.tidy()
        again = Desk(shop, desk.registry, desk.drawer)
        await again.secrets.load()
        assert again.secrets.in_force() == ["whsec_1_first+", "whsec_1_first"]
        shop.clock.move(1)
        assert again.secrets.in_force() == ["whsec_1_first+"]
        await again.secrets.tidy()
        assert desk.drawer.held == {"webhook-secret": "whsec_1_first+"}
        await again.secrets.tidy()
        assert again.secrets.in_force() == ["whsec_1_first+"]


async def test_a_secret_that_could_not_be_kept_is_asked_for_again(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        desk = Desk(shop)
        await desk.registration.ensure()
        desk.drawer.raises = NotSaved("secret_not_saved", "The disk is full.")
        with pytest.raises(NotSaved):
            await desk.registration.rotate()
        later = Desk(shop, desk.registry, desk.drawer)
        desk.drawer.raises = None
        await later.secrets.load()
        assert await later.registration.ensure() == "The address for deliveries is registered, with a new secret."
        assert desk.drawer.held["webhook-secret"] == desk.registry.secrets[1]
        assert await later.registration.ensure() == "The address for deliveries is registered."


async def test_a_secret_pasted_by_hand_works_without_any_registration(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        drawer = Drawer(webhook_secret="pasted", webhook_secret_previous="pasted before")
        desk = Desk(shop, drawer=drawer, rules=replace(RULES, callback_url=""))
        await desk.secrets.load()
        assert await desk.registration.ensure() == "No address is registered by this till."
        assert desk.registry.webhooks == {}
        shop.clock.move(86_400)
        await desk.secrets.tidy()
        assert desk.secrets.in_force() == ["pasted", "pasted before"]


async def test_the_same_secret_again_has_no_predecessor(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        desk = Desk(shop)
        await desk.secrets.replace("one")
        await desk.secrets.replace("one")
        assert desk.secrets.in_force() == ["one"]


async def test_there_is_nothing_to_rotate_before_a_registration(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        with pytest.raises(Refused, match="webhook_unknown"):
            await Desk(shop).registration.rotate()


async def test_the_regular_check_only_remembers_a_failure(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        desk = Desk(shop)
        desk.registry.raises = Refused("forbidden", "This key may not register.", status=403)
        await desk.registration.look()
        await desk.registration.look()
        assert desk.registration.complaint() == "This key may not register."
        desk.registry.raises = None
        await desk.registration.look()
        assert desk.registration.complaint() == ""
        assert desk.secrets.in_force() == ["whsec_1_first"]


async def test_a_till_started_in_an_outage_needs_no_person_and_registers_once_the_line_is_back(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        desk = Desk(shop)
        desk.registry.raises = Unreachable("timeout", "No answer.", maybe_applied=False)
        await desk.registration.look()
        assert desk.registration.complaint() == ""
        desk.registry.raises = None
        await desk.registration.look_again()
        assert desk.secrets.in_force() == ["whsec_1_first"]
        desk.registry.webhooks.clear()
        await desk.registration.look_again()
        assert desk.registry.webhooks == {}  # what was checked is not asked for again every minute


async def test_a_previous_secret_that_is_gone_already_is_no_trouble(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        desk = Desk(shop)
        await desk.registration.ensure()
        await desk.registration.rotate()
        del desk.drawer.held["webhook-secret-previous"]
        await desk.secrets.load()
        shop.clock.move(3600)
        await desk.secrets.tidy()
        assert desk.secrets.in_force() == ["whsec_1_first+"]
