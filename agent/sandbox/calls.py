"""One call to the practice cloud as a value, the table of routes, and the way from one to the other."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from agent.core.errors import InvalidInput, Refused
from agent.sandbox import rawjson
from agent.sandbox.envelopes import Reply, failure, refusal, reply_for
from agent.sandbox.tenants import ApiKey, Tenant
from agent.sandbox.world import World

log = logging.getLogger(__name__)

LARGEST_BODY = 5 * 1024 * 1024


class Wire(BaseModel):
    """A body of the contract: camelCase names, exact types, unknown fields ignored."""

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore", alias_generator=to_camel)


WireT = TypeVar("WireT", bound=BaseModel)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A partner's call, its tenant and key already known."""

    world: World
    tenant: Tenant
    key: ApiKey | None
    """None on public routes."""
    path: Mapping[str, str]
    query: Mapping[str, str] = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)

    def read(self, shape: type[WireT]) -> WireT:
        """The body as `shape`; raises InvalidInput."""
        return fit(shape, rawjson.read_object(self.body))

    def provider(self) -> str | None:
        """`X-Provider` when sent and allowed; raises Refused 403."""
        slug = self.headers.get("x-provider", "")
        return self.tenant.providers.check(slug) if slug else None

    def outlet_id(self) -> str:
        """The outlet in the path, which exists; raises Refused 404."""
        return self.tenant.outlets.get(self.path["outlet_id"]).id


Answer = Callable[[Call], Awaitable[Reply]]


@dataclass(frozen=True, slots=True)
class Row:
    """One route of the contract."""

    method: str
    path: str
    answer: Answer
    is_public: bool = False


def fit(shape: type[WireT], value: object) -> WireT:
    """Read a value as `shape`; raises InvalidInput naming the first field that does not fit."""
    try:
        return shape.model_validate(value)
    except ValidationError as problem:
        first = problem.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(step) for step in first["loc"])
        raise InvalidInput("invalid", "This does not fit.", field=where, details=f"{where}: {first['msg']}") from None


async def body_of(request: Request) -> bytes:
    """The whole body; raises Refused 413 for more than the limit."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_BODY:
            raise refusal(413, "request too large")
    return bytes(body)


def render(reply: Reply) -> Response:
    """The HTTP answer."""
    content = b"" if reply.status == 304 else rawjson.write(reply.body)
    return Response(content, reply.status, dict(reply.headers), "application/json")


async def answered(work: Callable[[], Awaitable[Reply]]) -> Response:
    """Run an answer and turn every refusal into E1."""
    try:
        return render(await work())
    except (Refused, InvalidInput) as problem:
        return render(reply_for(problem))
    except ClientDisconnect:
        return render(failure(400, "client went away"))
    except Exception:  # the supervised edge of the practice cloud: one bad call must not stop the others
        log.exception("practice cloud failed to answer")
        return render(failure(500, "internal error"))


def routes(world: World, rows: Sequence[Row]) -> list[Route]:
    """Starlette routes for a table, the key checked first where one is needed."""
    return [Route(row.path, _endpoint(world, row), methods=[row.method]) for row in rows]


def _endpoint(world: World, row: Row) -> Callable[[Request], Awaitable[Response]]:
    async def work(request: Request) -> Reply:
        headers = request.headers
        tenant = world.tenants.resolve(headers.get("host", ""), headers.get("x-tenant-id", ""))
        key = None if row.is_public else tenant.authenticate(headers.get("x-api-key", ""))
        return await row.answer(
            Call(
                world=world,
                tenant=tenant,
                key=key,
                path={name: str(value) for name, value in request.path_params.items()},
                query=request.query_params,
                headers=headers,
                body=await body_of(request),
            )
        )

    async def endpoint(request: Request) -> Response:
        return await answered(lambda: work(request))

    return endpoint
