"""The roles that flows talk to; drivers and clouds implement them and flows never see more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol, runtime_checkable

from agent.core.catalogue import Catalogue
from agent.core.device import DeviceState
from agent.core.member import Balance, Profile
from agent.core.order import Order
from agent.core.pos import PosStatus, RemoteOutlet, WebhookCall, WebhookReply
from agent.core.ref_code import RefCode
from agent.core.sale import SaleSeen
from agent.core.scan import Code
from agent.core.scanner_learning import Lesson
from agent.core.scanner_profile import ScannerProfile
from agent.core.ticket import Ticket
from agent.core.visit import Standing, Visit


class DeviceSink(Protocol):
    """Where a running device reports to; calls come on the agent's event loop only."""

    def state(self, state: DeviceState, sentence: str) -> None:
        """The device's state has changed; a `Sentence` can be said in other languages, other words stay English."""
        ...

    async def scan(self, code: Code) -> None:
        """A scanner read a code; never raises for a bad code."""
        ...

    def refuse_scan(self, reason: str, message: str) -> None:
        """A scanner read something that is no code (too long, control bytes): counted and shown, never passed on."""
        ...

    async def sale(self, sale: SaleSeen) -> None:
        """A POS made a sale; returns once it is durable; raises InvalidInput (counted) or NotSaved when it is not."""
        ...

    def refuse_sale(self, reason: str, message: str) -> None:
        """A POS reported something that is no sale: counted; the driver keeps what it was and says why beside it."""
        ...


@runtime_checkable
class Device(Protocol):
    """Anything plugged in: it runs until cancelled and says how it is."""

    async def run(self, sink: DeviceSink) -> None:
        """Open, report READY, work until cancelled, always close.

        Raises Unreachable when the device goes away (the supervisor opens it again), NeedsPerson when
        only a person can help, InvalidInput when its settings cannot work.
        """
        ...

    async def test(self) -> str:
        """Try it out now; returns what was found in one sentence (as `state`), raises as `run` does."""
        ...


@runtime_checkable
class Learnable(Protocol):
    """A scanner that can be learnt from three of its scans."""

    async def listen(self, lesson: Lesson) -> None:
        """Open it for the lesson alone until that has a profile or all ways to read it were tried; raises as `Device.run`."""
        ...

    def options_for(self, profile: ScannerProfile) -> Mapping[str, object]:
        """The settings that have to change so that it is read as the profile says; none when all is well."""
        ...


@runtime_checkable
class Printer(Device, Protocol):
    """A device that puts tickets on paper."""

    async def print_ticket(self, ticket: Ticket) -> None:
        """Print and cut; returns when the bytes are out. Unreachable.maybe_applied says paper may have come out."""
        ...


@runtime_checkable
class CustomerDisplay(Device, Protocol):
    """Two lines of letters that the customer sees."""

    async def show(self, line1: str, line2: str) -> None:
        """Show these, cut to its width; two empty lines mean that nothing is going on. Raises Unreachable when it is gone."""
        ...


@runtime_checkable
class Pos(Device, Protocol):
    """The merchant's sales software; sales it makes come through the sink."""

    async def fetch_catalogue(self) -> Catalogue:
        """The whole menu; rows that cannot be read are problems of the catalogue and not errors."""
        ...

    async def submit_order(self, order: Order) -> str:
        """Put a paid order into the POS under our order id; returns the POS's id; the same order again is the same order.

        Raises Refused for good, Unreachable with `maybe_applied` for an unknown end.
        """
        ...

    async def find_order(self, order_id: str) -> str | None:
        """The POS's id of an order submitted before under our order id, or None; raises Unreachable when it cannot say."""
        ...


@runtime_checkable
class ListsOutlets(Protocol):
    """A POS that can say which shops its account has, so that one is chosen and not typed."""

    async def list_remote_outlets(self) -> Sequence[RemoteOutlet]:
        """All of them, to the last page; raises as `Pos.fetch_catalogue` does."""
        ...


@runtime_checkable
class TellsStatus(Protocol):
    """A POS that can be asked how far an order is."""

    async def order_status(self, order_id: str, pos_order_id: str) -> PosStatus | None:
        """Where an order stands that was put in before, or None when the POS does not have it.

        Raises Refused `no_status` when this POS is not set up to be asked, Unreachable or NeedsPerson.
        """
        ...


