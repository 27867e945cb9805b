"""The clouds a till can work with: what they are called and what they can do, so that no flow asks which one it is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from agent.core.errors import Refused
from agent.core.sentence import Sentence


class Ability(StrEnum):
    """What not every cloud can do."""

    ORDERS = "orders"
    MENU = "menu"
    OUTLET = "outlet"
    POINTS = "points"
    """Credit points by their number."""
    REVERSE = "reverse"
    PUNCHES = "punches"
    REWARDS = "rewards"
    """Rewards and a welcome offer to redeem."""
    ONCE = "once"
    """Do what it is told twice under one key once only, as is known for sure."""
    HISTORY = "history"
    """Purchases of the past under their own dates."""


WITHOUT = {
    Ability.ORDERS: "{cloud} has no paid orders.",
    Ability.MENU: "{cloud} has no menu, so there is nothing to send it.",
    Ability.OUTLET: "{cloud} does not know whether a shop is open or busy.",
    Ability.POINTS: "{cloud} counts points from the amount: give the amount of the sale, not the points.",
    Ability.REVERSE: "{cloud} has no way to take this back from here. Correct it in {cloud} itself.",
    Ability.PUNCHES: "{cloud} has no punch cards.",
    Ability.REWARDS: "{cloud} has no rewards and no welcome offers to redeem.",
    Ability.ONCE: "{cloud} does not promise to redeem once what it is told twice.",
    Ability.HISTORY: "{cloud} takes no purchases of the past.",
}
"""What people are told when it is asked for all the same."""


@dataclass(frozen=True, slots=True)
class CloudTraits:
    """One cloud."""

    name: str
    """As people call it."""
    abilities: frozenset[Ability]
    unconfigured: str
    """How a sentence begins about a cloud that takes the key and no points."""

    def can(self, ability: Ability) -> bool:
        """Whether it can do this."""
        return ability in self.abilities

    def without(self, ability: Ability) -> str:
        """Why it cannot, in one sentence."""
        return Sentence(WITHOUT[ability].format(cloud=self.name), f"without_{ability}")

    def require(self, ability: Ability) -> None:
        """Raises Refused `not_offered` with that sentence when it cannot."""
        if not self.can(ability):
            raise Refused("not_offered", self.without(ability))


CATA = CloudTraits(
    "Cata",
    frozenset({Ability.ORDERS, Ability.MENU, Ability.OUTLET, Ability.POINTS, Ability.REVERSE, Ability.ONCE}),
    "Loyalty is not set up at Cata",
)
COCKATO = CloudTraits(
    "Cockato",
    frozenset({Ability.PUNCHES, Ability.REWARDS, Ability.HISTORY}),
    "Cockato says that this shop's plan is not active",
)
