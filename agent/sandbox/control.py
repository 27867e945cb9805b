"""The control plane under `/__sandbox__/`: seed, inject, break, repair and look (not part of Cata's contract)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from agent.core.order_status import OrderStatus
from agent.sandbox import control_guard, rawjson, snapshot
from agent.sandbox.calls import answered, body_of, fit
from agent.sandbox.cockato import control as cockato
from agent.sandbox.cockato.api import tell
from agent.sandbox.dispatcher import DeliveryOptions
from agent.sandbox.envelopes import Reply, bare, refusal
from agent.sandbox.faults import Fault
from agent.sandbox.line import Line
from agent.sandbox.modes import Modes
from agent.sandbox.order_api import order_id_in, persist
from agent.sandbox.orders import OrderRecord
from agent.sandbox.samples import BUILDERS, TITLES
from agent.sandbox.seed import SeedMember
from agent.sandbox.tenants import Tenant
from agent.sandbox.world import World


class _Body(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class OrderBody(_Body):
    """An order to place: a sample by name, the next sample (empty name), or any JSON under `order`, sent byte for byte."""

    sample: str = ""
    order: dict[str, object] | None = None
    outlet_id: str = ""
    options: DeliveryOptions = DeliveryOptions()


class MoveBody(_Body):
    """The cloud's own status change."""

    status: OrderStatus
    reason: str = ""


class LineBody(_Body):
    """Up or cut; `deliveries` tells whether orders still reach the shop."""

    up: bool
    deliveries: bool = True


class KeyBody(_Body):
    """A further key; made up unless given."""

    key: str | None = Field(None, min_length=1)
    expires_at: AwareDatetime | None = None


class ClockBody(_Body):
    """How far the cloud's wall clock is off."""

    offset_s: float


class Control:
    """The verbs of the control plane; `?tenant=` chooses the tenant, else the default."""

    def __init__(self, world: World, line: Line) -> None:
        self._world = world
        self._line = line

    async def state(self, request: Request) -> Reply:
        """Everything."""
        return bare(snapshot.snapshot(self._world, self._line, self._tenant(request)))

    async def samples(self, _: Request) -> Reply:
        """Names and titles of the sample orders."""
        return bare({"samples": [{"name": name, "title": TITLES[name]} for name in BUILDERS]})

    async def add_member(self, request: Request) -> Reply:
        """A further member."""
        tenant = self._tenant(request)
        member = tenant.add_member(fit(SeedMember, await self._json(request)))
        return bare(snapshot.member_shown(tenant, member), status=201)

    async def place_order(self, request: Request) -> Reply:
        """Store an order and deliver it; not checked, so that odd ones get through."""
        body = await body_of(request)
        asked = fit(OrderBody, rawjson.read_object(body))
        tenant = self._tenant(request)
        outlet = tenant.outlets.get(asked.outlet_id or next((known.id for known in tenant.outlets.all()), ""))
        raw = rawjson.member_bytes(body, "order") if asked.order is not None else None
        raw = raw or self._world.samples.build(asked.sample, outlet, tenant.ledger.members)
        order_id = order_id_in(raw, self._world.ids)
        return await self._deliver(tenant, persist(tenant, outlet.id, raw, order_id), asked.options)

    async def redispatch(self, request: Request) -> Reply:
        """Deliver a stored order again, under a new delivery id."""
        tenant = self._tenant(request)
        options = fit(DeliveryOptions, await self._json(request))
        return await self._deliver(tenant, tenant.orders.get(request.path_params["order_id"]), options)

    async def move_order(self, request: Request) -> Reply:
        """Change a status on the cloud's side."""
        asked = fit(MoveBody, await self._json(request))
        order = self._tenant(request).orders.move(request.path_params["order_id"], asked.status, asked.reason)
        return bare(snapshot.order_shown(order))

    async def arm(self, request: Request) -> Reply:
        """Arm a fault."""
        return bare(self._world.faults.arm(fit(Fault, await self._json(request))).shown(), status=201)

    async def clear_faults(self, request: Request) -> Reply:
        """Disarm one fault, or all."""
        self._world.faults.clear(request.path_params.get("fault_id"))
        return bare({"ok": True})

    async def set_line(self, request: Request) -> Reply:
        """Cut or restore the internet."""
        asked = fit(LineBody, await self._json(request))
        self._world.dispatcher.is_cut = not asked.deliveries
        if asked.up:
            await self._line.restore()
        else:
            self._line.cut()
        return bare({"up": self._line.is_up, "deliveries": asked.deliveries})

    async def issue_key(self, request: Request) -> Reply:
        """A further API key, shown in full this once."""
        asked = fit(KeyBody, await self._json(request))
        issued = self._tenant(request).issue_key(asked.key, asked.expires_at)
        return bare({**snapshot.key_shown(issued), "key": issued.key}, status=201)

    async def revoke_key(self, request: Request) -> Reply:
        """From now on 401."""
        return bare(snapshot.key_shown(self._tenant(request).set_revoked(request.path_params["key_id"], True)))

    async def restore_key(self, request: Request) -> Reply:
        """A revoked key works again."""
        return bare(snapshot.key_shown(self._tenant(request).set_revoked(request.path_params["key_id"], False)))

    async def set_modes(self, request: Request) -> Reply:
        """Change the modes that are named."""
        tenant = self._tenant(request)
        tenant.modes = fit(Modes, {**tenant.modes.model_dump(), **await self._json(request)})
        return bare(tenant.modes.model_dump())

    async def set_cockato(self, request: Request) -> Reply:
        """Change the switches of the practice Cockato that are named."""
        return bare(cockato.set_modes(self._world.cockato, await self._json(request)))

    async def add_customer(self, request: Request) -> Reply:
        """A further customer of the practice Cockato."""
        added = cockato.add_customer(self._world.cockato, await self._json(request))
        await tell(self._world)
        return bare(added, status=201)

    async def set_clock(self, request: Request) -> Reply:
        """Set the cloud's wall clock off."""
        self._world.clock.offset_s = fit(ClockBody, await self._json(request)).offset_s
        return bare({"offset_s": self._world.clock.offset_s})

    async def reset(self, _: Request) -> Reply:
        """Start over from the seed, with the line up."""
        self._world.begin()
        await self._line.restore()
        return bare({"ok": True})

    async def _deliver(self, tenant: Tenant, order: OrderRecord, options: DeliveryOptions) -> Reply:
        done = await self._world.dispatcher.dispatch(tenant, order, options)
        return bare({"order_id": done.order_id, "ref_no": order.ref_no, "dispatched": done.dispatched, "reason": done.reason})

    def _tenant(self, request: Request) -> Tenant:
        name = request.query_params.get("tenant", "")
        tenant = self._world.tenants.named(name) if name else self._world.tenants.default
        if tenant is None:
            raise refusal(404, "tenant not found")
        return tenant

    async def _json(self, request: Request) -> dict[str, object]:
        return rawjson.read_object(await body_of(request) or b"{}")


