"""Customer displays of two lines on a serial port, or on USB where that looks like one."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import Field, model_validator

from agent.core.device import DeviceState, Role
from agent.core.errors import Unreachable
from agent.core.roles import DeviceSink
from agent.core.sentence import Sentence
from drivers.display.protocols import Protocol, opening, two_lines
from drivers.spec import DriverContext, DriverSettings, DriverSpec
from drivers.transport.serial_line import MATCH, Port, SerialLine, open_serial


class CustomerDisplaySettings(DriverSettings):
    """Settings of `customer-display`; `port`, `match` or both."""

    port: Annotated[str, Field(description="Path of the port, such as /dev/ttyUSB0 or COM3.")] = ""
    match: Annotated[str, Field(description="vid:pid or vid:pid:serial of a USB display, hexadecimal.")] = ""
    protocol: Annotated[Protocol, Field(description="What it understands: escpos (Epson DM-D) or cd5220.")] = Protocol.ESCPOS
    columns: Annotated[int, Field(ge=8, le=40, description="Letters on a line.")] = 20
    codepage: Annotated[Literal["cp437", "cp850", "cp858", "cp1252"], Field(description="Code page of the display.")] = "cp437"
    baud: Annotated[int, Field(ge=1200, le=921600, description="Bits a second; USB displays ignore it.")] = 9600
    parity: Annotated[Literal["N", "E", "O"], Field(description="N, E or O.")] = "N"
    idle1: Annotated[str, Field(description="Upper line while nothing is going on.")] = "Welcome"
    idle2: Annotated[str, Field(description="Lower line while nothing is going on.")] = ""

    @model_validator(mode="after")
    def _one_way_to_find_it(self) -> CustomerDisplaySettings:
        if not self.port and not self.match:
            raise ValueError("set port, match or both.")
        if self.match and not MATCH.fullmatch(self.match):
            raise ValueError("match has to look like 04b8:0202 or 04b8:0202:SERIAL.")
        return self


@dataclass
class SerialDisplay:
    """A display that holds its port while it runs."""

    settings: CustomerDisplaySettings
    _line: SerialLine | None = None
    _lines: tuple[str, str] = ("", "")
    """Shown again when it comes back."""
    _busy: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def run(self, sink: DeviceSink) -> None:
        """Hold the port until cancelled; raises Unreachable when it is missing, in use or gone."""
        try:
            async with open_serial(self._port()) as line:
                self._line = line
                await line.write(opening(self.settings.protocol, self.settings.codepage))
                await self.show(*self._lines)
                sink.state(DeviceState.READY, Sentence(f"Ready on {line.path}.", "ready_on", port=line.path))
                while True:
                    await line.read()
        finally:
            self._line = None

    async def test(self) -> str:
        """Show a line on it."""
        if self._line is not None:
            await self._write(self._line, "Cata Bridge", "Test")
            return _shows(self._line.path)
        async with open_serial(self._port()) as line:
            await line.write(opening(self.settings.protocol, self.settings.codepage))
            await self._write(line, "Cata Bridge", "Test")
            return _shows(line.path)

    async def show(self, line1: str, line2: str) -> None:
        """Show these, or what it shows while idle for two empty ones; raises Unreachable while it is away."""
        self._lines = (line1, line2)
        if self._line is None:
            raise Unreachable("display_missing", "The customer display is not there.", maybe_applied=False)
        shown = self._lines if any(self._lines) else (self.settings.idle1, self.settings.idle2)
        await self._write(self._line, *shown)

    async def _write(self, line: SerialLine, line1: str, line2: str) -> None:
        settings = self.settings
        async with self._busy:
            await line.write(two_lines(settings.protocol, line1, line2, columns=settings.columns, codepage=settings.codepage))

    def _port(self) -> Port:
        settings = self.settings
        return Port(path=settings.port, match=settings.match, baud=settings.baud, parity=settings.parity)


def _build(settings: CustomerDisplaySettings, _context: DriverContext) -> SerialDisplay:
    return SerialDisplay(settings)


SPEC = DriverSpec(
    kind="customer-display",
    role=Role.DISPLAY,
    summary="A customer display of two lines on a serial port.",
    settings=CustomerDisplaySettings,
    build=_build,
)


def _shows(path: str) -> Sentence:
    return Sentence(f"The display on {path} shows: Cata Bridge, Test.", "display_shows", port=path)
