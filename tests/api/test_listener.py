"""A listener: bound alone, never starved, stopped in time."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
import time
from contextlib import AsyncExitStack

import pytest

from agent.api.app import create_till_api
from agent.api.serve import Listener, is_loopback
from agent.api.settings import Limits
from agent.core.errors import InvalidInput
from tests.support.event_reader import listening
from tests.support.raw_http import Client, exchange, read_reply, request_bytes
from tests.support.till import Till, some_settings

QUICK = Limits(read_timeout_s=0.3, connections=8)


def a_listener(limits: Limits | None = None, *, host: str = "127.0.0.1", port: int = 0, till: Till | None = None) -> Listener:
    settings = some_settings(limits=limits)
    return Listener(create_till_api((till or Till()).services(), settings), host, port, settings.limits)


async def test_a_taken_port_is_said_and_left_alone() -> None:
    async with a_listener() as first:
        with pytest.raises(InvalidInput, match="port_in_use"):
            await a_listener(port=first.port).start()
        assert (await Client(first.port).get("/v1/health")).status == 200


@pytest.mark.skipif(not socket.has_ipv6, reason="needs IPv6")
async def test_a_port_taken_on_the_other_loopback_is_refused_too() -> None:
    with socket.socket(socket.AF_INET6) as squatter:
        try:
            squatter.bind(("::1", 0))
        except OSError:
            pytest.skip("no IPv6 loopback here")
        squatter.listen()
        with pytest.raises(InvalidInput, match="port_in_use"):
            await a_listener(port=squatter.getsockname()[1]).start()


async def test_an_address_that_is_not_ours_is_said() -> None:
    with pytest.raises(InvalidInput, match="address_unusable"):
        await a_listener(host="203.0.113.7").start()


async def test_a_port_is_free_again_after_stopping() -> None:
    async with a_listener() as first:
        await Client(first.port).get("/v1/health")
    async with a_listener(port=first.port) as second:
        assert (await Client(second.port).get("/v1/health")).status == 200
    await second.stop()


async def test_signals_stay_with_the_program() -> None:
    before = signal.getsignal(signal.SIGTERM)
    async with a_listener():
        assert signal.getsignal(signal.SIGTERM) is before


async def test_only_loopback_listens(caplog: pytest.LogCaptureFixture) -> None:
    async with a_listener() as listener:
        with socket.socket() as other:
            other.settimeout(2)
            address = _own_address()
            assert address is None or other.connect_ex((address, listener.port)) != 0
    assert "BEYOND" not in caplog.text


async def test_listening_beyond_this_computer_is_said_aloud(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        async with a_listener(host="0.0.0.0"):
            pass
    assert "LISTENING BEYOND" in caplog.text


async def test_the_url_names_the_address() -> None:
    async with a_listener() as listener:
        assert listener.url == f"http://127.0.0.1:{listener.port}"
    assert Listener(create_till_api(Till().services(), some_settings()), "::1", 5).url == "http://[::1]:5"


@pytest.mark.parametrize(
    ("host", "local"), [("localhost", True), ("127.9.9.9", True), ("::1", True), ("0.0.0.0", False), ("till.lan", False)]
)
def test_loopback_is_known(host: str, local: bool) -> None:
    assert is_loopback(host) is local


async def test_stopping_hangs_up_on_event_streams() -> None:
    listener = a_listener()
    await listener.start()
    async with listening(listener.port) as stream:
        await stream.next()
        started = time.monotonic()
        await listener.stop()
        assert time.monotonic() - started < 3
        await stream.end()


@pytest.mark.parametrize("part", [b"", b"GET /v1/health HT", b"GET /v1/health HTTP/1.1\r\nHost: x\r\n"])
async def test_headers_that_never_end_are_hung_up_on(part: bytes) -> None:
    async with a_listener(QUICK) as listener:
        assert (await exchange(listener.port, part)).status == 408


async def test_a_body_that_never_ends_is_hung_up_on() -> None:
    async with a_listener(QUICK) as listener:
        fields = {"Content-Type": "application/json", "Content-Length": "10", "Authorization": "Bearer pos-token"}
        head = request_bytes("POST", "/v1/loyalty/earn", host=f"127.0.0.1:{listener.port}", headers=fields)
        reply = await exchange(listener.port, head + b"{")
        assert (reply.status, reply.reason) == (408, "too_slow")


async def test_a_caller_that_hangs_up_in_the_middle_changes_nothing() -> None:
    till = Till()
    async with a_listener(till=till) as listener:
        _, writer = await asyncio.open_connection("127.0.0.1", listener.port)
        fields = {"Content-Type": "application/json", "Content-Length": "99"}
        writer.write(request_bytes("POST", "/v1/pairing", host=f"127.0.0.1:{listener.port}", headers=fields) + b"{")
        await writer.drain()
        writer.close()
        assert (await Client(listener.port).get("/v1/health")).status == 200
    assert till.writes == 0


async def test_a_slow_second_request_is_hung_up_on_too() -> None:
    async with a_listener(QUICK) as listener:
        reader, writer = await asyncio.open_connection("127.0.0.1", listener.port)
        host = f"127.0.0.1:{listener.port}"
        writer.write(request_bytes("GET", "/v1/health", host=host))
        assert (await read_reply(reader)).status == 200
        writer.write(b"GET /v1/health HTTP/1.1\r\n")
        async with asyncio.timeout(10):
            assert (await read_reply(reader)).status == 408
        writer.close()


async def test_headers_without_end_are_cut_off_by_size() -> None:
    async with a_listener() as listener:
        reader, writer = await asyncio.open_connection("127.0.0.1", listener.port)
        writer.write(b"GET / HTTP/1.1\r\n")
        for n in range(40):
            writer.write(f"X-{n}: ".encode() + b"y" * 1000 + b"\r\n")
        async with asyncio.timeout(10):
            assert (await read_reply(reader)).status == 431
        writer.close()


async def test_a_flood_of_idle_connections_does_not_keep_the_pos_out() -> None:
    async with a_listener(Limits(connections=8)) as listener, AsyncExitStack() as stack:
        pos_reader, pos_writer = await asyncio.open_connection("127.0.0.1", listener.port)
        stack.callback(pos_writer.close)
        ask = request_bytes("GET", "/v1/health", host=f"127.0.0.1:{listener.port}")
        pos_writer.write(ask)
        assert (await read_reply(pos_reader)).status == 200
        for _ in range(100):
            _, writer = await asyncio.open_connection("127.0.0.1", listener.port)
            stack.callback(writer.close)
            writer.write(b"GET / HT")
        assert (await Client(listener.port).get("/v1/health")).status == 200
        pos_writer.write(ask)
        assert (await read_reply(pos_reader)).status == 200


async def test_when_all_connections_are_busy_the_new_one_is_told() -> None:
    async with a_listener(Limits(connections=2)) as listener, AsyncExitStack() as stack:
        for _ in range(2):
            await (await stack.enter_async_context(listening(listener.port))).next()
        assert (await exchange(listener.port, b"")).status == 503


async def test_an_idle_or_slow_connection_makes_room() -> None:
    async with a_listener(Limits(connections=2)) as listener, AsyncExitStack() as stack:
        await (await stack.enter_async_context(listening(listener.port))).next()
        reader, writer = await asyncio.open_connection("127.0.0.1", listener.port)
        stack.callback(writer.close)
        fields = {"Content-Type": "application/json", "Content-Length": "99"}
        writer.write(request_bytes("POST", "/v1/pairing", host=f"127.0.0.1:{listener.port}", headers=fields) + b"{")
        await writer.drain()
        await asyncio.sleep(0.05)
        assert (await Client(listener.port).get("/v1/health")).status == 200
        with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
            await read_reply(reader)


def _own_address() -> str | None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return None
        return str(probe.getsockname()[0])
