"""The wall: sizes, shapes, browsers, and what a listed page may do."""

from __future__ import annotations

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from agent.api.origin import Origin, listed_origins, own_hosts, parse_origin
from agent.core.errors import InvalidInput
from tests.api.conftest import PAGE, Served
from tests.support.raw_http import exchange, request_bytes

EARN = {"member": {"uuid": "u"}, "points": 1}


async def test_a_listed_page_gets_its_one_header(served: Served) -> None:
    reply = await served.pos.call(
        "POST", "/v1/loyalty/earn", json.dumps(EARN).encode(), headers={"Origin": PAGE, "Sec-Fetch-Site": "cross-site"}
    )
    assert reply.status == 201
    assert reply.headers["access-control-allow-origin"] == PAGE
    assert "Origin" in reply.headers["vary"]
    assert "access-control-allow-credentials" not in reply.headers


async def test_a_listed_page_hears_why_it_was_refused(served: Served) -> None:
    reply = await served.caller("wrong").get("/v1/status", Origin=PAGE)
    assert (reply.status, reply.headers["access-control-allow-origin"]) == (401, PAGE)


async def test_preflight_answers_a_listed_page_only(served: Served) -> None:
    ask = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Private-Network": "true"}
    yes = await served.caller("").call("OPTIONS", "/v1/loyalty/earn", headers=ask | {"Origin": PAGE})
    assert (yes.status, yes.headers["access-control-allow-methods"]) == (204, "GET, POST")
    assert yes.headers["access-control-allow-private-network"] == "true"
    no = await served.caller("").call("OPTIONS", "/v1/loyalty/earn", headers=ask | {"Origin": "https://evil.test"})
    assert (no.status, no.reason) == (403, "origin")
    del ask["Access-Control-Request-Private-Network"]
    plain = await served.caller("").call("OPTIONS", "/v1/loyalty/earn", headers=ask | {"Origin": PAGE})
    assert "access-control-allow-private-network" not in plain.headers


@pytest.mark.parametrize("size", [256 * 1024 + 1, 10**9])
async def test_an_announced_body_that_is_too_large_is_not_read(served: Served, size: int) -> None:
    head = _head(served, "Content-Type: application/json", f"Content-Length: {size}")
    reply = await exchange(served.port, head + b"{")
    assert (reply.status, reply.reason, reply.headers["connection"]) == (413, "too_large", "close")


async def test_a_chunked_body_that_grows_too_large_is_cut_off(served: Served) -> None:
    chunk = b"8000\r\n" + b" " * 0x8000 + b"\r\n"
    head = _head(served, "Content-Type: application/json", "Transfer-Encoding: chunked")
    assert (await exchange(served.port, head + chunk * 9)).status == 413


async def test_a_body_of_the_largest_size_is_read(served: Served) -> None:
    text = json.dumps(EARN).encode()
    reply = await served.pos.call("POST", "/v1/loyalty/earn", text + b" " * (256 * 1024 - len(text)))
    assert reply.status == 201


async def test_deep_json_is_refused_and_brackets_in_texts_are_not(served: Served) -> None:
    deep = await served.pos.call("POST", "/v1/loyalty/earn", b"[" * 33 + b"]" * 33)
    assert (deep.status, deep.reason) == (422, "too_deep")
    assert (await served.pos.post("/v1/loyalty/earn", EARN | {"note": "[" * 40 + '\\"{'})).status == 201


async def test_what_is_no_json_says_so(served: Served) -> None:
    reply = await served.pos.call("POST", "/v1/loyalty/earn", b"{oops")
    assert (reply.status, reply.reason) == (422, "invalid")
    assert (await served.pos.call("POST", "/v1/loyalty/earn", b"9" * 5000)).status in {400, 422}


async def test_too_many_headers_are_refused(served: Served) -> None:
    many = {f"X-{n}": "y" for n in range(70)}
    assert (await served.pos.get("/v1/status", **many)).status == 431
    assert (await served.pos.get("/v1/status", Large="y" * 17_000)).status == 431


