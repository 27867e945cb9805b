"""Scanners on a serial port: RS-232, USB serial, and everything else that looks like one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field, model_validator

from agent.core.device import DeviceState, Role
from agent.core.roles import DeviceSink
from drivers.scanner.reading import ScannerSettings, read_codes
from drivers.spec import DriverContext, DriverSpec
from drivers.transport.serial_line import Port, open_serial

MATCH = re.compile(r"[0-9A-Fa-f]{1,4}:[0-9A-Fa-f]{1,4}(:.+)?")


class SerialScannerSettings(ScannerSettings):
    """Settings of `serial-scanner`; exactly one of `port` and `match`."""

    port: Annotated[str, Field(description="Path of the port, such as /dev/ttyUSB0 or COM3.")] = ""
    match: Annotated[str, Field(description="Instead of port: vid:pid or vid:pid:serial of a USB scanner, hexadecimal.")] = ""
    baud: Annotated[int, Field(ge=300, le=921600, description="Bits a second; USB scanners ignore it.")] = 9600
    parity: Annotated[Literal["N", "E", "O"], Field(description="N, E or O.")] = "N"
    bytesize: Annotated[Literal[7, 8], Field(description="Data bits.")] = 8
    stopbits: Annotated[Literal[1, 2], Field(description="Stop bits.")] = 1
    flow: Annotated[Literal["none", "rtscts", "xonxoff"], Field(description="Flow control: none, rtscts or xonxoff.")] = "none"
    exclusive: Annotated[bool, Field(description="Let no other program open the port.")] = True

    @model_validator(mode="after")
    def _one_way_to_find_it(self) -> SerialScannerSettings:
        if bool(self.port) == bool(self.match):
            raise ValueError("set either port or match, not both and not neither.")
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

    async def run(self, sink: DeviceSink) -> None:
        """Read until cancelled; raises Unreachable when the port is missing, in use or gone."""
        try:
            async with open_serial(self.settings.line()) as line:
                self._path = line.path
                sink.state(DeviceState.READY, f"Ready on {line.path}.")
                await read_codes(line, self.settings.framing(), sink)
        finally:
            self._path = ""

    async def test(self) -> str:
        """Open the port for a moment, unless it is open already."""
        if self._path:
            return f"The scanner is connected on {self._path}; scan something."
        async with open_serial(self.settings.line()) as line:
            return f"The port {line.path} could be opened; scan something."


def _build(settings: SerialScannerSettings, _context: DriverContext) -> SerialScanner:
    return SerialScanner(settings)


SPEC = DriverSpec(
    kind="serial-scanner",
    role=Role.SCANNER,
    summary="A barcode scanner on a serial or USB serial port.",
    settings=SerialScannerSettings,
    build=_build,
)
