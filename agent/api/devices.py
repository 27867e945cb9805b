"""Devices and the doctor."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path

from agent.api.auth import Deps, ScreenCaller
from agent.api.schema import Devices, DeviceTest, Doctor, EmptyBody, device_view, probe_view
from agent.api.schema.scanners import ScannerLesson
from agent.api.schema.setup import ScanDay, ScanQuality
from agent.api.schema.shape import Name
from agent.core.errors import InvalidInput, NeedsPerson, Refused, Unreachable
from agent.core.sentence import reason_of, values_of

router = APIRouter(prefix="/v1", tags=["devices"])

DeviceName = Annotated[Name, Path()]


@router.get("/devices")
async def devices(services: Deps, caller: ScreenCaller) -> Devices:
    """State and last error of every device, in words."""
    return Devices(devices=[device_view(status) for status in services.devices.statuses()])


@router.post("/devices/{name}/test")
async def try_out(name: DeviceName, services: Deps, caller: ScreenCaller, body: EmptyBody | None = None) -> DeviceTest:
    """Try a device out now; a device that fails is an answer with `ok` false."""
    if all(status.name != name for status in services.devices.statuses()):
        raise Refused("device_unknown", "There is no such device here.")
    try:
        sentence, ok = await services.devices.test(name), True
    except (Unreachable, NeedsPerson, InvalidInput, Refused) as error:
        sentence, ok = error.message, False
    return DeviceTest(name=name, ok=ok, sentence=sentence, reason=reason_of(sentence), values=values_of(sentence))


@router.get("/devices/{name}/quality")
async def quality(name: DeviceName, services: Deps, caller: ScreenCaller) -> ScanQuality:
    """What a scanner read and misread in the last days, and since when it is worse; empty for what never scanned."""
    days, found = services.quality.of(name)
    return ScanQuality(
        days=[ScanDay.model_validate(day) for day in days],
        usual=found.usual,
        times=found.times,
        since=found.since,
        suggest=dict(services.quality.suggested.get(name, {})),
    )


@router.post("/devices/{name}/lesson")
async def begin_lesson(name: DeviceName, services: Deps, caller: ScreenCaller, body: EmptyBody | None = None) -> ScannerLesson:
    """Learn a scanner from its next three scans, which go nowhere else; it is given back by itself."""
    return ScannerLesson.model_validate(services.lessons.begin(name))


@router.get("/devices/{name}/lesson")
async def lesson(name: DeviceName, services: Deps, caller: ScreenCaller) -> ScannerLesson:
    """How far it is, and what it came to; 404 `no_lesson`."""
    return ScannerLesson.model_validate(services.lessons.view(name))


@router.post("/devices/{name}/lesson/end")
async def end_lesson(name: DeviceName, services: Deps, caller: ScreenCaller, body: EmptyBody | None = None) -> ScannerLesson:
    """Give the scanner back; 404 `no_lesson`."""
    services.lessons.end(name)
    return ScannerLesson.model_validate(services.lessons.view(name))


@router.get("/doctor")
async def doctor(services: Deps, caller: ScreenCaller) -> Doctor:
    """Probe every link of the chain to the cloud, in order."""
    return Doctor(probes=[probe_view(probe) for probe in await services.doctor.examine()])
