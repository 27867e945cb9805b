"""An open serial port with its one reader thread, and pyserial's errors in our words."""

from __future__ import annotations

import asyncio
import errno
import os
import re
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import serial
from serial.tools import list_ports

from agent.core.errors import CataBridgeError, NeedsPerson, Unreachable

MATCH = re.compile(r"[0-9A-Fa-f]{1,4}:[0-9A-Fa-f]{1,4}(:.+)?")
"""How a USB device is named: `vid:pid` or `vid:pid:serial`."""
DRAINING_S = 0.02
"""How often to look whether the port has sent everything."""
CHUNKS_AHEAD = 256
"""Reads that may wait for the loop; then the thread waits too, and the port's own buffer holds the rest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Port:
    """How to open a port."""

    path: str
    """`/dev/ttyUSB0` or `COM3`; empty when `match` finds it."""
    match: str = ""
    """`vid:pid` or `vid:pid:serial`, hexadecimal, of a USB device: it decides, and `path` only between equal ones."""
    baud: int = 9600
    parity: str = "N"
    bytesize: int = 8
    stopbits: float = 1
    rtscts: bool = False
    xonxoff: bool = False
    dsrdtr: bool = False
    exclusive: bool = True
    idle_s: float = 0.1
    """A silence that `read` reports."""


@dataclass(slots=True)
class _Reader:
    """The thread's side of a port: reads until told to stop, hands over to the loop, never raises."""

    device: serial.Serial
    deliver: Callable[[bytes | BaseException], None]
    stop: threading.Event = field(default_factory=threading.Event)
    room: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(CHUNKS_AHEAD))

    def run(self) -> None:
        while not self.stop.is_set():
            try:
                data = self.device.read(max(1, self.device.in_waiting))
            except (serial.SerialException, OSError, TypeError) as error:
                self.deliver(error)
                return
            while not self.stop.is_set() and not self.room.acquire(timeout=0.1):
                pass
            self.deliver(data)


@dataclass(slots=True)
class SerialLine:
    """The loop's side of an open port."""

    path: str
    identity: str
    """`vid:pid:serial` of what is plugged in there; empty when that does not tell it from others."""
    _chunks: asyncio.Queue[bytes | BaseException]
    _reader: _Reader

    async def read(self) -> bytes:
        """The next bytes, or none after a silence; raises Unreachable `device_gone` when the port is gone."""
        chunk = await self._chunks.get()
        if isinstance(chunk, BaseException):
            raise _gone(self.path, chunk)
        self._reader.room.release()
        return chunk

    async def write(self, data: bytes) -> None:
        """Returns when the port has taken all of it; raises Unreachable `device_gone` when it is gone. Cancelled, it stops."""
        writing = asyncio.ensure_future(asyncio.to_thread(self._reader.device.write, data))
        try:
            await asyncio.shield(writing)
        except asyncio.CancelledError:
            self._reader.device.cancel_write()
            await asyncio.wait({writing})
            raise
        except (serial.SerialException, OSError, TypeError) as error:
            raise _gone(self.path, error) from None

    async def drained(self) -> None:
        """Returns when the last byte has left the port; raises Unreachable `device_gone` when it is gone."""
        try:
            while self._reader.device.out_waiting:  # noqa: ASYNC110 - a port tells nobody when it has sent everything
                await asyncio.sleep(DRAINING_S)
        except (serial.SerialException, OSError, TypeError) as error:
            raise _gone(self.path, error) from None


@asynccontextmanager
async def open_serial(port: Port) -> AsyncIterator[SerialLine]:
    """An open port; its thread is joined and the port closed on every way out."""
    loop = asyncio.get_running_loop()
    path = await asyncio.to_thread(find_port, port.match, port.path) if port.match else port.path
    identity = await asyncio.to_thread(identity_of, path)
    device = await _opened(port, path)
    chunks: asyncio.Queue[bytes | BaseException] = asyncio.Queue()
    reader = _Reader(device, lambda chunk: _post(loop, chunks, chunk))
    thread = threading.Thread(target=reader.run, name=f"serial {path}", daemon=True)
    thread.start()
    try:
        yield SerialLine(path, identity, chunks, reader)
    finally:
        reader.stop.set()
        device.cancel_read()
        device.cancel_write()
        thread.join()
        device.close()


