"""What the till API says, as frozen values; unknown fields are ignored and unknown words kept."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation

from agent.core.clouds import CATA
from agent.core.entry import EntryError
from agent.core.money import Money
from gui.link.fields import Json, as_object, flag, moment, money, rows, section, text, texts, whole

PLACES = (("counter", 5, 8), ("kitchen", 12, 18))
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class ReadySeen:
    """A reward that can be redeemed now: of the punch card with this id, or, without one, the welcome offer."""

    card: str
    name: str

    @property
    def body(self) -> Json:
        """What the till API is asked for."""
        return {"reward": self.card} if self.card else {"welcome_offer": True}


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberSeen:
    """A member with balance."""

    uuid: str
    display: str = field(repr=False)
    balance: int = 0
    expiring: int = 0
    expires_at: datetime | None = None
    as_of: datetime = EPOCH
    fresh: bool = False
    pending_earn: int = 0
    pending_burn: int = 0
    phone_tail: str = field(default="", repr=False)
    ready: ReadySeen | None = None
    """The first reward or offer that waits."""
    punches: tuple[tuple[str, int, int], ...] = ()
    """Name, punches and how many fill it, of each punch card."""

    @property
    def is_looked_up(self) -> bool:
        """Cata has said who this is; points can be saved for others too, but nothing can be redeemed."""
        return bool(self.uuid)


@dataclass(frozen=True, slots=True, kw_only=True)
class EntrySeen:
    """An entry of the outbox."""

    id: str
    kind: str
    state: str
    outcome: str
    created_at: datetime
    member_uuid: str = ""
    identifier: str = field(default="", repr=False)
    display: str = field(default="", repr=False)
    points: int = 0
    receipt: str = ""
    settled_at: datetime | None = None
    attempts: int = 0
    not_before: datetime | None = None
    error: EntryError | None = None
    order_id: str = ""
    reverses: str = ""
    order_status: str = ""
    slip: str = ""
    """Code of a discount that was granted without a connection; empty for any other entry."""

    @property
    def is_shortfall(self) -> bool:
        """A granted discount that no points were there for."""
        return bool(self.slip) and self.error is not None and self.error.reason == "shortfall"

    @property
    def needs_person(self) -> bool:
        """It does not go on by itself, or somebody has to hear of it."""
        return self.state == "parked" or self.is_shortfall

    @property
    def is_open(self) -> bool:
        """On its way."""
        return self.state in {"pending", "sending"}

    @property
    def is_loyalty(self) -> bool:
        """Points, not orders or menus."""
        return self.kind in {"earn", "burn"}


@dataclass(frozen=True, slots=True, kw_only=True)
class LineSeen:
    """A line of an order."""

    name: str
    quantity: int
    notes: str = ""
    modifiers: tuple[str, ...] = ()
    code: str = ""
    """The POS's item code, where it has one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderSeen:
    """An order as staff see it."""

    id: str
    ref_no: str
    status: str
    method: str = ""
    placed_at: datetime | None = None
    promised_at: datetime | None = None
    received_at: datetime = EPOCH
    accept_by: datetime | None = None
    status_at: datetime | None = None
    table: str = ""
    customer: str = field(default="", repr=False)
    notes: str = ""
    lines: tuple[LineSeen, ...] = ()
    total: Money | None = None
    printed: int = 0
    unacknowledged: bool = False
    problems: tuple[str, ...] = ()


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
    unseen_losses: int = 0
    """Discounts granted without a connection that no points were there for, and no manager has seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanSeen:
    """A scan and what it turned out to be."""

    id: str
    device: str
    kind: str
    at: datetime
    code: str = field(default="", repr=False)
    reason: str = ""
    message: str = ""
    member: MemberSeen | None = None

    @property
    def is_open_question(self) -> bool:
        """A member's code that Cata could not be asked about."""
        return self.kind == "member" and self.member is None and bool(self.code)


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleSeen:
    """A sale that may still be claimed."""

    receipt: str
    amount: Money
    occurred_at: datetime
    claimable_until: datetime | None = None
    state: str = "claimable"


@dataclass(frozen=True, slots=True, kw_only=True)
class MenuItemSeen:
    """A thing on the menu."""

    code: str
    name: str
    category: str = ""
    price: Money | None = None
    available: bool = True
    sold_out_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MenuSeen:
    """The menu and how old it is."""

    items: tuple[MenuItemSeen, ...] = ()
    as_of: datetime | None = None
    problems: tuple[str, ...] = ()


def read_member(source: object) -> MemberSeen | None:
    """A member, or None when there is none."""
    if not text(source, "uuid"):
        return None
    return MemberSeen(
        uuid=text(source, "uuid"),
        display=text(source, "display"),
        balance=whole(source, "balance"),
        expiring=whole(source, "expiring"),
        expires_at=moment(source, "expires_at"),
        as_of=moment(source, "as_of") or EPOCH,
        fresh=flag(source, "fresh"),
        pending_earn=whole(source, "pending_earn"),
        pending_burn=whole(source, "pending_burn"),
        phone_tail=text(source, "phone_tail"),
        ready=_read_ready(section(source, "perks")),
        punches=_read_punches(section(source, "perks")),
    )


