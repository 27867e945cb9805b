"""What the till API needs of the rest of the agent, as roles; wiring hands in the real ones."""

# ruff: noqa: D102 - the names are the contract; a sentence is there where they do not say enough

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from agent.core.clock import Clock
from agent.core.clouds import CATA, CloudTraits
from agent.core.device import DeviceStatus
from agent.core.entry import Entry, EntryKind, EntryState
from agent.core.history import HistoryRow, Told
from agent.core.ids import Ids
from agent.core.member import Member, MemberRef
from agent.core.money import Money
from agent.core.order import Order
from agent.core.order_status import OrderStatus
from agent.core.pos import RemoteOutlet, WebhookCall, WebhookReply
from agent.core.preflight import Finding
from agent.core.sale import Sale, SaleSeen
from agent.core.scan import Code, Scan
from agent.core.scan_quality import ScanDay, Trend
from agent.db.evacuation import Brought, Taken
from agent.flows.bus import Bus
from agent.flows.loyalty.intents import BurnRequest, EarnRequest


class Caller(Protocol):
    """Whom a token belongs to."""

    @property
    def name(self) -> str: ...
    @property
    def scopes(self) -> Collection[str]: ...


class Paired(Protocol):
    """A token made by pairing; its text is shown this once."""

    @property
    def token(self) -> str: ...
    @property
    def scopes(self) -> Collection[str]: ...


class TokenInfo(Protocol):
    """A token in force."""

    @property
    def name(self) -> str: ...
    @property
    def scopes(self) -> Collection[str]: ...
    @property
    def created_at(self) -> datetime: ...


class Tokens(Protocol):
    """Who may call."""

    @property
    def code_life(self) -> timedelta: ...

    async def create(self, name: str, scopes: Collection[str]) -> str: ...
    async def list(self) -> Sequence[TokenInfo]: ...
    async def revoke(self, name: str) -> None: ...
    async def start_pairing(self, name: str, scopes: Collection[str]) -> str: ...

    async def authenticate(self, token: str) -> Caller | None:
        """The caller behind a token, compared in constant time; None when there is none."""
        ...

    async def prove(self, name: str, port: int, nonce: str) -> str | None:
        """The agent's proof to the owner of a token; None when there is none of this name."""
        ...

    async def redeem(self, code: str, name: str) -> Paired | None:
        """Trade a one-time code for a token; None when the code is wrong, used or too old."""
        ...


class ManagerPin(Protocol):
    """The manager's PIN."""

    @property
    def is_set(self) -> bool: ...

    def matches(self, pin: str) -> bool:
        """Compared in constant time."""
        ...


class Audit(Protocol):
    """The append-only record of who did what."""

    async def append(self, who: str, what: str, subject: str, reason: str) -> None: ...


class Recorded(Protocol):
    """An entry, and whether this call made it."""

    @property
    def entry(self) -> Entry: ...
    @property
    def is_new(self) -> bool: ...


class Loyalty(Protocol):
    """The counter's verbs."""

    async def lookup(self, identifier: str) -> Member: ...
    async def earn(self, request: EarnRequest) -> Recorded: ...
    async def burn(self, request: BurnRequest) -> Recorded: ...
    async def reverse(self, entry_id: str, reason: str) -> Entry: ...


class OfflineBurn(Protocol):
    """The bounded mode of redeeming without a connection."""

    def view(self) -> object:
        """A value with the attributes of `schema.OfflineBurn`."""
        ...

    async def switch_on(self, worst_case: Money, *, by: str) -> None:
        """`worst_case` is what the manager was shown and agrees to."""
        ...

    async def switch_off(self, *, by: str) -> None: ...
    async def settled(self, entry: Entry) -> None:
        """Hears of every entry that a person has ended."""
        ...

    async def acknowledge(self, *, by: str) -> None: ...


class Scans(Protocol):
    """Gives every scan its one outcome."""

    async def route(self, code: Code, device: str) -> Scan: ...


class SalesDesk(Protocol):
    """Sales of the POS."""

    async def record(self, sale: SaleSeen) -> Sale: ...
    async def claimable(self) -> Sequence[Sale]: ...
    async def claim(self, receipt: str, member: MemberRef) -> Recorded: ...


class Tickets(Protocol):
    """Orders for staff."""

    async def open(self) -> Sequence[Order]: ...
    async def all(self) -> Sequence[Order]: ...
    async def get(self, order_id: str) -> Order | None: ...
    async def move(
        self, order_id: str, status: OrderStatus, *, reason: str, by: str, prep_minutes: int | None = None
    ) -> Order: ...
    async def print_copy(self, order_id: str) -> int: ...


class Intake(Protocol):
    """Takes signed deliveries in."""

    async def receive(self, outlet_id: str, headers: Mapping[str, str], body: bytes) -> str:
        """Commit a delivery and return our id of it; Refused carries the HTTP status to answer."""
        ...


class CloudEvents(Protocol):
    """Takes events of a loyalty cloud in."""

    async def receive(self, headers: Mapping[str, str], body: bytes) -> None:
        """Take one; Refused carries the HTTP status to answer."""
        ...


class PosCalls(Protocol):
    """Takes the calls of POS systems in."""

    async def receive(self, device: str, call: WebhookCall) -> WebhookReply:
        """Commit what a call carries and return what to answer; Refused carries the HTTP status."""
        ...


