"""Outlets and provider wiring over the wire (contract 7)."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from agent.core.clock import from_wire, to_wire
from agent.core.errors import InvalidInput
from agent.sandbox import rawjson
from agent.sandbox.calls import Call, Row, Wire, fit
from agent.sandbox.envelopes import Reply, bare, outcome, refusal
from agent.sandbox.outlets import Outlet

CONNECTION_FIELDS = ("status", "apiKey", "apiSecret", "webhookUrl", "baseUrl", "config")


class CreateBody(Wire):
    """What an outlet needs at least."""

    name: str = Field(min_length=1)
    external_id: str = ""


class SyncBody(Wire):
    """What a sync needs at least."""

    name: str = Field(min_length=1)
    external_id: str = Field(min_length=1)


class OpenBody(Wire):
    """Body of PATCH status."""

    status: Literal["OPEN", "CLOSED"]


class BusyBody(Wire):
    """Body of PATCH busy; `busy` is tolerated for `isBusy`."""

    is_busy: bool | None = None
    busy: bool | None = None
    busy_until: str | None = None
    delay_minutes: int | None = None


class MappingBody(Wire):
    """Body of PUT outlet-providers."""

    provider_slug: str
    external_id: str
    settings: dict[str, object] = Field(default_factory=dict)


async def index(call: Call) -> Reply:
    """All outlets; a gap of the contract."""
    return bare({"outlets": [outlet.shown() for outlet in call.tenant.outlets.all()]})


async def show(call: Call) -> Reply:
    """One outlet; a gap of the contract."""
    return bare(call.tenant.outlets.get(call.path["outlet_id"]).shown())


async def create(call: Call) -> Reply:
    """A new outlet; a body that does not fit is 422 here."""
    given = rawjson.read_object(call.body)
    try:
        asked = fit(CreateBody, given)
    except InvalidInput as problem:
        raise refusal(422, "unprocessable outlet", problem.details) from None
    outlet = call.tenant.outlets.create(name=asked.name, external_id=asked.external_id, details=given)
    return bare(outlet.shown(), status=201)


async def sync(call: Call) -> Reply:
    """Upsert by external id."""
    call.provider()
    asked = call.read(SyncBody)
    given = rawjson.read_object(call.body)
    action, outlet = call.tenant.outlets.sync(name=asked.name, external_id=asked.external_id, details=given)
    return bare({"action": action, "outlet": outlet.shown()})


async def set_open(call: Call) -> Reply:
    """Open or close."""
    outlet = call.tenant.outlets.set_open(call.outlet_id(), call.read(OpenBody).status == "OPEN")
    return bare({"id": outlet.id, "status": "OPEN" if outlet.is_open else "CLOSED", "isOpen": outlet.is_open})


async def set_busy(call: Call) -> Reply:
    """Busy, or free again."""
    asked = call.read(BusyBody)
    is_busy = asked.busy if asked.is_busy is None else asked.is_busy
    if is_busy is None:
        raise refusal(400, "invalid request", "isBusy is required")
    try:
        until = from_wire(asked.busy_until) if asked.busy_until else None
    except ValueError:
        raise refusal(400, "invalid request", "busyUntil is not RFC 3339") from None
    return bare(_busy(call.tenant.outlets.set_busy(call.outlet_id(), is_busy, until)))


def _busy(outlet: Outlet) -> dict[str, object]:
    until = to_wire(outlet.busy_until) if outlet.busy_until else None
    return {"id": outlet.id, "isBusy": outlet.is_busy, "busyUntil": until}


async def map_provider(call: Call) -> Reply:
    """Which provider an outlet belongs to."""
    asked = call.read(MappingBody)
    mapped = call.tenant.providers.map(call.outlet_id(), asked.provider_slug, asked.external_id, asked.settings)
    return outcome("outlet provider saved", {"outletProvider": mapped.shown()})


async def connect(call: Call) -> Reply:
    """Credentials of a provider; every field is a string."""
    given = {name: value for name, value in rawjson.read_object(call.body).items() if name in CONNECTION_FIELDS}
    strings = {name: value for name, value in given.items() if isinstance(value, str)}
    if len(strings) != len(given):
        raise refusal(400, "invalid request", "connection fields are strings")
    return outcome("provider connection saved", {"connection": call.tenant.providers.connect(call.path["slug"], strings)})


async def test_connection(call: Call) -> Reply:
    """Whether a connection works; it always does here."""
    return outcome("connection ok", {"connection": call.tenant.providers.connection(call.path["slug"])})


async def remote_outlets(call: Call) -> Reply:
    """Outlets as the provider knows them: those mapped to it."""
    call.tenant.providers.connection(call.path["slug"])
    mapped = call.tenant.providers.outlets_of(call.path["slug"])
    return outcome("OK", {"outlets": [{"externalId": row.external_id, "outletId": row.outlet_id} for row in mapped]})


_CONNECTION = "/api/v1/provider-connections/{slug}"

ROWS = [
    Row("GET", "/api/v1/outlets", index),
    Row("POST", "/api/v1/outlets", create),
    Row("POST", "/api/v1/outlets/sync", sync),
    Row("GET", "/api/v1/outlets/{outlet_id}", show),
    Row("PATCH", "/api/v1/outlets/{outlet_id}/status", set_open),
    Row("PATCH", "/api/v1/outlets/{outlet_id}/busy", set_busy),
    Row("PUT", "/api/v1/outlet-providers/{outlet_id}", map_provider),
    Row("PUT", _CONNECTION, connect),
    Row("POST", _CONNECTION + "/test", test_connection),
    Row("GET", _CONNECTION + "/remote-outlets", remote_outlets),
]
