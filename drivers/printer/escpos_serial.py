"""Receipt printers on a serial port, or on USB where that looks like one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import Field, model_validator

from agent.core.device import Role
from agent.core.errors import Unreachable
from drivers.printer.escpos import EscposPrinter, TalkingPrinterSettings
from drivers.printer.paper import lacking
from drivers.spec import DriverContext, DriverSpec
from drivers.transport.serial_line import MATCH, Port, SerialLine, open_serial


class EscposSerialSettings(TalkingPrinterSettings):
    """Settings of `escpos-serial`; `port`, `match` or both."""

    port: Annotated[str, Field(description="Path of the port, such as /dev/ttyUSB0 or COM3.")] = ""
    match: Annotated[str, Field(description="vid:pid or vid:pid:serial of a USB printer or adapter, hexadecimal.")] = ""
    baud: Annotated[int, Field(ge=1200, le=921600, description="Bits a second, as printed on its self-test.")] = 19200
    parity: Annotated[Literal["N", "E", "O"], Field(description="N, E or O.")] = "N"
    bytesize: Annotated[Literal[7, 8], Field(description="Data bits.")] = 8
    flow: Annotated[
        Literal["none", "rtscts", "xonxoff", "dsrdtr"], Field(description="Flow control: none, rtscts, xonxoff or dsrdtr.")
    ] = "none"

    @model_validator(mode="after")
    def _one_way_to_find_it(self) -> EscposSerialSettings:
        if not self.port and not self.match:
            raise ValueError("set port, match or both.")
        if self.match and not MATCH.fullmatch(self.match):
            raise ValueError("match has to look like 04b8:0202 or 04b8:0202:SERIAL.")
        return self

    def line(self) -> Port:
        """How the port is opened."""
        return Port(
            path=self.port,
            match=self.match,
            baud=self.baud,
            parity=self.parity,
            bytesize=self.bytesize,
            rtscts=self.flow == "rtscts",
            xonxoff=self.flow == "xonxoff",
            dsrdtr=self.flow == "dsrdtr",
        )


@dataclass
class SerialLink:
    """An open port."""

    line: SerialLine
    _came: bytearray = field(default_factory=bytearray)

    @property
    def where(self) -> str:
        """The port."""
        return self.line.path

    async def write(self, data: bytes) -> None:
        """Returns when the last byte is out of the port."""
        with _as_os_error():
            await self.line.write(data)
            await self.line.drained()

    async def read(self, within_s: float) -> int | None:
        """The next byte, None when none comes in time."""
        try:
            async with asyncio.timeout(within_s):
                while not self._came:
                    with _as_os_error():
                        self._came += await self.line.read()
        except TimeoutError:
            return None
        return self._came.pop(0)


@contextmanager
def _as_os_error() -> Iterator[None]:
    """A port that is gone, as the conversation expects it: it alone knows whether paper may have come out."""
    try:
        yield
    except Unreachable as error:
        raise OSError(error.reason) from None


@asynccontextmanager
async def open_link(port: Port) -> AsyncIterator[SerialLink]:
    """The port for one conversation; a port that is not there is a printer that is missing."""
    try:
        async with open_serial(port) as line:
            yield SerialLink(line)
    except Unreachable as error:
        if error.reason != "device_missing":
            raise
        raise Unreachable("printer_missing", error.message, maybe_applied=False, details=error.details) from None


def _build(settings: EscposSerialSettings, context: DriverContext) -> EscposPrinter:
    return EscposPrinter(settings, context.clock, lambda: open_link(settings.line()))


SPEC = DriverSpec(
    kind="escpos-serial",
    role=Role.PRINTER,
    summary="A receipt printer on a serial port that speaks ESC/POS.",
    settings=EscposSerialSettings,
    build=_build,
    why_unavailable=lacking,
)
