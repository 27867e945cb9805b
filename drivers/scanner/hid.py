"""Scanners that pretend to be keyboards, on Linux: taken from the desktop, so that no scan lands in a window."""

from __future__ import annotations

import asyncio
import os
import platform
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import Field, model_validator

from agent.core.device import DeviceState, Role
from agent.core.errors import InvalidInput, Unreachable
from agent.core.keyboards import LAYOUTS
from agent.core.roles import DeviceSink
from agent.core.scanner_learning import Keyed, Lesson
from agent.core.scanner_profile import ScannerProfile, Stroke
from agent.core.sentence import Sentence
from drivers.scanner.framing import LARGEST_FRAME
from drivers.scanner.keys import Keyboard
from drivers.scanner.listening import QUIET_S, changed, framing_options, listened
from drivers.scanner.reading import LONG_SILENCE, ScannerSettings, read_codes
from drivers.spec import DriverContext, DriverSpec

if sys.platform == "linux":
    from drivers.transport.input_line import InputDevice, InputLine, Key, keyboards, open_input

MATCH = re.compile(r"[0-9A-Fa-f]{4}:[0-9A-Fa-f]{4}(:.+)?")


class HidScannerSettings(ScannerSettings):
    """Settings of `hid-scanner`; at least one of `match`, `usb_name` and `path`."""

    match: Annotated[str, Field(description="vid:pid or vid:pid:serial of the scanner, four hexadecimal digits each.")] = ""
    usb_name: Annotated[str, Field(description="A part of the name under which the system lists the scanner.")] = ""
    path: Annotated[str, Field(description="Path of its event device, such as /dev/input/by-id/usb-...-event-kbd.")] = ""
    layout: Annotated[
        Literal["us", "gb", "de", "fr", "es", "it"],
        Field(description="Country that the scanner is set to: us, gb, de, fr, es or it; the computer's own does not matter."),
    ] = "us"
    swap_case: Annotated[
        bool, Field(description="The scanner sends capitals for small letters and the other way round; put it right.")
    ] = False
    grab: Annotated[
        bool, Field(description="Take the scanner for Cata Bridge alone, so that its keys reach no window; leave it on.")
    ] = True
    idle_ms: Annotated[
        int,
        Field(ge=20, le=2000, description="A longer pause between two keys ends a code (suffix none) or gives a hand away."),
    ] = 150

    @model_validator(mode="after")
    def _one_way_to_find_it(self) -> HidScannerSettings:
        if not (self.match or self.usb_name or self.path):
            raise ValueError("set match, usb_name or path.")
        if self.match and not MATCH.fullmatch(self.match):
            raise ValueError("match has to look like 0c2e:0b6a or 0c2e:0b6a:SERIAL.")
        return self


@dataclass(slots=True)
class TypedLine:
    """An open scanner as a line of bytes: what its keys type.

    Keys carry the time at which they were pressed, so a hand is told from a scanner whatever this computer is busy with.
    """

    source: InputLine
    keyboard: Keyboard
    idle_s: float
    _last_s: float | None = None
    _waiting: list[bytes] = field(default_factory=list)

    async def read(self) -> bytes:
        """What was typed since, or none for a silence; a pause within a code counts as a long silence at once."""
        while not self._waiting:
            await self._take()
        return self._waiting.pop(0)

    async def _take(self) -> None:
        keys = await self.source.keys(self.idle_s)
        typed = ""
        for key in keys:
            if silences := self._silences_before(key):
                self._waiting += [typed.encode()] * bool(typed) + [b""] * silences
                typed = ""
            typed += self.keyboard.key(key.code, key.value) if key.code else self.keyboard.lose()
        if typed or not keys:
            self._waiting.append(typed.encode())

    def _silences_before(self, key: Key) -> int:
        last_s, self._last_s = self._last_s, key.at_s
        pause_s = 0.0 if last_s is None else key.at_s - last_s
        return LONG_SILENCE * ((pause_s > self.idle_s) + (pause_s > self.idle_s * LONG_SILENCE))


