"""Reading products back after a confirmed push: a bounded sample, and what differs said in sentences."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence

from agent.cloud.tolerant import decimal, text
from agent.core.errors import CataBridgeError, Unreachable
from agent.core.events import MenuChanged
from agent.core.ids import Ids
from agent.core.roles import Cloud
from agent.core.sentence import Sentence
from agent.flows.bus import Bus
from agent.flows.menu.wire import SentItem

log = logging.getLogger(__name__)

SAMPLE = 5
"""Products read back after a push."""


class MenuCheck:
    """Asks the cloud whether it shows what was sent; runs beside the sender and never in its way."""

    def __init__(self, cloud: Cloud, bus: Bus, *, ids: Ids, sample: int = SAMPLE) -> None:
        self._cloud = cloud
        self._bus = bus
        self._ids = ids
        self._sample = sample
        self._due: Mapping[str, SentItem] = {}
        """By code, of the last confirmed menu."""
        self.differences: tuple[str, ...] = ()
        """What the last sample found to differ."""

    def confirmed(self, items: Mapping[str, SentItem]) -> None:
        """The cloud took a menu with these items, by code: choose whom to ask about."""
        self._due = {code: items[code] for code in self._chosen(sorted(items))}

    async def check(self) -> Sequence[str]:
        """Read the sample of the last confirmed menu once; returns what differs. Tries again later when the line is down."""
        due = self._due
        if not due:
            return ()
        found: list[str] = []
        try:
            for code, sent in due.items():
                found.extend(_differences(sent, await self._cloud.product(code)))
        except Unreachable as error:
            log.debug("menu sample not read reason=%s", error.reason)
            return ()
        except CataBridgeError as error:
            log.info("menu sample cannot be read reason=%s", error.reason)
            found = []
        if self._due is due:
            self._due = {}
        self.differences = tuple(found)
        if found:
            log.warning("cloud shows another menu than was sent differences=%d", len(found))
            self._bus.publish(MenuChanged(self.differences))
        return found

    def _chosen(self, codes: list[str]) -> list[str]:
        """A sample spread over the menu, starting anywhere."""
        if len(codes) <= self._sample:
            return codes
        start = int(self._ids.fraction() * len(codes))
        step = len(codes) // self._sample
        return [codes[(start + number * step) % len(codes)] for number in range(self._sample)]


def _differences(sent: SentItem, product: Mapping[str, object] | None) -> list[str]:
    if product is None:
        return [Sentence(f"Cata does not know {sent.name} although it was sent.", "menu_not_there", item=sent.name)]
    found: list[str] = []
    name, price = text(product.get("name")), decimal(product.get("basePrice"))
    if name and name != sent.name:
        words = f"Cata shows {name} where {sent.name} was sent."
        found.append(Sentence(words, "menu_other_name", item=sent.name, name=name))
    if price is not None and price != decimal(sent.price):
        words = f"Cata shows {sent.name} for {price} where {sent.price} was sent."
        found.append(Sentence(words, "menu_other_price", item=sent.name, price=str(price), sent=str(sent.price)))
    return found
