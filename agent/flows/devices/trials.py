"""Trying the shop out: a page from a printer, and an order of the agent's own that goes the whole way but to the POS."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from agent.core.clock import Clock
from agent.core.errors import Refused
from agent.core.ids import Ids
from agent.core.order import Method, OrderLine, PaidOrder
from agent.core.roles import Printer
from agent.core.ticket import RULE, Emphasis, Ticket, TicketLine
from agent.core.ticket_words import WORDS, TicketLanguage, TicketWords

TRIAL = "test order"
"""Where such an order came from; no device can have this name, and nobody is told of its steps."""
REF_DIGITS = 3


class Taker(Protocol):
    """The one way in for orders."""

    async def take_trial(self, paid: PaidOrder) -> None:
        """Keep it, show it and print it; raises NotSaved."""
        ...


class Trials:
    """What set-up asks of a shop before it opens."""

    def __init__(
        self,
        intake: Taker,
        printers: Callable[[], Mapping[str, Printer]],
        *,
        clock: Clock,
        ids: Ids,
        shop: Callable[[], str],
        language: TicketLanguage = TicketLanguage.ENGLISH,
    ) -> None:
        """`shop` is what the top of the test page says, `language` what the kitchen reads."""
        self._intake, self._printers = intake, printers
        self._clock, self._ids, self._shop, self._words = clock, ids, shop, WORDS[language]

    async def print_page(self, name: str) -> None:
        """A page that shows what the printer can; raises Refused `device_unknown` or what the printer raises."""
        printer = self._printers().get(name)
        if printer is None:
            raise Refused("device_unknown", "There is no printer with this name.", status=404)
        await printer.print_ticket(page_of(self._shop(), name, self._words))

    async def place_order(self) -> str:
        """An order marked TEST, for the board and the printers; returns its id. Raises NotSaved."""
        order_id, ref_no = f"test-{self._ids.new()}", f"TEST {self._ids.digits(REF_DIGITS)}"
        lines = (
            OrderLine(name="TEST: do not make this", quantity=1),
            OrderLine(name="Kopi C, less sugar", quantity=2, notes="TEST: no nuts"),
        )
        await self._intake.take_trial(
            PaidOrder(
                id=order_id,
                ref_no=ref_no,
                outlet_id=None,
                method=Method.PICKUP,
                placed_at=self._clock.now(),
                promised_at=None,
                lines=lines,
                total=None,
                source=TRIAL,
            )
        )
        return order_id


def page_of(shop: str, name: str, words: TicketWords) -> Ticket:
    """Sizes, scripts and a rule, so that what a printer cannot do is seen at once."""
    lines = (
        TicketLine(words.test_page, Emphasis.BANNER),
        TicketLine(shop, Emphasis.LARGE),
        TicketLine(name),
        RULE,
        TicketLine("TEST 123", Emphasis.HUGE),
        TicketLine("2 x Kopi C 咖啡 காபி", Emphasis.LARGE),
        TicketLine(words.test_note, Emphasis.NOTE),
        RULE,
        TicketLine(words.test_done),
    )
    return Ticket("test page", lines)