@dataclass
class HidScanner:
    """A scanner that is ours while it runs."""

    settings: HidScannerSettings
    _path: str = ""
    """The open device; empty while closed."""
    _identity: str = ""
    """What was found at `path` when it was opened last: plugged in again, its number may be another."""

    async def run(self, sink: DeviceSink) -> None:
        """Read until cancelled; raises Unreachable when the scanner is missing, in use or gone."""
        found = await asyncio.to_thread(self._found)
        settings = self.settings
        try:
            with open_input(found.path, grab=settings.grab) as source:
                self._path, self._identity = found.path, found.identity if settings.path else ""
                sink.state(
                    DeviceState.READY,
                    Sentence(f"Ready: {found.name or found.path}.", "ready_named", name=found.name or found.path),
                )
                line = TypedLine(source, Keyboard(LAYOUTS[settings.layout], settings.swap_case), settings.idle_ms / 1000)
                await read_codes(line, settings.framing(), sink)
        finally:
            self._path = ""

    async def test(self) -> str:
        """Take it for a moment, unless it is taken already."""
        if self._path:
            return Sentence(f"The scanner is connected at {self._path}; scan something.", "scanner_connected", port=self._path)
        found = await asyncio.to_thread(self._found)
        with open_input(found.path, grab=self.settings.grab):
            name = found.name or found.path
            return Sentence(f"The scanner {name} is there; scan something.", "scanner_connected", port=name)

    async def listen(self, lesson: Lesson) -> None:
        """Key by key, up to the pause after each scan."""
        found = await asyncio.to_thread(self._found)
        keyboard = Keyboard(LAYOUTS[self.settings.layout])
        strokes: list[Stroke] = []
        with open_input(found.path, grab=self.settings.grab) as source, listened(lesson):
            while lesson.profile is None:
                keys = await source.keys(QUIET_S)
                heard = [
                    keyboard.stroke(key.code, key.value, key.at_s) if key.code else Stroke(keyboard.lose(), key.at_s)
                    for key in keys
                ]
                strokes = (strokes + [stroke for stroke in heard if stroke])[:LARGEST_FRAME]
                if strokes and not keys:
                    lesson.hear(Keyed(tuple(strokes)))
                    strokes = []

    def options_for(self, profile: ScannerProfile) -> Mapping[str, object]:
        """Framing, and the keyboard as far as it was told."""
        keyboard = {"layout": profile.layout} if profile.layout else {}
        return changed(self.settings, framing_options(profile) | keyboard | {"swap_case": profile.swaps_case})

    def _found(self) -> InputDevice:
        """The scanner; raises Unreachable `device_missing`, InvalidInput `several_devices` when it cannot be told which."""
        settings, plugged = self.settings, keyboards()
        is_by_path = bool(settings.path) and not settings.match and not settings.usb_name
        found = [one for one in plugged if one.fits(settings.match or self._identity, settings.usb_name)]
        if is_by_path and not (self._identity and found):
            found = [one for one in plugged if one.path == _real(settings.path)] or [InputDevice(settings.path, "", "")]
        if not found:
            sentence = f"No keyboard scanner {settings.match or settings.usb_name} is plugged in."
            raise Unreachable("device_missing", sentence, maybe_applied=False)
        if len({one.identity for one in found}) > 1:
            names = ", ".join(f"{one.name} ({one.identity})" for one in found)
            raise InvalidInput("several_devices", f"Several devices fit; say which by match: {names}.", field="match")
        return next((one for one in found if one.path == _real(settings.path)), found[0])


def _real(path: str) -> str:
    return os.path.realpath(path) if path else ""


def _why_unavailable() -> str:
    if platform.system() == "Linux":
        return ""
    return "This needs Linux; set the scanner to serial (USB COM) mode instead, or let the screen read it as a keyboard."


def _build(settings: HidScannerSettings, _context: DriverContext) -> HidScanner:
    return HidScanner(settings)


SPEC = DriverSpec(
    kind="hid-scanner",
    role=Role.SCANNER,
    summary="A barcode scanner that pretends to be a keyboard (Linux).",
    settings=HidScannerSettings,
    build=_build,
    why_unavailable=_why_unavailable,
)