def find_port(match: str, hint: str = "") -> str:
    """The path of the USB device with these ids, at `hint` if there are several; raises Unreachable `device_missing`."""
    vid, pid, *rest = match.lower().split(":", 2)
    found = [
        str(info.device)
        for info in list_ports.comports()
        if (info.vid, info.pid) == (int(vid, 16), int(pid, 16)) and (not rest or (info.serial_number or "").lower() == rest[0])
    ]
    if not found:
        raise Unreachable("device_missing", f"No USB device {match} is plugged in.", maybe_applied=False)
    return hint if hint in found else found[0]


def identity_of(path: str) -> str:
    """`vid:pid:serial` of the USB device at a port; empty when it has no serial number or is none."""
    for info in list_ports.comports():
        if str(info.device) == path and info.vid is not None and info.serial_number:
            return f"{info.vid:04x}:{info.pid:04x}:{info.serial_number}"
    return ""


def translated(path: str, error: Exception) -> CataBridgeError:
    """Why a port could not be opened, as an error whose class names the next move."""
    number = getattr(error, "errno", None)
    said = str(error).lower()
    if "exclusively lock" in said or number in {errno.EBUSY, errno.EAGAIN} or (os.name == "nt" and "permissionerror" in said):
        sentence = f"{path} is in use by another program; close that program."
        return Unreachable("port_in_use", sentence, maybe_applied=False)
    if number in {errno.EACCES, errno.EPERM}:
        sentence = f"This account may not use {path}; add it to the group {group_of(path)} and sign in again."
        return NeedsPerson("port_not_permitted", sentence)
    if number in {errno.ENOENT, errno.ENXIO, errno.ENODEV} or "filenotfounderror" in said:
        return Unreachable("device_missing", f"{path} is not there; check that the cable is plugged in.", maybe_applied=False)
    return Unreachable("port_failed", f"{path} could not be opened.", maybe_applied=False, details=type(error).__name__)


def group_of(path: str) -> str:
    """The group that may use a port; `dialout` when it cannot be told."""
    try:
        import grp

        return grp.getgrgid(os.stat(path).st_gid).gr_name
    except (ImportError, OSError, KeyError):
        return "dialout"


def _gone(path: str, error: BaseException) -> Unreachable:
    sentence = f"{path} is gone; check that the cable is plugged in."
    return Unreachable("device_gone", sentence, maybe_applied=False, details=type(error).__name__)


async def _opened(port: Port, path: str) -> serial.Serial:
    """Opens in the executor; cancelled meanwhile, it waits for the port and closes it, so that it is free at once."""
    opening = asyncio.ensure_future(asyncio.to_thread(_open, port, path))
    try:
        return await asyncio.shield(opening)
    except asyncio.CancelledError:
        opening.add_done_callback(_close_unwanted)
        await asyncio.wait({opening})
        raise


def _open(port: Port, path: str) -> serial.Serial:
    try:
        device = serial.Serial(
            path,
            baudrate=port.baud,
            parity=port.parity,
            bytesize=port.bytesize,
            stopbits=port.stopbits,
            rtscts=port.rtscts,
            xonxoff=port.xonxoff,
            dsrdtr=port.dsrdtr,
            exclusive=port.exclusive or None,
            timeout=port.idle_s,
        )
        if port.parity != "N":
            check_parity(device)
        return device
    except (serial.SerialException, OSError, ValueError) as error:
        raise translated(path, error) from None


def check_parity(device: serial.Serial) -> None:
    """Have the system check parity, which pyserial leaves off: a byte that fails it is read as NUL and so refused."""
    try:
        import termios
    except ImportError:  # Windows checks by itself
        return
    modes = termios.tcgetattr(device)
    modes[0] = modes[0] & ~(termios.IGNPAR | termios.PARMRK) | termios.INPCK
    termios.tcsetattr(device, termios.TCSANOW, modes)


def _close_unwanted(opening: asyncio.Future[serial.Serial]) -> None:
    if not opening.cancelled() and opening.exception() is None:
        opening.result().close()


def _post(loop: asyncio.AbstractEventLoop, chunks: asyncio.Queue[bytes | BaseException], chunk: bytes | BaseException) -> None:
    try:
        loop.call_soon_threadsafe(chunks.put_nowait, chunk)
    except RuntimeError:  # the loop has ended; nobody listens any more
        return
