"""Whether a visit has happened, told by what the member had before and has now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from agent.core.visit import Standing, Visit


class Moved(Enum):
    """What the comparison says."""

    YES = "yes"
    NO = "no"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Mark:
    """What of a member's standing a visit can move; nothing of it names anybody."""

    points: int
    cards: dict[str, tuple[int, int]]
    """Punches and ready rewards of each card."""
    offer: bool
    """A welcome offer waits."""

    @property
    def rewards(self) -> int:
        """Ready rewards, over all cards."""
        return sum(rewards for _, rewards in self.cards.values())


def mark_of(standing: Standing) -> Mark:
    """The mark of what the cloud says."""
    perks = standing.profile.perks
    cards = {card.id: (card.punches, card.rewards) for card in perks.cards}
    return Mark(standing.balance.points, cards, bool(perks.welcome_offer))


def to_json(mark: Mark) -> dict[str, object]:
    """JSON values that `mark_from` reads."""
    return {"points": mark.points, "cards": {card: list(has) for card, has in mark.cards.items()}, "offer": mark.offer}


def mark_from(tree: Mapping[str, Any]) -> Mark:
    """The mark that was kept."""
    return Mark(tree["points"], {card: (has[0], has[1]) for card, has in tree["cards"].items()}, tree["offer"])


def has_moved(before: Mark, now: Mark, visit: Visit, expected: int) -> Moved:
    """Whether what lies between the two is this visit; `expected` are the points that it was to give."""
    if visit.reward:
        return _exactly(before.rewards - now.rewards, 1)
    if visit.welcome_offer:
        return _exactly(int(before.offer) - int(now.offer), 1) if before.offer else Moved.UNCLEAR
    if visit.points:
        return _exactly(before.points - now.points, visit.points)
    by_points = _exactly(now.points - before.points, expected) if expected else None
    by_punches = (Moved.YES if now.cards != before.cards else Moved.NO) if visit.punches and before.cards else None
    said = {one for one in (by_points, by_punches) if one is not None}
    return said.pop() if len(said) == 1 else Moved.UNCLEAR


def _exactly(moved: int, wanted: int) -> Moved:
    if moved == wanted:
        return Moved.YES
    return Moved.NO if moved == 0 else Moved.UNCLEAR
