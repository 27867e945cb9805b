"""A workbench for one POS driver: the device, its POS, and what can be seen and done at the POS's own side."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import pytest

from agent.cloud.http import HttpxClient
from agent.core.catalogue import CatalogueItem
from agent.core.clock import Clock, SystemClock
from agent.core.order_status import OrderStatus
from agent.core.pos import RemoteOutlet, WebhookCall
from agent.core.roles import Pos
from agent.core.sale import SaleSeen
from drivers.registry import build
from drivers.spec import Pocket
from tests.contract.goods import MENU
from tests.drivers.simulators.vendor import Vendor
from tests.support.device_sink import context


class Case:
    """What may not apply to a driver; its bench then says why in one sentence."""

    TWO_AT_ONCE = "two at once"
    CREDENTIALS = "wrong credentials"
    EXPIRY = "expired token"
    CATALOGUE = "menu"
    PULLED = "asking for the menu"
    PAGING = "paging of the menu"
    MODIFIERS = "choices"
    SOLD_OUT = "sold out in the menu"
    AMOUNTS = "amounts as text"
    ORDERS = "orders"
    FIND = "finding an order"
    LOST_ANSWERS = "orders whose answer was lost"
    OVER_HTTP = "over http"
    STATUS = "status"
    SALES = "sales"
    VOIDS = "sales taken back"
    SALES_PAGING = "paging of sales"
    SNOOZE = "telling what is sold out"
    WEBHOOKS = "calls"
    OUTLETS = "outlets"


COLUMNS = {
    "menu": Case.CATALOGUE,
    "orders": Case.ORDERS,
    "status": Case.STATUS,
    "sales": Case.SALES,
    "sold out": Case.SNOOZE,
    "calls us": Case.WEBHOOKS,
    "outlets": Case.OUTLETS,
}
"""Columns of the table in docs/drivers.md: capability -> the case without which a driver does not have it."""


@dataclass(frozen=True, kw_only=True)
class Webhooks:
    """Calls that the POS makes by itself, genuine ones."""

    calls: Mapping[str, Callable[[], WebhookCall]]
    """Event -> such a call."""
    secrets: Mapping[str, str] = field(default_factory=dict)
    """What has to be in the device's drawer for them."""
    sale: Callable[[SaleSeen], WebhookCall] | None = None
    """A sale that the POS makes, as the call that tells of it; None where sales are asked for."""
    taken_back: Callable[[str], WebhookCall] | None = None
    """The sale with this receipt is taken back, as the call that tells of it."""
    menu: Callable[[], WebhookCall] | None = None
    """The menu as it is, as the call that publishes it; None where it is asked for."""
    moved: Callable[[str], WebhookCall] | None = None
    """How far the order with our id is, as the call that tells of it; None where that is asked for often enough."""
    told: Sequence[OrderStatus] = ()
    """Statuses that `moved` alone tells of, before those that are told when asked; none: it tells of all."""
    forged: Callable[[WebhookCall], Sequence[WebhookCall]] | None = None
    """Calls like this one that nobody may make; None: another body under the same headers, and no headers."""