async def test_a_question_has_no_body(served: Served) -> None:
    reply = await served.pos.call("GET", "/v1/status", b"{}")
    assert (reply.status, reply.reason) == (400, "body_not_expected")


async def test_a_compressed_body_is_refused(served: Served) -> None:
    assert (await served.pos.post("/v1/loyalty/earn", EARN, Content_Encoding="gzip")).status == 415


async def test_a_change_without_body_needs_no_type(served: Served) -> None:
    assert (await served.screen.post("/v1/outlet/open")).status == 200
    assert (await served.screen.call("POST", "/v1/outlet/open", headers={"Content-Type": "text/plain"})).status == 415


@pytest.mark.parametrize(
    "request_line",
    [b"GET http://evil.test HTTP/1.1", b"CONNECT evil.test:443 HTTP/1.1", b"OPTIONS * HTTP/1.1", b"GARBAGE", b"GET  HTTP/1.1"],
)
async def test_odd_requests_are_refused(served: Served, request_line: bytes) -> None:
    host = f"Host: 127.0.0.1:{served.port}".encode()
    reply = await exchange(served.port, request_line + b"\r\n" + host + b"\r\n\r\n")
    assert 400 <= reply.status < 500


async def test_a_websocket_finds_nobody(served: Served) -> None:
    fields = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Key": "eA==", "Sec-WebSocket-Version": "13"}
    assert (await served.pos.get("/v1/events", **fields)).status in {400, 403}


async def test_an_unknown_address_and_a_wrong_method_answer_in_the_envelope(served: Served) -> None:
    assert (await served.pos.get("/v2/nothing")).reason == "not_found"
    assert (await served.pos.post("/v1/status", {})).reason == "method_not_allowed"
    assert (await served.pos.get("/v1/status/")).status == 404


def _head(served: Served, *lines: str) -> bytes:
    fields = dict(line.split(": ") for line in lines) | {"Authorization": "Bearer pos-token"}
    return request_bytes("POST", "/v1/loyalty/earn", host=f"127.0.0.1:{served.port}", headers=fields)


hosts = st.text("abcdefghijklmnopqrstuvwxyz0123456789.-", min_size=1, max_size=30)
NEAR = st.sampled_from(["pos.example", "pos.example.", "127.0.0.1"])
LISTED = listed_origins([PAGE, "http://127.0.0.1:5000"])


@given(
    scheme=st.sampled_from(["http", "https", "HTTPS", "file", "https:"]),
    host=st.one_of(hosts, NEAR, hosts.map(lambda text: "pos.example" + text)),
    port=st.one_of(st.just(""), st.integers(0, 70_000).map(lambda number: f":{number}"), st.just(":")),
    tail=st.sampled_from(["", "/", "#", "?", " ", "@evil.test", "\\", ".evil.test"]),
)
@example(scheme="https", host="pos.example", port=":443", tail="")
def test_only_the_very_origin_matches(scheme: str, host: str, port: str, tail: str) -> None:
    text = f"{scheme}://{host}{port}{tail}"
    allowed = {"https://pos.example", "https://pos.example:443", "http://127.0.0.1:5000"}
    assert (parse_origin(text) in LISTED) == (text in allowed)


def test_origins_compare_by_their_parts() -> None:
    assert parse_origin("https://pos.example") == Origin("https", "pos.example", 443) == parse_origin("https://pos.example:443")
    assert parse_origin("http://[::1]:99") == Origin("http", "[::1]", 99)
    assert parse_origin("null") is None
    assert parse_origin("http://a:0") is None


def test_a_setting_that_is_no_origin_is_named() -> None:
    with pytest.raises(InvalidInput, match="invalid_setting"):
        listed_origins(["https://pos.example/"])


def test_own_hosts_include_the_bound_address() -> None:
    assert own_hosts("192.168.1.5", 80) >= {b"192.168.1.5", b"localhost:80", b"[::1]"}
    assert own_hosts("::1", 8723) == own_hosts("127.0.0.1", 8723)
