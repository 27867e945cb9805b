"""Every route against every way in that must stay shut; generated from the application's own routes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi.routing import APIRoute

from agent.api.app import MODULES
from tests.api.conftest import PAGE, Served
from tests.faults import figures
from tests.support.raw_http import exchange, request_bytes

OPEN = {"/v1/health", "/v1/pairing", "/v1/pairing/proof"}
SCOPES = {
    "GET /v1/status": {"pos", "board"},
    "GET /v1/openapi.json": {"pos", "board"},
    "GET /v1/events": {"board"},
    "POST /v1/scans": {"pos"},
    "POST /v1/members/lookup": {"pos"},
    "POST /v1/loyalty/earn": {"pos"},
    "POST /v1/loyalty/burn": {"pos"},
    "POST /v1/loyalty/{entry_id}/reverse": {"pos"},
    "POST /v1/sales": {"pos"},
    "GET /v1/sales": {"pos"},
    "POST /v1/sales/{receipt:path}/claim": {"pos"},
    "GET /v1/outbox": {"pos"},
    "GET /v1/outbox/{entry_id}": {"pos"},
    "GET /v1/orders": {"pos", "board"},
    "GET /v1/orders/{order_id}": {"pos", "board"},
    "POST /v1/orders/{order_id}/status": {"pos"},
    "POST /v1/orders/{order_id}/print": {"pos"},
    "GET /v1/menu": {"pos"},
    "POST /v1/outbox/{entry_id}/retry": set(),
    "POST /v1/outbox/{entry_id}/discard": set(),
    "POST /v1/outbox/export": set(),
    "POST /v1/outbox/import": set(),
    "POST /v1/menu/sync": set(),
    "POST /v1/menu/preflight": set(),
    "POST /v1/menu/items/{code:path}/snooze": set(),
    "POST /v1/outlet/open": set(),
    "POST /v1/outlet/close": set(),
    "POST /v1/outlet/busy": set(),
    "GET /v1/devices": set(),
    "POST /v1/devices/{name}/test": set(),
    "GET /v1/doctor": set(),
    "GET /v1/devices/{name}/quality": set(),
    "POST /v1/devices/{name}/lesson": set(),
    "GET /v1/devices/{name}/lesson": set(),
    "POST /v1/devices/{name}/lesson/end": set(),
    "POST /v1/loyalty/backfill": set(),
    "POST /v1/members/erase": set(),
    "GET /v1/offline-burn": set(),
    "POST /v1/offline-burn/on": set(),
    "POST /v1/offline-burn/off": set(),
    "POST /v1/offline-burn/seen": set(),
    "GET /v1/tokens": set(),
    "POST /v1/tokens": set(),
    "POST /v1/tokens/{name}/revoke": set(),
    "POST /v1/pairing/codes": set(),
    "POST /v1/cloud/probe": set(),
    "GET /v1/setup": set(),
    "POST /v1/setup": set(),
    "POST /v1/setup/take-up": set(),
    "GET /v1/setup/drivers": set(),
    "POST /v1/setup/cloud": set(),
    "POST /v1/setup/test-print": set(),
    "POST /v1/setup/test-order": set(),
    "POST /v1/setup/outlets": set(),
}
"""Scopes besides `screen`, as the page on interfaces has them."""


def routes() -> Iterator[tuple[str, str]]:
    for module in MODULES:
        for route in module.router.routes:
            assert isinstance(route, APIRoute)
            for method in sorted(route.methods or ()):
                yield method, route.path


ROUTES = list(routes())
GUARDED = [(method, path) for method, path in ROUTES if path not in OPEN]
Fields = dict[str, str]


def target(path: str) -> str:
    return re.sub(r"\{[^}]*\}", "x", path)


def well_behaved(method: str, token: str = "screen-token") -> Fields:
    fields = {"Authorization": f"Bearer {token}"}
    return fields | {"Content-Type": "application/json"} if method == "POST" else fields


async def knock(served: Served, method: str, path: str, fields: Fields, *, host: str = "", absolute: bool = False) -> int:
    body = b"{}" if method == "POST" else None
    address = f"127.0.0.1:{served.port}"
    goal = f"http://{address}{target(path)}" if absolute else target(path)
    reply = await exchange(served.port, request_bytes(method, goal, host=host or address, headers=fields, body=body))
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert served.till.writes == 0
    return reply.status


def test_the_table_of_scopes_knows_every_route() -> None:
    assert {f"{method} {path}" for method, path in GUARDED} == set(SCOPES)
    assert len(ROUTES) >= 30


@pytest.fixture(autouse=True)
def counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every knock of the matrix is in the table at the end of the run; a single one let in fails its test."""
    knocks: list[int] = []
    honest = knock

    async def counting(*args: Any, **kwargs: Any) -> int:
        knocks.append(await honest(*args, **kwargs))
        return knocks[-1]

    monkeypatch.setitem(globals(), "knock", counting)
    yield
    figures.record("wall", "matrix: every route by every way in", len(knocks))


