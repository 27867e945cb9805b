"""Settings as the values that flows are built with: one function a flow, nothing but reading."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from agent import __version__
from agent.api.settings import ApiSettings
from agent.core.backoff import Backoff
from agent.core.clouds import CATA, COCKATO, CloudTraits
from agent.core.money import Money, Points
from agent.core.offline_burn import OfflineTerms
from agent.db.mending import MendingRules
from agent.flows.care.upkeep import Retention
from agent.flows.line.state import LinePolicy
from agent.flows.line.verdicts import SenderPolicy
from agent.flows.loyalty.by_hand import ByHandLimits
from agent.flows.loyalty.intents import LoyaltyTerms
from agent.flows.menu.push import MenuRules
from agent.flows.orders.deadlines import DeadlineRules
from agent.flows.orders.intake import IntakeRules
from agent.flows.orders.outlet import OpeningHours, OutletProfile
from agent.flows.orders.webhook_registration import RegistrationRules
from agent.flows.status import BoardFacts, LoyaltyFacts, OutletFacts
from agent.settings import Settings

THIS_COMPUTER = ("http://127.0.0.1", "http://localhost", "http://[::1]")
"""A cloud here can only be the practice cloud: anything real is https."""


def traits(settings: Settings) -> CloudTraits:
    """What the cloud that is set up can do."""
    return COCKATO if settings.cloud.provider == "cockato" else CATA


def backoff(settings: Settings) -> Backoff:
    """How everything that is tried again waits."""
    return Backoff(settings.sender.backoff_base_s, settings.sender.backoff_cap_s)


def line_policy(settings: Settings) -> LinePolicy:
    """When the line counts as down."""
    sender = settings.sender
    return LinePolicy(
        backoff=backoff(settings),
        breaker_after=sender.breaker_after,
        breaker_probe_s=sender.breaker_probe_s,
        probe_unauthorized_s=sender.probe_unauthorized_s,
        probe_unconfigured_s=sender.probe_unconfigured_s,
    )


def sender_policy(settings: Settings) -> SenderPolicy:
    """How hard the sender tries."""
    sender = settings.sender
    return SenderPolicy(
        backoff=backoff(settings),
        requests_per_s=_requests_per_s(settings),
        in_flight=sender.in_flight,
        conflict_tries=sender.conflict_tries,
        key_memory=timedelta(hours=sender.unknown_age_h),
        cloud=traits(settings).name,
    )


def _requests_per_s(settings: Settings) -> float:
    """Entries in a second; one to a Cockato that knows no ids again takes two requests, the count before and the visit."""
    cloud = settings.cloud
    if cloud.provider != "cockato":
        return cloud.requests_per_s
    return cloud.cockato.requests_per_s / (1 if cloud.cockato.idempotent else 2)


def loyalty_terms(settings: Settings) -> LoyaltyTerms:
    """What earns how much, and on which day."""
    outlet = settings.outlet
    return LoyaltyTerms(
        outlet_id=outlet.id,
        till=outlet.till,
        zone=outlet.zone,
        business_day_ends=outlet.business_day_ends,
        currency=outlet.currency,
        points_per_unit=settings.loyalty.points_per_unit,
        by_hand=ByHandLimits(
            entries_per_day=settings.loyalty.by_hand_entries_per_day, points_per_day=settings.loyalty.by_hand_points_per_day
        ),
    )


def offline_terms(settings: Settings) -> OfflineTerms | None:
    """The limits of redeeming without a connection; None where that is denied."""
    limits, currency = settings.loyalty.offline, settings.outlet.currency
    if settings.loyalty.offline_burn != "bounded":
        return None
    return OfflineTerms(
        point_value=limits.point_value,
        redemption_points=Points(limits.redemption_points),
        redemption=Money.parse(limits.redemption_cap, currency),
        balance_percent=limits.balance_percent,
        device_cap=Money.parse(limits.device_cap, currency),
        devices=limits.devices,
        outage=timedelta(minutes=limits.outage_min),
        balance_age=timedelta(minutes=limits.balance_age_min),
        session_age=timedelta(hours=limits.session_age_h),
        member_grants_a_day=limits.member_grants_a_day,
        pin_above=Money.parse(limits.pin_above, currency),
    )


def menu_rules(settings: Settings) -> MenuRules:
    """What is pushed, how often, and when a person is asked."""
    menu = settings.menu
    return MenuRules(
        currency=settings.outlet.currency,
        interval_s=menu.interval_s,
        style=menu.style,
        max_drop_percent=menu.max_drop_percent,
    )


def outlet_profile(settings: Settings) -> OutletProfile | None:
    """What the cloud is told about the shop; None when that is not switched on."""
    outlet = settings.outlet
    if not outlet.register_at_cloud:
        return None
    return OutletProfile(
        external_id=outlet.external_id or outlet.id,
        name=outlet.name,
        street=outlet.street,
        city=outlet.city,
        postal_code=outlet.postal_code,
        country=outlet.country,
        phone=outlet.phone,
        timezone=outlet.timezone,
        currency=outlet.currency,
        hours=tuple(OpeningHours(day=day.day, opens=day.opens, closes=day.closes) for day in outlet.hours),
    )


def registration_rules(settings: Settings) -> RegistrationRules:
    """Where the cloud is to deliver."""
    return RegistrationRules(
        outlet_id=settings.outlet.id,
        provider=settings.orders.provider_slug,
        callback_url=settings.webhook.callback_url,
    )


def intake_rules(settings: Settings) -> IntakeRules:
    """Which deliveries are taken."""
    return IntakeRules(
        outlet_id=settings.outlet.id,
        signature=settings.webhook.signature,
        tolerance_s=settings.webhook.tolerance_s,
        auto_accept=settings.orders.auto_accept and not settings.orders.auto_accept_after_s,
    )


def deadline_rules(settings: Settings) -> DeadlineRules:
    """How long an order may wait for an answer."""
    orders = settings.orders
    accepts = orders.auto_accept and orders.auto_accept_after_s > 0
    return DeadlineRules(
        accept_within=timedelta(seconds=accept_deadline_s(settings)),
        auto_accept=accepts,
        auto_reject=orders.auto_reject and not accepts,
    )


def accept_deadline_s(settings: Settings) -> int:
    """How long an order waits for an answer before a rule, or a complaint, takes over."""
    orders = settings.orders
    return orders.auto_accept_after_s if orders.auto_accept and orders.auto_accept_after_s else orders.accept_deadline_s


def board_facts(settings: Settings) -> BoardFacts:
    """What the board shows by."""
    board, rules = settings.board, deadline_rules(settings)
    return BoardFacts(
        counter_due_min=board.counter_due_min,
        counter_late_min=board.counter_late_min,
        kitchen_due_min=board.kitchen_due_min,
        kitchen_late_min=board.kitchen_late_min,
        at_deadline="accept" if rules.auto_accept else "reject" if rules.auto_reject else "",
    )


def retention(settings: Settings) -> Retention:
    """How long what has ended is kept."""
    return Retention(
        entries=timedelta(days=settings.storage.keep_entries_days), personal=timedelta(days=settings.orders.keep_days)
    )


def mending_rules(settings: Settings) -> MendingRules:
    """How long the data's safety nets hold what."""
    keep = retention(settings)
    return MendingRules(key_memory=timedelta(hours=settings.sender.unknown_age_h), entries=keep.entries, personal=keep.personal)


