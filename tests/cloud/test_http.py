"""One HTTP attempt against real sockets that misbehave in every way a shop's network does."""

from __future__ import annotations

import asyncio
import gzip
import logging
import socket
import ssl
import struct
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from agent.cloud.http import LARGEST_ANSWER, SILENT_LOGGERS, HttpxClient
from agent.core.clock import SystemClock
from agent.core.errors import Unreachable
from agent.core.http import HttpRequest, HttpResponse
from tests.cloud.byte_server import Heard, answer, says, serving
from tests.cloud.certificates import Authority


@pytest.fixture
async def http() -> AsyncIterator[HttpxClient]:
    client = HttpxClient(SystemClock())
    yield client
    await client.close()


async def send(http: HttpxClient, url: str, **more: object) -> HttpResponse:
    request = {"method": "POST", "url": url, "body": b"{}", "timeout_s": 5.0} | more
    return await http.send(HttpRequest(**request))  # type: ignore[arg-type]


async def fails(http: HttpxClient, url: str, **more: object) -> Unreachable:
    with pytest.raises(Unreachable) as caught:
        await send(http, url, **more)
    return caught.value


async def test_request_and_answer_arrive_whole(http: HttpxClient) -> None:
    async with serving(says(answer(201, {"ok": 1}, headers={"X-Two": "b"}))) as server:
        got = await send(http, server.url + "/a?b=%2B65", headers={"X-One": "a"}, body=b"body")
        heard = server.heard[0]
    assert (got.status, got.body, got.headers["x-two"]) == (201, b'{"ok": 1}', "b")
    assert (heard.method, heard.target, heard.body, heard.headers["x-one"]) == ("POST", "/a?b=%2B65", b"body", "a")
    assert heard.headers["accept-encoding"] == "identity"
    assert got.elapsed_s >= 0


async def test_nobody_listens_so_nothing_was_sent(http: HttpxClient) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    error = await fails(http, f"http://127.0.0.1:{port}/")
    assert (error.reason, error.maybe_applied, error.line_down) == ("refused", False, True)


