"""Tickets in rows that scroll."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from gui.style import Look
from gui.tickets import words as ticket_words
from gui.tickets.ticket import Spec, Ticket
from gui.widgets.sparse import Maker, Sparse


class Shelf(Sparse[Spec, Ticket]):
    """One column of the board."""

    def __init__(self, look: Look, name: str, make: Callable[[Spec], Ticket], on_made: Callable[[Ticket], None]) -> None:
        maker = Maker(lambda spec: spec.order.id, make, lambda spec: guess(look, spec), on_made)
        super().__init__(name, maker, look.gap(12))

    def show_keys(self, keys: Mapping[str, str]) -> None:
        """The digits that pick tickets."""
        for key, ticket in self.widgets().items():
            ticket.show_key(keys.get(key, ""))


def guess(look: Look, spec: Spec) -> int:
    """About the height of a ticket that nobody has seen yet."""
    order = spec.order
    if spec.kind in {"folded", "ready"}:
        return look.gap(100 if spec.kind == "folded" else 160)
    strips = len(ticket_words.allergies(order)) + len(order.problems) + bool(order.notes)
    return look.gap(140) + strips * look.gap(44) + len(order.lines) * max(look.gap(50), look.px(50))
