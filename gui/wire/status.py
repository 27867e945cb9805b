"""How everything is, devices and the rules of the board included, as the till API tells it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation

from agent.core.clouds import CATA, Ability
from gui.link.fields import Json, as_object, flag, moment, rows, section, sentence, text, texts, whole

PLACES = (("counter", 5, 8), ("kitchen", 12, 18))


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceSeen:
    """A device's state."""

    name: str
    driver: str
    state: str
    sentence: str
    role: str = ""

    @property
    def is_scanner(self) -> bool:
        """Reads codes; told by its role, else by its driver's name."""
        return self.role == "scanner" if self.role else "scanner" in self.driver


@dataclass(frozen=True, slots=True)
class Limits:
    """Minutes after which a ticket without a promised time turns due, and late."""

    due: int
    late: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardSeen:
    """What the board shows by."""

    counter: Limits = Limits(5, 8)
    kitchen: Limits = Limits(12, 18)
    at_deadline: str = ""
    """What becomes of an order that nobody answers: `accept`, `reject` or nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusSeen:
    """How everything is."""

    state: str
    sentence: str
    version: str = ""
    reachable: bool = False
    last_ok_at: datetime | None = None
    pending: int = 0
    parked: int = 0
    oldest_s: int = 0
    orders_open: int = 0
    unacknowledged: int = 0
    devices: tuple[DeviceSeen, ...] = ()
    menu_items: int = 0
    menu_synced_at: datetime | None = None
    outlet: str = ""
    till: str = ""
    currency: str = "SGD"
    timezone: str = "Asia/Singapore"
    points_per_unit: Decimal | None = None
    undo_s: int = 10
    board: BoardSeen = BoardSeen()
    busy_until: datetime | None = None
    paused_reason: str = ""
    next_try_at: datetime | None = None
    sandbox: bool = False
    cloud: str = CATA.name
    """What the cloud is called."""
    abilities: frozenset[str] = CATA.abilities
    """What it can do; words that nobody here knows among them."""
    unseen_losses: int = 0
    """Discounts granted without a connection that no points were there for, and no manager has seen."""

    def can(self, ability: Ability) -> bool:
        """Whether the cloud can do this."""
        return ability in self.abilities


def read_device(source: Json) -> DeviceSeen:
    """A device."""
    return DeviceSeen(
        name=text(source, "name"),
        driver=text(source, "driver"),
        state=text(source, "state"),
        sentence=sentence(source),
        role=text(source, "role"),
    )


def read_status(source: Json) -> StatusSeen:
    """The whole state."""
    cloud, outbox, orders, menu = (section(source, key) for key in ("cloud", "outbox", "orders", "menu"))
    outlet, loyalty, sender = (section(source, key) for key in ("outlet", "loyalty", "sender"))
    return StatusSeen(
        state=text(source, "state", "setup"),
        sentence=sentence(source),
        version=text(source, "version"),
        cloud=text(cloud, "name", CATA.name),
        abilities=frozenset(texts(cloud, "abilities")) if "abilities" in cloud else CATA.abilities,
        reachable=flag(cloud, "reachable"),
        last_ok_at=moment(cloud, "last_ok_at"),
        pending=whole(outbox, "pending"),
        parked=whole(outbox, "parked"),
        oldest_s=whole(outbox, "oldest_s"),
        orders_open=whole(orders, "open"),
        unacknowledged=whole(orders, "unacknowledged"),
        devices=tuple(read_device(item) for item in rows(source, "devices")),
        menu_items=whole(menu, "items"),
        menu_synced_at=moment(menu, "synced_at"),
        outlet=text(outlet, "name"),
        till=text(outlet, "till"),
        currency=text(outlet, "currency", "SGD"),
        timezone=text(outlet, "timezone", "Asia/Singapore"),
        points_per_unit=_decimal(as_object(loyalty).get("points_per_unit")),
        undo_s=whole(loyalty, "undo_s", 10),
        board=_read_board(section(source, "board")),
        busy_until=moment(source, "busy_until"),
        paused_reason=text(sender, "paused_reason"),
        next_try_at=moment(sender, "next_try_at"),
        sandbox=flag(source, "sandbox"),
        unseen_losses=whole(section(source, "offline_burn"), "unseen"),
    )


def _read_board(source: Json) -> BoardSeen:
    limits = [
        Limits(whole(source, f"{place}_due_min", due), whole(source, f"{place}_late_min", late)) for place, due, late in PLACES
    ]
    return BoardSeen(counter=limits[0], kitchen=limits[1], at_deadline=text(source, "at_deadline"))


def _decimal(value: object) -> Decimal | None:
    if not isinstance(value, str | int) or isinstance(value, bool):
        return None
    try:
        number = Decimal(value)
    except InvalidOperation:
        return None
    return number if number.is_finite() and number >= 0 else None
