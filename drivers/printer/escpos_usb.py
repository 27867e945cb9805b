"""Receipt printers on USB, through the printer file that Linux makes for each."""

from __future__ import annotations

import asyncio
import errno
import os
import platform
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from pydantic import Field, field_validator

from agent.core.device import Role
from agent.core.errors import CataBridgeError, NeedsPerson, Unreachable
from drivers.printer.escpos import EscposPrinter, TalkingPrinterSettings
from drivers.printer.paper import lacking
from drivers.spec import DriverContext, DriverSpec
from drivers.transport.serial_line import group_of

SYSFS, DEVICES = Path("/sys/class/usbmisc"), Path("/dev/usb")
MATCH = re.compile(r"[0-9A-Fa-f]{4}:[0-9A-Fa-f]{4}(:.+)?")


class EscposUsbSettings(TalkingPrinterSettings):
    """Settings of `escpos-usb`; with neither `match` nor `path` it is the only printer that is plugged in."""

    match: Annotated[str, Field(description="vid:pid or vid:pid:serial of the printer, four hexadecimal digits each.")] = ""
    path: Annotated[str, Field(description="Path of its printer file instead, such as /dev/usb/lp0.")] = ""

    @field_validator("match")
    @classmethod
    def _looks_like_ids(cls, match: str) -> str:
        if match and not MATCH.fullmatch(match):
            raise ValueError("it has to look like 04b8:0202 or 04b8:0202:SERIAL.")
        return match.lower()


@dataclass
class FileLink:
    """An open printer file."""

    where: str
    _handle: int
    _came: bytearray = field(default_factory=bytearray)

    async def write(self, data: bytes) -> None:
        """Returns when the kernel has taken the last byte, which it does only as fast as the printer."""
        rest = memoryview(data)
        while rest:
            try:
                rest = rest[os.write(self._handle, rest) :]
            except BlockingIOError:
                await self._until(writable=True)

    async def read(self, within_s: float) -> int | None:
        """The next byte, None when none comes in time."""
        try:
            async with asyncio.timeout(within_s):
                while not self._came:
                    self._came += await self._some()
        except TimeoutError:
            return None
        return self._came.pop(0)

    async def _some(self) -> bytes:
        try:
            data = os.read(self._handle, 64)
        except BlockingIOError:
            data = b""
        if not data:
            await self._until(writable=False)
        return data

    async def _until(self, *, writable: bool) -> None:
        loop = asyncio.get_running_loop()
        ready = asyncio.Event()
        if writable:
            loop.add_writer(self._handle, ready.set)
        else:
            loop.add_reader(self._handle, ready.set)
        try:
            await ready.wait()
        finally:
            loop.remove_writer(self._handle)
            loop.remove_reader(self._handle)


@asynccontextmanager
async def open_link(settings: EscposUsbSettings) -> AsyncIterator[FileLink]:
    """The printer file for one conversation."""
    path = settings.path or await asyncio.to_thread(find_printer, settings.match)
    try:
        handle = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError as error:
        raise _translated(path, error) from None
    try:
        yield FileLink(path, handle)
    finally:
        os.close(handle)


def find_printer(match: str) -> str:
    """The printer file of these ids, of the only printer when empty; raises Unreachable or NeedsPerson `several_printers`."""
    plugged = {str(DEVICES / folder.name): _identity(folder) for folder in sorted(SYSFS.glob("lp*"))}
    found = [path for path, identity in plugged.items() if not match or f"{identity}:".startswith(f"{match}:")]
    if not found:
        sentence = "No such USB printer is plugged in; check its cable and that it is on."
        raise Unreachable("printer_missing", sentence, maybe_applied=False)
    if len(found) > 1:
        known = ", ".join(f"{path} is {plugged[path]}" for path in found)
        raise NeedsPerson("several_printers", f"Several USB printers fit; say which by match: {known}.")
    return found[0]


def _identity(folder: Path) -> str:
    device = (folder / "device").resolve().parent
    files = (device / name for name in ("idVendor", "idProduct", "serial"))
    return ":".join(file.read_text().strip().lower() for file in files if file.is_file())


def _translated(path: str, error: OSError) -> CataBridgeError:
    if error.errno == errno.EBUSY:
        sentence = f"The printer {path} is in use by another program; close that program."
        return Unreachable("port_in_use", sentence, maybe_applied=False)
    if error.errno in {errno.EACCES, errno.EPERM}:
        sentence = f"This account may not use {path}; add it to the group {group_of(path)} and sign in again."
        return NeedsPerson("port_not_permitted", sentence)
    sentence = f"No printer is at {path}; check its cable and that it is on."
    return Unreachable("printer_missing", sentence, maybe_applied=False, details=type(error).__name__)


def _why_unavailable() -> str:
    if platform.system() != "Linux":
        return "This needs Linux; use escpos-windows on Windows and escpos-cups on macOS."
    return lacking()


def _build(settings: EscposUsbSettings, context: DriverContext) -> EscposPrinter:
    return EscposPrinter(settings, context.clock, lambda: open_link(settings))


SPEC = DriverSpec(
    kind="escpos-usb",
    role=Role.PRINTER,
    summary="A receipt printer on USB that speaks ESC/POS (Linux).",
    settings=EscposUsbSettings,
    build=_build,
    why_unavailable=_why_unavailable,
)