def _read_ready(perks: Json) -> ReadySeen | None:
    for card in rows(perks, "cards"):
        if whole(card, "rewards") and text(card, "id"):
            return ReadySeen(text(card, "id"), text(card, "name"))
    offer = text(perks, "welcome_offer")
    return ReadySeen("", offer) if offer else None


def _read_punches(perks: Json) -> tuple[tuple[str, int, int], ...]:
    return tuple((text(card, "name"), whole(card, "punches"), whole(card, "needed")) for card in rows(perks, "cards"))


def read_entry(source: Json) -> EntrySeen:
    """An entry."""
    member, error = section(source, "member"), section(source, "error")
    return EntrySeen(
        id=text(source, "id"),
        kind=text(source, "kind"),
        state=text(source, "state"),
        outcome=text(source, "outcome"),
        created_at=moment(source, "created_at") or EPOCH,
        member_uuid=text(member, "uuid"),
        identifier=text(member, "identifier"),
        display=text(member, "display") or text(source, "display"),
        points=whole(source, "points"),
        receipt=text(source, "receipt"),
        settled_at=moment(source, "settled_at"),
        attempts=whole(source, "attempts"),
        not_before=moment(source, "not_before"),
        error=EntryError(text(error, "reason"), text(error, "message")) if error else None,
        order_id=text(source, "order_id"),
        reverses=text(source, "reverses"),
        order_status=text(source, "order_status") or text(section(source, "payload"), "status"),
        slip=text(section(source, "grant"), "slip"),
    )


def read_order(source: Json) -> OrderSeen:
    """An order."""
    return OrderSeen(
        id=text(source, "id"),
        ref_no=text(source, "ref_no"),
        status=text(source, "status"),
        method=text(source, "method"),
        placed_at=moment(source, "placed_at"),
        promised_at=moment(source, "promised_at"),
        received_at=moment(source, "received_at") or EPOCH,
        accept_by=moment(source, "accept_by"),
        status_at=moment(source, "status_at"),
        table=text(source, "table"),
        customer=text(source, "customer") or text(section(source, "customer"), "name"),
        notes=text(source, "notes"),
        lines=tuple(_read_line(line) for line in rows(source, "lines")),
        total=money(source, "total"),
        printed=whole(source, "printed"),
        unacknowledged=flag(source, "unacknowledged"),
        problems=texts(source, "problems"),
    )


def _read_line(source: Json) -> LineSeen:
    return LineSeen(
        name=text(source, "name"),
        quantity=whole(source, "quantity", 1),
        notes=text(source, "notes"),
        code=text(source, "plu"),
        modifiers=tuple(_counted(item) for item in rows(source, "modifiers")) or texts(source, "modifiers"),
    )


def _counted(source: Json) -> str:
    count = whole(source, "quantity", 1)
    return f"{count} × {text(source, 'name')}" if count > 1 else text(source, "name")


def read_device(source: Json) -> DeviceSeen:
    """A device."""
    return DeviceSeen(
        name=text(source, "name"),
        driver=text(source, "driver"),
        state=text(source, "state"),
        sentence=text(source, "sentence"),
        role=text(source, "role"),
    )


def read_status(source: Json) -> StatusSeen:
    """The whole state."""
    cloud, outbox, orders, menu = (section(source, key) for key in ("cloud", "outbox", "orders", "menu"))
    outlet, loyalty, sender = (section(source, key) for key in ("outlet", "loyalty", "sender"))
    return StatusSeen(
        state=text(source, "state", "setup"),
        sentence=text(source, "sentence"),
        version=text(source, "version"),
        cloud=text(cloud, "name", CATA.name),
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


def read_scan(source: Json, now: datetime) -> ScanSeen:
    """A scan; `now` stands in when the event carries no time."""
    return ScanSeen(
        id=text(source, "scan_id"),
        device=text(source, "device"),
        kind=text(source, "kind"),
        at=moment(source, "at") or now,
        code=text(source, "code"),
        reason=text(source, "reason"),
        message=text(source, "message"),
        member=read_member(source.get("member")),
    )


def read_sale(source: Json) -> SaleSeen | None:
    """A sale, or None when it has no amount."""
    amount = money(source, "amount")
    if amount is None:
        return None
    return SaleSeen(
        receipt=text(source, "receipt"),
        amount=amount,
        occurred_at=moment(source, "occurred_at") or EPOCH,
        claimable_until=moment(source, "claimable_until"),
        state=text(source, "state", "claimable"),
    )


def read_menu(source: Json) -> MenuSeen:
    """The menu."""
    return MenuSeen(
        items=tuple(_read_item(item) for item in rows(source, "items")),
        as_of=moment(source, "as_of"),
        problems=texts(source, "problems"),
    )


def _read_item(source: Json) -> MenuItemSeen:
    return MenuItemSeen(
        code=text(source, "code"),
        name=text(source, "name"),
        category=text(source, "category"),
        price=money(source, "price"),
        available=flag(source, "available", True),
        sold_out_until=moment(source, "snoozed_until") or moment(source, "sold_out_until"),
    )