@dataclass(kw_only=True)
class PosBench:
    """What the suite needs of one driver; what a driver does not have stays None and is explained in `not_applicable`."""

    kind: str
    options: dict[str, Any]
    """Right settings for the POS of the bench."""
    folder: Path
    http: HttpxClient
    secret: str | None = None
    wrong_secret: str | None = None
    """One that the POS does not accept."""
    held: dict[str, str] = field(default_factory=dict)
    """What a person put into the device's drawer."""
    wrong_held: dict[str, str] = field(default_factory=dict)
    """The same, so that the POS does not accept it."""
    clock: Clock = field(default_factory=SystemClock)
    server: Vendor | None = None
    """The POS, when it is reached over HTTP."""
    patience: Mapping[str, Any] = field(default_factory=lambda: {"timeout_s": 0.3})
    """Settings with which one request may take 0.3 seconds."""
    bad_options: Sequence[dict[str, Any]] = ()
    """Settings that cannot work."""
    set_menu: Callable[[Sequence[CatalogueItem]], object] | None = None
    """What the POS sells from now on; it gives codes of its own where it wants to."""
    page_size: int = 0
    """Items on one page of the menu."""
    orders: Callable[[], Sequence[str]] | None = None
    """Our ids of the orders in the POS, one for each order there."""
    move: Callable[[str, OrderStatus], object] | None = None
    """The POS's staff move the order with our id."""
    moves: Sequence[OrderStatus] = ()
    """Statuses that the POS knows, in the order in which an order may take them."""
    sell: Callable[[SaleSeen], str] | None = None
    """The POS makes a sale; returns the receipt under which the driver has to report it."""
    take_back: Callable[[str], object] | None = None
    """The POS takes the sale with this receipt back."""
    sales_page_size: int = 0
    sold_out: Callable[[], Sequence[str]] | None = None
    """Names of the items that the POS shows as sold out."""
    outlets: Sequence[RemoteOutlet] = ()
    expire: Callable[[], object] | None = None
    """What lets the device in ends now, before its time."""
    webhooks: Webhooks | None = None
    switch_off: Callable[[], object] | None = None
    """The POS is gone from now on; None: its server answers 503."""
    not_applicable: Mapping[str, str] = field(default_factory=dict)
    """Case -> why it does not apply, one sentence."""
    assumed: Mapping[str, str] = field(default_factory=dict)
    """Column -> what is assumed of the vendor because no source says so, one sentence."""
    drawer: Pocket = field(init=False)
    """Shared by all devices of the bench, as after a restart."""

    def __post_init__(self) -> None:
        """Fill the drawer."""
        self.drawer = Pocket(**self.held, **(self.webhooks.secrets if self.webhooks else {}))

    def made(self, **changes: Any) -> Pos:
        """A device on this POS; a second one is as after a restart."""
        return self._made({**self.options, **changes}, self.secret, self.drawer)

    def made_with_wrong_secret(self) -> Pos:
        """A device that the POS does not let in."""
        return self._made(self.options, self.wrong_secret, Pocket(**self.wrong_held))

    def made_without_secret(self) -> Pos:
        """A device that nobody has given a secret."""
        return self._made(self.options, None, Pocket())

    def sells(self, items: Sequence[CatalogueItem]) -> None:
        """Set the POS's menu; skips the test where the POS has none."""
        self.applies(Case.CATALOGUE)
        assert self.set_menu is not None
        self.set_menu(items)

    def stock(self) -> None:
        """Let the POS sell what the suite orders, where it has a menu that can be set."""
        if self.set_menu is not None:
            self.set_menu(MENU)

    @property
    def vendor(self) -> Vendor:
        """How the POS misbehaves; skips the test where it is not reached over HTTP."""
        self.applies(Case.OVER_HTTP)
        assert self.server is not None
        return self.server

    def go(self) -> None:
        """The POS is gone from now on."""
        if self.switch_off is not None:
            self.switch_off()
        else:
            self.vendor.down = True

    def applies(self, case: str) -> None:
        """Skip the test with the bench's own sentence when the case does not apply."""
        if case in self.not_applicable:
            pytest.skip(self.not_applicable[case])

    def _made(self, options: dict[str, Any], secret: str | None, drawer: Pocket) -> Pos:
        lent = context(self.folder, secret=secret, http=self.http, clock=self.clock, drawer=drawer)
        device = build("pos", self.kind, options, lent)
        assert isinstance(device, Pos)
        return device


class Workshop(Protocol):
    """What a bench module offers under the name BENCH: opens the POS in a folder, closes it at the end."""

    def __call__(self, folder: Path, http: HttpxClient) -> AbstractAsyncContextManager[PosBench]:
        """The bench of one driver."""
        ...