async def test_a_name_that_does_not_exist_is_dns(http: HttpxClient, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    error = await fails(http, "http://cloud.invalid/")
    assert (error.reason, error.maybe_applied) == ("dns", False)


@pytest.mark.parametrize("url", ["ftp://x/", "nonsense", "http://[::1", "http://127.0.0.1:99999/"])
async def test_an_address_that_cannot_be_used_is_not_the_line(http: HttpxClient, url: str) -> None:
    error = await fails(http, url)
    assert (error.reason, error.maybe_applied, error.line_down) == ("bad_address", False, False)


async def test_a_header_that_cannot_be_sent_is_not_the_line(http: HttpxClient) -> None:
    async with serving(says(answer(200))) as server:
        assert (await fails(http, server.url, headers={"X-Api-Key": "ключ"})).reason == "bad_address"
        assert server.heard == []


@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", b"not http at all\r\n\r\n"])
async def test_a_reset_after_sending_may_have_been_applied(http: HttpxClient, said: bytes) -> None:
    async def talk(_heard: Heard, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(said)
        await writer.drain()
        raw = writer.get_extra_info("socket")
        if not said:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.close()

    async with serving(talk) as server:
        error = await fails(http, server.url)
    assert (error.reason, error.maybe_applied, error.line_down) == ("no_answer", True, True)


async def test_silence_is_cut_at_the_deadline(http: HttpxClient) -> None:
    async def talk(_heard: Heard, reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with serving(talk) as server:
        error = await fails(http, server.url, timeout_s=0.2)
    assert (error.reason, error.maybe_applied) == ("timeout", True)


async def test_a_drip_is_cut_at_the_total_deadline(http: HttpxClient) -> None:
    async def talk(_heard: Heard, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        for _ in range(10_000):
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.02)

    async with serving(talk) as server, asyncio.timeout(10):
        error = await fails(http, server.url, timeout_s=0.3)
    assert (error.reason, error.maybe_applied) == ("timeout", True)


async def test_a_full_listen_queue_times_out_with_nothing_sent(http: HttpxClient) -> None:
    with socket.socket() as deaf, socket.socket() as first, socket.socket() as second:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        for filler in (first, second):
            filler.setblocking(False)
            filler.connect_ex(deaf.getsockname())
        error = await fails(http, f"http://127.0.0.1:{deaf.getsockname()[1]}/", timeout_s=0.3)
    assert (error.reason, error.maybe_applied) == ("timeout", False)


async def test_redirects_are_answers_and_not_followed(http: HttpxClient) -> None:
    async with serving(says(answer(302, headers={"Location": "/elsewhere"}))) as server:
        assert (await send(http, server.url)).status == 302
        assert len(server.heard) == 1


async def test_cookies_are_not_kept(http: HttpxClient) -> None:
    async with serving(says(answer(200, headers={"Set-Cookie": "a=b"}))) as server:
        await send(http, server.url)
        await send(http, server.url)
        assert "cookie" not in server.heard[1].headers


async def test_a_body_without_end_is_cut(http: HttpxClient) -> None:
    async def talk(_heard: Heard, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\n")
        while True:
            writer.write(bytes(1 << 20))
            await writer.drain()

    async with serving(talk) as server:
        error = await fails(http, server.url, timeout_s=30.0)
    assert (error.reason, error.maybe_applied, error.line_down) == ("answer_too_large", True, False)


async def test_a_packed_answer_is_unpacked_within_bounds(http: HttpxClient) -> None:
    packed = {"Content-Encoding": "gzip"}
    small, bomb = gzip.compress(b'{"a":1}'), gzip.compress(bytes(LARGEST_ANSWER + 1))
    async with serving(says(answer(200, small, headers=packed), answer(200, bomb, headers=packed))) as server:
        assert (await send(http, server.url)).body == b'{"a":1}'
        assert (await fails(http, server.url)).reason == "answer_too_large"


@pytest.mark.parametrize(("encoding", "body"), [("br", b"xx"), ("gzip", b"not gzip")])
async def test_an_answer_packed_otherwise_is_unreadable(http: HttpxClient, encoding: str, body: bytes) -> None:
    async with serving(says(answer(200, body, headers={"Content-Encoding": encoding}))) as server:
        error = await fails(http, server.url)
    assert (error.reason, error.maybe_applied) == ("unreadable_answer", True)


async def test_an_unknown_certificate_is_refused_before_anything_is_sent(http: HttpxClient, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    async with serving(says(answer(200)), tls=authority.server_context("127.0.0.1")) as server:
        error = await fails(http, server.url)
        assert server.heard == []
    assert (error.reason, error.maybe_applied) == ("tls", False)


async def test_a_certificate_that_ran_out_is_refused_before_anything_is_sent(tmp_path: Path) -> None:
    """T25, fault 6."""
    authority = Authority(tmp_path)
    client = HttpxClient(SystemClock(), ca_file=authority.file)
    try:
        async with serving(says(answer(200)), tls=authority.server_context("127.0.0.1", days=-1)) as server:
            assert (await fails(client, server.url)).reason == "tls"
            assert server.heard == []
    finally:
        await client.close()


async def test_a_network_s_own_authority_can_be_trusted_but_not_for_another_host(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    client = HttpxClient(SystemClock(), ca_file=authority.file)
    try:
        async with serving(says(answer(200)), tls=authority.server_context("127.0.0.1")) as server:
            assert (await send(client, server.url)).status == 200
        async with serving(says(answer(200)), tls=authority.server_context("192.0.2.1")) as server:
            assert (await fails(client, server.url)).reason == "tls"
    finally:
        await client.close()


async def test_a_proxy_that_refuses_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving(says(answer(407))) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        client = HttpxClient(SystemClock())
        error = await fails(client, "https://192.0.2.1/")
        await client.close()
    assert error.reason in {"proxy", "no_answer"}


async def test_loopback_is_never_asked_for_through_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://192.0.2.1:1")
    client = HttpxClient(SystemClock())
    async with serving(says(answer(200))) as server:
        assert (await send(client, server.url)).status == 200
    await client.close()


async def test_cancelling_is_not_an_error_of_the_line(http: HttpxClient) -> None:
    started = asyncio.Event()

    async def talk(_heard: Heard, reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        started.set()
        await reader.read()

    async with serving(talk) as server:
        task = asyncio.create_task(send(http, server.url, timeout_s=30.0))
        await started.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_the_library_logs_nothing(http: HttpxClient, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with serving(says(answer(200))) as server:
        await send(http, server.url + "/?identifier=%2B6591230000")
    assert "6591230000" not in caplog.text
    assert not any(logging.getLogger(name).isEnabledFor(logging.ERROR) for name in SILENT_LOGGERS)


def test_verification_has_no_switch() -> None:
    """I9."""
    client = HttpxClient(SystemClock())
    context = client._client._transport._pool._ssl_context  # type: ignore[attr-defined]
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)


async def test_every_address_of_a_name_refusing_is_still_refused(http: HttpxClient) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    error = await fails(http, f"http://localhost:{port}/")
    assert (error.reason, error.maybe_applied) == ("refused", False)
