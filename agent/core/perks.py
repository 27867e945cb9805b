"""What a member can have besides points: punch cards, rewards that are ready, and a welcome offer."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class PunchCard:
    """One punch card of a member."""

    id: str
    name: str
    punches: int
    """Punches on the card now."""
    needed: int
    """Punches that fill it; 0 when the cloud does not say."""
    rewards: int
    """Rewards that were earned with it and not used yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Perks:
    """All of them, as the cloud last said."""

    cards: tuple[PunchCard, ...] = ()
    welcome_offer: str = ""
    """What the unused welcome offer gives, in the cloud's words; empty when there is none."""

    @property
    def rewards(self) -> int:
        """Rewards that are ready, over all cards."""
        return sum(card.rewards for card in self.cards)


NO_PERKS = Perks()
