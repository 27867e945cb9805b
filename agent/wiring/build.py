"""Builds an agent: the ground first, then counter and kitchen on it, then the front."""

from __future__ import annotations

from collections.abc import Callable

from agent.agent import Agent
from agent.core.clock import Clock, SystemClock
from agent.core.clouds import Ability
from agent.core.errors import InvalidInput
from agent.core.ids import Ids, RandomIds
from agent.paths import Home
from agent.secrets import Secrets
from agent.settings import Settings
from agent.wiring import rules
from agent.wiring.counter import Counter
from agent.wiring.front import Front
from agent.wiring.ground import Ground
from agent.wiring.kitchen import Kitchen


async def build(
    home: Home,
    settings: Settings,
    secrets: Secrets,
    *,
    clock: Clock | None = None,
    ids: Ids | None = None,
    rebuild: Callable[[], None] = lambda: None,
    complaint: str = "",
) -> Agent:
    """An agent that has not started; `rebuild` is asked once other settings are written, `complaint` is said to staff.

    Raises NotSaved, DamagedData or NeedsPerson when its data cannot be opened,
    InvalidInput for settings that this version knows of but cannot honour.
    """
    _refuse_what_is_missing(settings)
    ground = Ground(home, settings, secrets, clock=clock or SystemClock(), ids=ids or RandomIds())
    ground.rebuild, ground.complaint = rebuild, complaint
    await ground.lay()
    counter = Counter(ground)
    return Front(ground, counter, Kitchen(ground, counter)).agent()


def _refuse_what_the_cloud_has_not(settings: Settings) -> None:
    cloud = rules.traits(settings)
    asked = {
        ("outlet.register", Ability.OUTLET): settings.outlet.register_at_cloud,
        ("menu.source", Ability.MENU): settings.menu.source,
        ("webhook.callback_url", Ability.ORDERS): settings.webhook.callback_url,
        ("loyalty.offline_burn", Ability.ONCE): settings.loyalty.offline_burn != "deny",
    }
    for (key, ability), is_asked in asked.items():
        if is_asked and not cloud.can(ability):
            sentence = f"{cloud.without(ability)} The setting {key} cannot be used with it."
            raise InvalidInput("not_offered", sentence, field=key)


def _refuse_what_is_missing(settings: Settings) -> None:
    """Never quietly ignored: somebody who sets it counts on it."""
    _refuse_what_the_cloud_has_not(settings)
    if settings.relay.url or settings.relay.nats_url:
        raise InvalidInput("relay_unavailable", "This version of Cata Bridge works without a relay.", field="relay.url")
