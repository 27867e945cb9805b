"""The control plane's part for the practice Cockato: what it knows, its switches, and customers."""

from __future__ import annotations

from agent.core.clock import to_wire
from agent.sandbox.calls import fit
from agent.sandbox.cockato.customers import Customer
from agent.sandbox.cockato.organisation import Json, Organisation, Transaction
from agent.sandbox.cockato.seed import Modes, SeedCustomer


def shown(org: Organisation) -> Json:
    """Everything of the organisation."""
    return {
        "modes": org.modes.model_dump(mode="json"),
        "customers": [_customer(org, customer) for customer in org.customers.all],
        "transactions": [_transaction(one) for one in org.transactions],
        "effects": org.effects(),
    }


def set_modes(org: Organisation, changes: Json) -> Json:
    """Change the switches that are named; raises InvalidInput."""
    org.modes = fit(Modes, {**org.modes.model_dump(mode="json"), **changes})
    return org.modes.model_dump(mode="json")


def add_customer(org: Organisation, given: Json) -> Json:
    """A further customer; raises InvalidInput."""
    return _customer(org, org.add(fit(SeedCustomer, given)))


def _customer(org: Organisation, customer: Customer) -> Json:
    return {
        "id": customer.id,
        "name": customer.name,
        "barcode_id": customer.barcode_id,
        "email": customer.email,
        "phone": customer.phone,
        "points": customer.points,
        "punch_cards": org.cards_of(customer),
        "welcome_offer": "" if customer.offer_redeemed else customer.welcome_offer,
    }


def _transaction(one: Transaction) -> Json:
    return {
        "at": to_wire(one.at),
        "date": to_wire(one.date),
        "customer_id": one.customer_id,
        "external_id": one.external_id,
        "invoice_number": one.invoice_number,
        "amount": one.amount,
        "points_awarded": one.points_awarded,
        "points_redeemed": one.points_redeemed,
        "punches": one.punches,
        "rewards": list(one.rewards),
        "outlet_id": one.outlet_id,
        "balance_after": one.balance_after,
    }