BAD_TOKENS: list[Fields] = [
    {},
    {"Authorization": "Bearer wrong"},
    {"Authorization": "Basic c2NyZWVu"},
    {"Authorization": "Bearer"},
    {"Authorization": "Bearer " + "x" * 600},
]


@pytest.mark.parametrize("fields", BAD_TOKENS)
async def test_no_route_opens_without_a_good_token(served: Served, fields: Fields) -> None:
    for method, path in GUARDED:
        kind = {"Content-Type": "application/json"} if method == "POST" else {}
        assert await knock(served, method, path, fields | kind) in {401, 429}, path


@pytest.mark.parametrize("scope", ["pos", "board"])
async def test_no_route_opens_to_a_foreign_scope(served: Served, scope: str) -> None:
    for method, path in GUARDED:
        if scope not in SCOPES[f"{method} {path}"]:
            assert await knock(served, method, path, well_behaved(method, f"{scope}-token")) == 403, path


WAYS: list[tuple[str, Callable[[Fields], Fields], int]] = [
    ("foreign origin", lambda fields: fields | {"Origin": "https://evil.test"}, 403),
    ("null origin", lambda fields: fields | {"Origin": "null"}, 403),
    ("own origin", lambda fields: fields | {"Origin": "http://localhost"}, 403),
    ("near origin", lambda fields: fields | {"Origin": PAGE + ".evil.test"}, 403),
    ("cross-site fetch", lambda fields: fields | {"Sec-Fetch-Site": "cross-site"}, 403),
    ("same-site fetch", lambda fields: fields | {"Sec-Fetch-Site": "same-site"}, 403),
    ("two origins", lambda fields: fields | {"Origin": PAGE, "origin": PAGE}, 403),
    ("two hosts", lambda fields: fields | {"host": "127.0.0.1"}, 421),
]


@pytest.mark.parametrize(("name", "spoil", "status"), WAYS, ids=[way[0] for way in WAYS])
async def test_no_route_opens_to_a_foreign_page(
    served: Served, name: str, spoil: Callable[[Fields], Fields], status: int
) -> None:
    for method, path in ROUTES:
        assert await knock(served, method, path, spoil(well_behaved(method))) == status, path


HOSTS = [
    "evil.test:{port}",
    "127.0.0.1",
    "localhost:{port}.",
    "localhost.:{port}",
    "LOCALHOST:{port}",
    "127.0.0.1:1",
    "0.0.0.0:{port}",
    ",",
]


@pytest.mark.parametrize("host", HOSTS)
async def test_no_route_opens_under_another_name(served: Served, host: str) -> None:
    for method, path in ROUTES:
        assert await knock(served, method, path, well_behaved(method), host=host.format(port=served.port)) == 421, path


async def test_no_route_opens_to_a_proxy_request(served: Served) -> None:
    for method, path in ROUTES:
        assert await knock(served, method, path, well_behaved(method), absolute=True) == 421, path


KINDS = ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/jsonp", ""]


@pytest.mark.parametrize("kind", [*KINDS, "application/json; charset=utf-16"])
async def test_no_change_without_json(served: Served, kind: str) -> None:
    for method, path in ROUTES:
        if method == "POST":
            assert await knock(served, method, path, well_behaved(method) | {"Content-Type": kind}) == 415, path


@pytest.mark.parametrize("other", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"])
async def test_nothing_changes_by_another_method(served: Served, other: str) -> None:
    posts = {path for method, path in ROUTES if method == "POST"} - {path for method, path in ROUTES if method == "GET"}
    for path in posts:
        status = await knock(served, other, path, well_behaved("GET"))
        assert status in {404, 405}, path


async def test_the_three_names_of_this_till_all_work(served: Served) -> None:
    for name in ("127.0.0.1", "localhost", "[::1]"):
        assert await knock(served, "GET", "/v1/status", well_behaved("GET"), host=f"{name}:{served.port}") == 200