class MenuSync(Protocol):
    """What a comparison with the POS changed."""

    @property
    def sentences(self) -> Sequence[str]: ...
    @property
    def entry(self) -> Entry | None: ...


class Menu(Protocol):
    """The menu as the POS has it."""

    async def view(self) -> object:
        """A value with the attributes of `schema.Menu`."""
        ...

    async def sync(self, *, confirm: bool = False) -> MenuSync:
        """`confirm` is a person's word that a much smaller menu is right."""
        ...

    async def preflight(self) -> Sequence[Finding]: ...
    async def snooze(self, code: str, until: datetime | None) -> Entry: ...


class OutletDesk(Protocol):
    """Open, close and busy."""

    async def open(self, by: str) -> Entry: ...
    async def close(self, by: str) -> Entry: ...
    async def busy(self, minutes: int, by: str) -> Entry: ...


class Devices(Protocol):
    """Everything plugged in."""

    def statuses(self) -> Sequence[DeviceStatus]: ...
    async def test(self, name: str) -> str: ...


class Health(Protocol):
    """How everything is."""

    async def snapshot(self) -> object:
        """A value with the attributes of `schema.Status`."""
        ...


class Doctor(Protocol):
    """Finds the first broken link."""

    async def examine(self) -> Sequence[object]:
        """Values with the attributes of `schema.Probe`, in the order of the chain."""
        ...


class Erased(Protocol):
    """What was forgotten of a member, in numbers."""

    @property
    def entries(self) -> int: ...
    @property
    def orders(self) -> int: ...
    @property
    def deliveries(self) -> int: ...


class Erasing(Protocol):
    """Forgets members."""

    async def erase(self, identifier: str, *, by: str) -> Erased: ...


class Page(Protocol):
    """One page of the outbox."""

    @property
    def entries(self) -> Sequence[Entry]: ...
    @property
    def next(self) -> str | None: ...


class Outbox(Protocol):
    """The durable things to send."""

    async def get(self, entry_id: str) -> Entry | None: ...
    async def page(self, *, state: EntryState | None, kind: EntryKind | None, limit: int, after: str | None) -> Page: ...
    async def ended_loyalty(self, *, since: datetime, limit: int) -> Sequence[Entry]: ...
    async def discard(self, entry_id: str, *, reason: str, by: str) -> Entry: ...


class Evacuation(Protocol):
    """Unsent entries on their way between two homes of one outlet."""

    @property
    def outlet_id(self) -> str: ...

    async def take(self, *, after: int, by: str) -> Taken: ...
    async def bring(
        self, entries: Sequence[Entry], *, outlet_id: str, written_at: datetime, is_final: bool, by: str
    ) -> Brought: ...


class Backfill(Protocol):
    """Tells the cloud of past purchases."""

    async def tell(self, rows: Sequence[HistoryRow], *, record: int) -> Told: ...


class Sender(Protocol):
    """Empties the outbox."""

    async def retry(self, entry_id: str) -> Entry: ...


class SetUp(Protocol):
    """What is set on this till, and setting it anew."""

    async def view(self) -> object:
        """A value with the attributes of `schema.setup.SetUp`, but whether a PIN is set."""
        ...

    def drivers(self) -> Sequence[object]:
        """Values with the attributes of `schema.setup.Driver`."""
        ...

    async def try_cloud(self, base_url: str, key: str, provider: str) -> object:
        """A value with the attributes of `schema.setup.CloudTried`; an empty key is the stored one."""
        ...

    async def outlets(self, device: Mapping[str, object], secret: str) -> Sequence[RemoteOutlet]: ...

    async def apply(self, settings: Mapping[str, object], secrets: Mapping[str, str]) -> list[str]:
        """Names of what is different now; in force a moment later."""
        ...


class Quality(Protocol):
    """How well scanners read."""

    @property
    def suggested(self) -> Mapping[str, Mapping[str, str]]:
        """Device -> settings that would suit it better."""
        ...

    def of(self, device: str) -> tuple[Sequence[ScanDay], Trend]:
        """The last days, oldest first, and what they say."""
        ...


class Lessons(Protocol):
    """Learns scanners; values with the attributes of `schema.scanners.ScannerLesson`."""

    def begin(self, name: str) -> object: ...
    def view(self, name: str) -> object: ...
    def end(self, name: str) -> None: ...


class Trials(Protocol):
    """Trying the shop out before it opens."""

    async def print_page(self, name: str) -> None: ...
    async def place_order(self) -> str:
        """The id of an order marked TEST."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """All of it."""

    loyalty: Loyalty
    offline_burn: OfflineBurn
    scans: Scans
    sales: SalesDesk
    tickets: Tickets
    menu: Menu
    outlet: OutletDesk
    devices: Devices
    health: Health
    doctor: Doctor
    outbox: Outbox
    evacuation: Evacuation
    backfill: Backfill
    sender: Sender
    tokens: Tokens
    audit: Audit
    pin: ManagerPin
    erasing: Erasing
    set_up: SetUp
    trials: Trials
    quality: Quality
    lessons: Lessons
    refresh: Callable[[], Awaitable[None]]
    """Takes up changed secrets and asks the cloud who we are."""
    bus: Bus
    clock: Clock
    ids: Ids
    cloud: CloudTraits = CATA
    """What the cloud can do; calls for anything else are refused here."""
    refused: Counter[str] = field(default_factory=Counter)
    """Calls that did not fit, by reason; counted at the edge of the API."""