def outlet_facts(settings: Settings) -> OutletFacts:
    """Which shop and till this is."""
    outlet = settings.outlet
    return OutletFacts(name=outlet.name, till=outlet.till, currency=outlet.currency, timezone=outlet.timezone)


def loyalty_facts(settings: Settings) -> LoyaltyFacts:
    """What the counter previews."""
    return LoyaltyFacts(points_per_unit=_preview_rate(settings), undo_s=round(settings.loyalty.undo_s))


def _preview_rate(settings: Settings) -> Decimal:
    """Cockato counts whole spends, so a rate is only near enough for a preview."""
    cockato = settings.cloud.cockato
    if settings.cloud.provider != "cockato":
        return settings.loyalty.points_per_unit
    return round(cockato.points_per_currency / cockato.currency_per_point, 4)


def api_settings(settings: Settings) -> ApiSettings:
    """What the till API needs to know."""
    return ApiSettings(
        version=__version__,
        currency=settings.outlet.currency,
        allowed_origins=settings.till_api.allowed_origins,
        accept_deadline_s=accept_deadline_s(settings),
        by_hand_needs_pin=settings.loyalty.by_hand_needs_pin,
    )


def is_practice(settings: Settings) -> bool:
    """Whether the cloud is the practice cloud of this computer."""
    return settings.cloud.base_url.startswith(THIS_COMPUTER)


def ca_file(settings: Settings) -> Path | None:
    """Certificates trusted besides the system's own."""
    return Path(settings.cloud.ca_file) if settings.cloud.ca_file else None