@dataclass(frozen=True, slots=True)
class _Verb:
    method: str
    path: str
    answer: Callable[[Request], Awaitable[Reply]]


def routes(world: World, line: Line, caller: Callable[[Request], str]) -> list[Route]:
    """The control plane's routes, each behind the guard; `caller` tells the address a request comes from."""
    control = Control(world, line)
    verbs = [
        _Verb("GET", "/state", control.state),
        _Verb("GET", "/samples", control.samples),
        _Verb("POST", "/members", control.add_member),
        _Verb("POST", "/orders", control.place_order),
        _Verb("POST", "/orders/{order_id}/redispatch", control.redispatch),
        _Verb("POST", "/orders/{order_id}/status", control.move_order),
        _Verb("POST", "/faults", control.arm),
        _Verb("DELETE", "/faults", control.clear_faults),
        _Verb("DELETE", "/faults/{fault_id:int}", control.clear_faults),
        _Verb("POST", "/line", control.set_line),
        _Verb("POST", "/keys", control.issue_key),
        _Verb("POST", "/keys/{key_id:int}/revoke", control.revoke_key),
        _Verb("POST", "/keys/{key_id:int}/restore", control.restore_key),
        _Verb("PATCH", "/modes", control.set_modes),
        _Verb("PATCH", "/cockato/modes", control.set_cockato),
        _Verb("POST", "/cockato/customers", control.add_customer),
        _Verb("POST", "/clock", control.set_clock),
        _Verb("POST", "/reset", control.reset),
    ]
    return [Route("/__sandbox__" + verb.path, _guarded(verb, caller), methods=[verb.method]) for verb in verbs]


def _guarded(verb: _Verb, caller: Callable[[Request], str]) -> Callable[[Request], Awaitable[Response]]:
    async def work(request: Request) -> Reply:
        control_guard.check(request, caller(request))
        return await verb.answer(request)

    async def endpoint(request: Request) -> Response:
        return await answered(lambda: work(request))

    return endpoint
