"""The doctor: the first broken link of the chain, who can fix it, and nothing asked behind it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from agent.core.device import DeviceState, DeviceStatus, Role
from agent.core.errors import CataBridgeError, KeyRefused, Refused, Unreachable
from agent.flows.care import doctor as doctor_module
from agent.flows.care.doctor import Doctor, Probe
from agent.flows.care.health import DISK_REFUSE_BYTES
from agent.flows.line.state import Line
from tests.support.clock import CountingIds, FakeClock
from tests.support.desk import LINE


class Patient:
    """A till whose links can be broken one by one."""

    def __init__(self, url: str) -> None:
        self.line = Line(LINE, clock=FakeClock(), ids=CountingIds(), changed=lambda: None)
        self.url = url
        self.missing = ""
        self.free = DISK_REFUSE_BYTES
        self.error: CataBridgeError | None = None
        self.hangs = False
        self.parked = 0
        self.devices: list[DeviceStatus] = []

    async def examine(self) -> dict[str, Probe]:
        async def whoami() -> None:
            if self.hangs:
                await asyncio.Event().wait()
            if self.error:
                raise self.error

        async def parked() -> int:
            return self.parked

        doctor = Doctor(
            self.line,
            base_url=self.url,
            missing=lambda: self.missing,
            free_bytes=lambda: self.free,
            whoami=whoami,
            devices=lambda: self.devices,
            parked=parked,
        )
        return {probe.name: probe for probe in await doctor.examine()}


@asynccontextmanager
async def patient() -> AsyncIterator[Patient]:
    server = await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", 0)
    async with server:
        yield Patient(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")


async def test_a_sound_till_has_every_link_in_order() -> None:
    async with patient() as one:
        probes = await one.examine()
        assert list(probes) == ["disk", "set-up", "name", "connection", "key", "clock", "loyalty", "outbox"]
        assert all(probe.ok and not probe.who and probe.sentence for probe in probes.values())


@pytest.mark.parametrize(
    ("error", "name"),
    [
        (KeyRefused("key_refused", "The key is not accepted."), "key"),
        (Unreachable("captive_portal", "A sign-in page answers.", maybe_applied=False), "cloud"),
        (Refused("odd", "Cata says no."), "cloud"),
    ],
)
async def test_the_first_broken_link_is_named_with_who_can_fix_it(error: CataBridgeError, name: str) -> None:
    async with patient() as one:
        one.error = error
        probes = await one.examine()
        assert list(probes) == ["disk", "set-up", "name", "connection", name, "outbox"]
        assert (probes[name].ok, probes[name].sentence) == (False, error.message)
        assert probes[name].who


async def test_a_cloud_that_hangs_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor_module, "STEP_DEADLINE_S", 0.2)
    async with patient() as one:
        one.hangs = True
        assert (await one.examine())["cloud"].sentence == "Cata takes too long to answer."


async def test_no_network_link_is_tried_before_set_up_is_complete() -> None:
    async with patient() as one:
        one.missing = "Run the set-up."
        assert list(await one.examine()) == ["disk", "set-up", "outbox"]


async def test_a_closed_port_and_a_name_that_cannot_be_are_told_apart() -> None:
    async with patient() as one:
        closed = one.url
    shut = Patient(closed)
    assert not (await shut.examine())["connection"].ok
    nameless = Patient("https://" + "x" * 70 + ".example")
    assert not (await nameless.examine())["name"].ok


async def test_what_a_person_has_to_do_is_said_whatever_the_network_does() -> None:
    async with patient() as one:
        one.free, one.parked = DISK_REFUSE_BYTES - 1, 2
        one.line.clock_skew_s = 400
        one.devices = [
            DeviceStatus(name="front", driver="d", role=Role.SCANNER, state=DeviceState.READY, sentence="Ready."),
            DeviceStatus(name="back", driver="d", role=Role.SCANNER, state=DeviceState.MISSING, sentence="Unplugged."),
        ]
        probes = await one.examine()
        assert {name for name, probe in probes.items() if not probe.ok} == {"disk", "clock", "outbox", "back"}
        one.line.clock_skew_s = 0
        one.line.miss_loyalty()
        assert not (await one.examine())["loyalty"].ok
