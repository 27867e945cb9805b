"""The programme's maths: points of an amount, punches on a card, what may be redeemed."""

from __future__ import annotations

from decimal import ROUND_FLOOR, Decimal

from agent.sandbox.cockato.answers import no
from agent.sandbox.cockato.customers import Card, Customer
from agent.sandbox.cockato.seed import Modes, SeedPunchCard


def points_of(amount: Decimal, modes: Modes) -> int:
    """Whole spends that earn, times what each gives; the rounding is assumed."""
    if not modes.points_enabled:
        return 0
    return int((amount / modes.currency_per_point).to_integral_value(ROUND_FLOOR)) * modes.points_per_currency


def punch(card: Card, rule: SeedPunchCard, count: int) -> int:
    """Put punches on a card; returns the rewards that it earned. Without carry-forward what is over is lost."""
    total = card.punches + count
    earned = total // rule.punches_required if rule.carry_forward else int(total >= rule.punches_required)
    card.punches = total % rule.punches_required if rule.carry_forward else (0 if earned else total)
    card.rewards += earned
    return earned


def check_points(customer: Customer, points: int, modes: Modes) -> None:
    """Whether so many points may be redeemed; raises Refused."""
    if not modes.points_enabled:
        raise no(422, "points_disabled", "Points are disabled")
    if points < modes.minimum_points:
        raise no(422, "below_minimum_redemption", f"At least {modes.minimum_points} points must be redeemed")
    if points > customer.points:
        raise no(409, "insufficient_points", "Insufficient points")


def check_reward(customer: Customer, card_id: str) -> None:
    """Whether a reward of this card is there; raises Refused."""
    if card_id not in customer.cards or customer.cards[card_id].rewards < 1:
        raise no(422, "reward_not_available", "Reward not available")


def check_offer(customer: Customer) -> None:
    """Whether the welcome offer waits; raises Refused."""
    if not customer.welcome_offer or customer.offer_redeemed:
        raise no(422, "reward_not_available", "Welcome offer not available")
