"""A vendor's driver built against its simulator: real HTTP, a clock that is moved, secrets as a person set them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from agent.cloud.http import HttpxClient
from agent.core.clock import SystemClock
from agent.core.order import Modifier, Order, OrderLine
from agent.core.pos import WebhookCall
from drivers.registry import build
from drivers.spec import Pocket
from tests.support.clock import FakeClock
from tests.support.device_sink import context
from tests.support.tickets import an_order

D = TypeVar("D")


@asynccontextmanager
async def over_http(
    kind: str, wanted: type[D], folder: Path, options: dict[str, Any], *, secret: str | None, clock: FakeClock, **drawer: str
) -> AsyncIterator[D]:
    """The device; names in the drawer are written with underscores."""
    http = HttpxClient(SystemClock())
    held = {name.replace("_", "-"): value for name, value in drawer.items()}
    made = build("pos", kind, options, replace(context(folder, secret=secret, http=http, clock=clock), drawer=Pocket(**held)))
    assert isinstance(made, wanted)
    try:
        yield made
    finally:
        await http.close()


def order_of(plu: str, *choices: str, order_id: str = "ord-1", **paid: Any) -> Order:
    """A paid order of two of one thing, with choices, each by the code that the vendor gave it."""
    order = an_order(order_id)
    line = replace(order.paid.lines[0], plu=plu, modifiers=tuple(Modifier(plu=code, name=f"Choice {code}") for code in choices))
    lines: tuple[OrderLine, ...] = (line,)
    return replace(order, paid=replace(order.paid, **{"lines": lines} | paid))


def a_call(headers: dict[str, str], body: bytes, path: str = "", method: str = "POST") -> WebhookCall:
    """A call as the receiver hands it to a driver."""
    return WebhookCall(method=method, path=path, headers=headers, body=body)
