"""Scanners on a serial port: RS-232, USB serial, and everything else that looks like one."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Annotated, Literal

from pydantic import Field, model_validator

from agent.core.device import DeviceState, Role
from agent.core.errors import Unreachable
from agent.core.roles import DeviceSink
from agent.core.scanner_learning import Lesson
from agent.core.scanner_profile import ScannerProfile
from agent.core.sentence import Sentence
from drivers.scanner.listening import QUIET_S, changed, framing_options, hear, lines
from drivers.scanner.reading import ScannerSettings, read_codes
from drivers.spec import DriverContext, DriverSpec
from drivers.transport.serial_line import MATCH, Port, find_port, open_serial


class SerialScannerSettings(ScannerSettings):
    """Settings of `serial-scanner`; `port`, `match` or both."""

    port: Annotated[
        str, Field(description="Path of the port, such as /dev/ttyUSB0 or COM3; with match only a hint between equal scanners.")
    ] = ""
    match: Annotated[
        str, Field(description="vid:pid or vid:pid:serial of a USB scanner, hexadecimal: found on whatever port it is.")
    ] = ""
    baud: Annotated[int, Field(ge=300, le=921600, description="Bits a second; USB scanners ignore it.")] = 9600
    parity: Annotated[Literal["N", "E", "O"], Field(description="N, E or O.")] = "N"
    bytesize: Annotated[Literal[7, 8], Field(description="Data bits.")] = 8
    stopbits: Annotated[Literal[1, 2], Field(description="Stop bits.")] = 1
    flow: Annotated[Literal["none", "rtscts", "xonxoff"], Field(description="Flow control: none, rtscts or xonxoff.")] = "none"
    exclusive: Annotated[bool, Field(description="Let no other program open the port.")] = True

    @model_validator(mode="after")
    def _one_way_to_find_it(self) -> SerialScannerSettings:
        if not self.port and not self.match:
            raise ValueError("set port, match or both.")
        if self.match and not MATCH.fullmatch(self.match):
            raise ValueError("match has to look like 0c2e:0b6a or 0c2e:0b6a:SERIAL.")
        return self

    def line(self) -> Port:
        """How the port is opened."""
        return Port(
            path=self.port,
            match=self.match,
            baud=self.baud,
            parity=self.parity,
            bytesize=self.bytesize,
            stopbits=self.stopbits,
            rtscts=self.flow == "rtscts",
            xonxoff=self.flow == "xonxoff",
            exclusive=self.exclusive,
            idle_s=self.idle_ms / 1000,
        )


@dataclass
class SerialScanner:
    """A scanner that holds its port while it runs."""

    settings: SerialScannerSettings
    _path: str = ""
    """The open port; empty while closed."""
    _identity: str = ""
    """What was plugged in on the port when it was opened last: unplugged, it is looked for on every port."""

    async def run(self, sink: DeviceSink) -> None:
        """Read until cancelled; raises Unreachable when the port is missing, in use or gone."""
        try:
            async with open_serial(await self._port()) as line:
                self._path, self._identity = line.path, line.identity
                sink.state(DeviceState.READY, Sentence(f"Ready on {line.path}.", "ready_on", port=line.path))
                await read_codes(line, self.settings.framing(), sink)
        finally:
            self._path = ""

    async def test(self) -> str:
        """Open the port for a moment, unless it is open already."""
        if self._path:
            return Sentence(f"The scanner is connected on {self._path}; scan something.", "scanner_connected", port=self._path)
        async with open_serial(await self._port()) as line:
            return Sentence(f"The port {line.path} could be opened; scan something.", "scanner_connected", port=line.path)

    async def listen(self, lesson: Lesson) -> None:
        """Try one speed after the other, each for as long as what comes makes sense; the port is free afterwards."""
        for how in lines(self.settings.baud):
            port = replace(await self._port(), baud=how.baud, parity=how.parity, bytesize=how.bytesize, idle_s=QUIET_S)
            async with open_serial(port) as line:
                if await hear(line, lesson, how):
                    return
        lesson.gave_up = True

    def options_for(self, profile: ScannerProfile) -> Mapping[str, object]:
        """Framing, and how the port is opened."""
        line = asdict(profile.line) if profile.line else {}
        return changed(self.settings, framing_options(profile) | line)

    async def _port(self) -> Port:
        """Where to look: for the scanner that was there before, wherever it is now; else for whatever is at the port."""
        port = self.settings.line()
        if port.match or not self._identity:
            return port
        try:
            return replace(port, path=await asyncio.to_thread(find_port, self._identity, port.path))
        except Unreachable:
            return port


def _build(settings: SerialScannerSettings, _context: DriverContext) -> SerialScanner:
    return SerialScanner(settings)


SPEC = DriverSpec(
    kind="serial-scanner",
    role=Role.SCANNER,
    summary="A barcode scanner on a serial or USB serial port.",
    settings=SerialScannerSettings,
    build=_build,
)
