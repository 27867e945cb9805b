"""One organisation at the practice Cockato: its customers, its rules, and everything that happened, once or twice as asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from agent.core.clock import Clock, to_wire
from agent.core.ids import Ids
from agent.sandbox.cockato import programme
from agent.sandbox.cockato.answers import invalid, no
from agent.sandbox.cockato.customers import Customer, Customers
from agent.sandbox.cockato.seed import Modes, SeedCockato, SeedCustomer
from agent.sandbox.cockato.transactions import Asked

Json = dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Transaction:
    """Something that really happened."""

    id: str
    at: datetime
    date: datetime
    """When the till says that it was."""
    customer_id: str
    external_id: str
    invoice_number: str
    amount: str
    points_awarded: int
    points_redeemed: int
    punches: int
    rewards: tuple[str, ...]
    outlet_id: str
    balance_after: int


class Organisation:
    """The state behind the one call."""

    def __init__(self, seed: SeedCockato, clock: Clock, ids: Ids) -> None:
        self._seed = seed
        self._clock = clock
        self._ids = ids
        self.modes: Modes = seed.modes
        self.rules = {card.id: card for card in seed.punch_cards}
        self.customers = Customers(seed.calling_code)
        self.transactions: list[Transaction] = []
        self.events: list[Json] = []
        """What happened since somebody last took it, as it is sent to whoever listens."""
        self._answers: dict[str, Json] = {}
        for customer in seed.customers:
            self.add(customer)
        self.events.clear()

    @property
    def keys(self) -> tuple[str, ...]:
        """Those that are taken now."""
        return () if self.modes.keys_revoked else self._seed.keys

    def add(self, seed: SeedCustomer) -> Customer:
        """A further customer."""
        customer = self.customers.add(seed, self._ids.new(), self.rules)
        self._happened("customer.created", {**_person(customer), "email": customer.email, "phone": customer.phone})
        return customer

    def transact(self, asked: Asked) -> Json:
        """Do what is asked, whole or not at all; raises Refused."""
        customer = self.customers.find(barcode_id=asked.barcode_id, email=asked.email, phone=asked.phone)
        self._check_outlet(asked.outlet_id)
        if asked.is_lookup:
            return self._answer(customer, None)
        if self.modes.honours_idempotency and (done := self._answers.get(asked.external_id)):
            return self._again(done)
        punches = self._punches(asked.punches)
        self._check(customer, asked)
        answer = self._answer(customer, self._apply(customer, asked, punches))
        if asked.external_id:
            self._answers[asked.external_id] = answer
        return answer

    def effects(self) -> dict[str, int]:
        """How often each `external_transaction_id` really happened."""
        counts: dict[str, int] = {}
        for one in self.transactions:
            counts[one.external_id] = counts.get(one.external_id, 0) + 1
        return counts

    def take_events(self) -> list[Json]:
        """Events that nobody has been told of yet."""
        taken, self.events = self.events, []
        return taken

    def _again(self, done: Json) -> Json:
        if self.modes.duplicate_answer == "409":
            raise no(409, "duplicate_transaction", "This transaction was recorded before")
        return {**done, "duplicate": True}

    def _check_outlet(self, outlet_id: str) -> None:
        if outlet_id and outlet_id not in self._seed.outlets:
            raise invalid("Unknown outlet")

    def _punches(self, asked: Mapping[str, int] | int) -> dict[str, int]:
        if isinstance(asked, int):
            if asked and len(self.rules) != 1:
                raise invalid("punches: say which punch card")
            return {card: asked for card in self.rules if asked}
        if unknown := [card for card in asked if card not in self.rules]:
            raise invalid(f"Unknown punch card {unknown[0]}")
        return dict(asked)

    def _check(self, customer: Customer, asked: Asked) -> None:
        if asked.redeem_points:
            programme.check_points(customer, asked.redeem_points, self.modes)
        if asked.redeem_reward_id:
            programme.check_reward(customer, asked.redeem_reward_id)
        if asked.redeem_welcome_offer:
            programme.check_offer(customer)

    def _apply(self, customer: Customer, asked: Asked, punches: Mapping[str, int]) -> Transaction:
        now = self._clock.now()
        awarded = programme.points_of(asked.amount, self.modes) if asked.amount else 0
        rewards: list[str] = []
        customer.points += awarded - asked.redeem_points
        if asked.redeem_reward_id:
            customer.cards[asked.redeem_reward_id].rewards -= 1
            rewards.append(asked.redeem_reward_id)
        if asked.redeem_welcome_offer:
            customer.offer_redeemed = True
            rewards.append("welcome_offer")
        filled = [card for card, count in punches.items() if programme.punch(customer.cards[card], self.rules[card], count)]
        done = Transaction(
            id=self._ids.new(),
            at=now,
            date=asked.date or now,
            customer_id=customer.id,
            external_id=asked.external_id,
            invoice_number=asked.invoice_number,
            amount=str(asked.amount or 0),
            points_awarded=awarded,
            points_redeemed=asked.redeem_points,
            punches=sum(punches.values()),
            rewards=tuple(rewards),
            outlet_id=asked.outlet_id,
            balance_after=customer.points,
        )
        self.transactions.append(done)
        self._tell(customer, done, filled)
        return done

    def _tell(self, customer: Customer, done: Transaction, filled: list[str]) -> None:
        common = {**_person(customer), "new_balance": customer.points, "outlet_id": done.outlet_id or None}
        if done.points_awarded:
            amount = {"points_awarded": done.points_awarded, "transaction_amount": float(done.amount)}
            self._happened("transaction.completed", {**common, **amount})
        for card in filled:
            rule = self.rules[card]
            named = {"punch_card_id": card, "punch_card_name": rule.name, "reward_description": rule.reward}
            self._happened("punchcard.completed", {**common, **named})
        if done.points_redeemed or done.rewards:
            kind = done.rewards[0] if done.rewards else "points"
            self._happened("reward.redeemed", {**common, "reward_type": kind, "points_redeemed": done.points_redeemed})

    def _happened(self, event: str, data: Json) -> None:
        self.events.append({"event": event, "timestamp": to_wire(self._clock.now()), "data": data})

    def _answer(self, customer: Customer, done: Transaction | None) -> Json:
        answer: Json = {
            "transaction_id": done.id if done else None,
            "customer": {**_person(customer), "email": customer.email, "phone": customer.phone},
            "points_awarded": done.points_awarded if done else 0,
            "points_redeemed": done.points_redeemed if done else 0,
            "punches_added": done.punches if done else 0,
            "punch_cards": self.cards_of(customer),
            "rewards_redeemed": list(done.rewards) if done else [],
            "welcome_offer": _offer(customer),
            "outlet_id": done.outlet_id if done else None,
            "duplicate": False,
        }
        place = self.modes.balance_field
        if place == "customer.points_balance":
            answer["customer"] = {**_person(customer), "points_balance": customer.points}
        else:
            answer[place] = customer.points
        return answer

    def cards_of(self, customer: Customer) -> list[Json]:
        """A customer's punch cards as they are told."""
        return [
            {
                "punch_card_id": card,
                "name": self.rules[card].name,
                "current_punches": has.punches,
                "punches_required": self.rules[card].punches_required,
                "rewards_available": has.rewards,
            }
            for card, has in customer.cards.items()
        ]


def _person(customer: Customer) -> Json:
    return {"customer_id": customer.id, "customer_name": customer.name, "barcode_id": customer.barcode_id}


def _offer(customer: Customer) -> Json:
    waits = bool(customer.welcome_offer) and not customer.offer_redeemed
    return {"available": waits, "redeemed": customer.offer_redeemed, "description": customer.welcome_offer}