@runtime_checkable
class TellsSales(Protocol):
    """A POS that can be asked for the sales it made."""

    async def recent_sales(self, since: datetime) -> Sequence[SaleSeen]:
        """Every sale made, changed or taken back since then, to the last page; one too many does no harm.

        Raises Refused `no_sales` when this POS is not set up to be asked, Unreachable or NeedsPerson.
        """
        ...


@runtime_checkable
class SnoozesItems(Protocol):
    """A POS that can be told what is sold out."""

    async def snooze(self, item_code: str, until: datetime | None) -> None:
        """Sold out until then, or back with None; the same again changes nothing; a POS without an end gets one call more.

        Raises Refused for good (an unknown item), Unreachable or NeedsPerson.
        """
        ...


@runtime_checkable
class TakesWebhooks(Protocol):
    """A POS that calls by itself at `POST /pos/{device}` of the receiver; `GET` reaches it too, for checks and questions."""

    async def receive(self, call: WebhookCall) -> WebhookReply:
        """Check the signature over the raw bytes, then read; no effect of its own: what the reply carries is applied by us.

        Raises Refused with the HTTP status to answer, 401 `bad_signature` for a call that nobody can vouch for.
        """
        ...


@runtime_checkable
class BringsOrders(Protocol):
    """A POS whose calls bring orders of other channels, and that is told how far they are."""

    async def report_status(self, order_id: str, said: PosStatus) -> None:
        """Tell it where an order stands that it brought; the same again changes nothing.

        Raises Refused for good, Unreachable or NeedsPerson.
        """
        ...


@runtime_checkable
class TakesCatalogue(Protocol):
    """A POS that sells the shop's menu elsewhere."""

    async def publish_catalogue(self, catalogue: Catalogue) -> None:
        """Replace the menu it has; raises Refused `no_publishing` when it is not set up for that, Unreachable or NeedsPerson."""
        ...


@runtime_checkable
class Paced(Protocol):
    """A POS that says how often it may be asked for statuses and sales."""

    @property
    def poll_s(self) -> float:
        """Seconds between two rounds."""
        ...


class MemberCloud(Protocol):
    """The part of every cloud that knows members.

    Every method raises Unreachable, Refused, Conflict, KeyRefused or NotConfigured, nothing else; so do those below.
    """

    async def lookup(self, identifier: str) -> Profile:
        """The member behind a code, phone or e-mail; Refused `member_unknown` when there is none."""
        ...

    async def balance(self, uuid: str) -> Balance:
        """A member's balance."""
        ...


class VisitCloud(MemberCloud, Protocol):
    """A loyalty cloud that counts for itself: it is told of visits, not of points."""

    async def visit(self, visit: Visit) -> Standing | None:
        """Tell of a visit; what the member has then, None when it had been told before and cannot say."""
        ...


class Cloud(MemberCloud, Protocol):
    """The ordering and loyalty cloud, one method a thing asked of it."""

    async def earn(self, uuid: str, points: int, ref_code: RefCode, note: str) -> None:
        """Credit points once per key."""
        ...

    async def burn(self, uuid: str, points: int, ref_code: RefCode) -> None:
        """Spend points once per key; Refused `insufficient_points` when there are too few."""
        ...

    async def order_status(self, order_id: str, body: dict[str, object]) -> None:
        """Report a status: `status`, `timestamp`, optionally `posOrderId` and `reason`."""
        ...

    async def push_menu(self, style: str, payload: dict[str, object]) -> None:
        """Full replace of the catalogue: `products` for `v2`, `menus` of one outlet for `v1`."""
        ...

    async def product(self, item_code: str) -> dict[str, object] | None:
        """One product as the cloud has it, or None."""
        ...

    async def snooze(self, outlet_id: str, items: list[dict[str, object]]) -> None:
        """Mark items sold out until a time, or back."""
        ...

    async def outlet(self, outlet_id: str, verb: str, body: dict[str, object]) -> None:
        """`verb` is `status`, `busy` or `sync`."""
        ...
