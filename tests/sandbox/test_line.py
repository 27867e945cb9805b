"""The line: cut means refused and reset, restored means the same port again."""

from __future__ import annotations

import asyncio

import pytest

from agent.core.errors import NeedsPerson, Unreachable
from agent.sandbox.line import Line
from agent.sandbox.server import SandboxConfig, serve
from tests.support.sandbox import Practice, practice_cloud


async def test_a_cut_line_refuses_and_comes_back_on_the_same_port(cloud: Practice) -> None:
    base_url = cloud.base_url
    await cloud.ok("GET", "/health")
    for _ in range(2):
        await cloud.control.cut()
        await cloud.control.cut()
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", cloud.running.line.port)
        with pytest.raises(Unreachable) as problem:
            await cloud.call("GET", "/health")
        assert not problem.value.maybe_applied
        assert (await cloud.control.state())["line"]["up"] is False
        await cloud.control.restore()
        await cloud.control.restore()
        await cloud.ok("GET", "/health")
    assert cloud.base_url == base_url


async def test_a_cut_resets_connections_in_use(cloud: Practice) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", cloud.running.line.port)
    writer.write(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert b"200" in await reader.readuntil(b"\r\n\r\n")
    await reader.readexactly(len(b'{"status":"healthy"}'))
    await cloud.control.cut()
    with pytest.raises(ConnectionResetError):
        await reader.readexactly(1)
    writer.close()


async def test_a_call_cut_in_the_middle_may_have_been_applied() -> None:
    async with practice_cloud() as cloud:
        await cloud.control.fault("delay", delay_s=600)
        call = asyncio.create_task(cloud.call("GET", "/health"))
        async with asyncio.timeout(10):
            while (await cloud.control.state())["faults"]:
                pass
        await cloud.control.cut()
        with pytest.raises(Unreachable) as problem:
            await call
        assert problem.value.maybe_applied


async def test_a_door_without_an_app_behind_it_hangs_up(cloud: Practice) -> None:
    line = Line("127.0.0.1", 0, 9)
    await line.restore()
    reader, writer = await asyncio.open_connection("127.0.0.1", line.port)
    with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
        await reader.readexactly(1)
    writer.close()
    line.drop(1)
    await line.close()


async def test_a_taken_port_is_a_sentence(cloud: Practice) -> None:
    inner = int(cloud.running.control_url.rsplit(":", 1)[1])
    for port, control_port in ((cloud.running.line.port, 0), (0, inner)):
        with pytest.raises(NeedsPerson, match="Nothing can listen") as problem:
            await serve(SandboxConfig(http=cloud.http, port=port, control_port=control_port))
        assert problem.value.reason == "port_taken"


async def test_other_listen_addresses(cloud: Practice) -> None:
    anywhere = await serve(SandboxConfig(http=cloud.http, host="0.0.0.0"))
    assert anywhere.base_url == f"http://127.0.0.1:{anywhere.line.port}"
    await anywhere.stop()
    await anywhere.stop()
    assert not anywhere.line.is_up
