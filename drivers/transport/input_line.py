"""A keyboard-like USB device of Linux, taken for ourselves alone: found in sysfs, read as the events the kernel writes."""

from __future__ import annotations

import asyncio
import errno
import fcntl
import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from agent.core.errors import CataBridgeError, NeedsPerson, Unreachable
from drivers.transport.serial_line import group_of

SYSFS, DEVICES = Path("/sys/class/input"), Path("/dev/input")
EVENT = struct.Struct("@llHHi")
"""`struct input_event`: seconds, microseconds, type, code, value."""
EV_SYN, EV_KEY, SYN_DROPPED = 0, 1, 3
EVIOCGRAB = 0x40044590
"""_IOW('E', 0x90, int) of linux/input.h."""
KEYBOARD_KEYS = (*range(2, 12), 28)
"""What makes a device a keyboard: the digits and Enter."""
MOST_EVENTS = 256


@dataclass(frozen=True, slots=True)
class InputDevice:
    """One event device as sysfs describes it."""

    path: str
    name: str
    identity: str
    """`vid:pid` or, with a serial number, `vid:pid:serial`; lower case."""

    def fits(self, match: str, name: str) -> bool:
        """Whether it has these ids and this in its name; empty fits all."""
        fits_ids = not match or self.identity == match.lower() or self.identity.startswith(match.lower() + ":")
        return fits_ids and name.lower() in self.name.lower()


@dataclass(frozen=True, slots=True)
class Key:
    """One key event; `code` 0 stands for events that were lost."""

    at_s: float
    """Kernel time."""
    code: int
    value: int


@dataclass(slots=True)
class InputLine:
    """An open device."""

    path: str
    _handle: int
    _ready: asyncio.Event = field(default_factory=asyncio.Event)
    _rest: bytes = b""
    """Half an event: a pipe in place of the device may hand one over in two reads."""

    async def keys(self, within_s: float) -> list[Key]:
        """The next keys, or none after that silence; raises Unreachable `device_gone` when it was unplugged."""
        while (data := self._read() or await self._later(within_s)) is not None:
            data = self._rest + data
            whole = len(data) // EVENT.size * EVENT.size
            self._rest = data[whole:]
            if keys := list(_keys(data[:whole])):  # what is no key, or half of one, is no silence either
                return keys
        return []

    def wake(self) -> None:
        """There is something to read."""
        self._ready.set()

    async def _later(self, within_s: float) -> bytes | None:
        """What comes within that time, else None."""
        self._ready.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                await self._ready.wait()
        # Read even after a silence: a loop that was busy elsewhere must not take its own delay for the scanner's.
        return self._read()

    def _read(self) -> bytes | None:
        try:
            data = os.read(self._handle, EVENT.size * MOST_EVENTS)
        except BlockingIOError:
            return None
        except OSError:
            data = b""
        if not data:
            raise Unreachable("device_gone", f"{self.path} is gone; check that the cable is plugged in.", maybe_applied=False)
        return data


def keyboards() -> list[InputDevice]:
    """Everything plugged in that types, in the order of its numbers."""
    folders = sorted(SYSFS.glob("event*"), key=lambda path: (len(path.name), path.name))
    return [_described(folder) for folder in folders if _is_keyboard(_text(folder / "device/capabilities/key"))]


@contextmanager
def open_input(path: str, *, grab: bool) -> Iterator[InputLine]:
    """The device, to ourselves alone with `grab`; given back on every way out."""
    handle = _opened(path, grab=grab)
    line = InputLine(path, handle)
    loop = asyncio.get_running_loop()
    try:
        loop.add_reader(handle, line.wake)
        yield line
    finally:
        loop.remove_reader(handle)
        os.close(handle)


def _opened(path: str, *, grab: bool) -> int:
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise _translated(path, error) from None
    try:
        if grab:
            fcntl.ioctl(handle, EVIOCGRAB, 1)
    except OSError as error:
        os.close(handle)
        raise _translated(path, error) from None
    return handle


def _translated(path: str, error: OSError) -> CataBridgeError:
    if error.errno == errno.EBUSY:
        sentence = f"The scanner at {path} is in use by another program; close that program."
        return Unreachable("port_in_use", sentence, maybe_applied=False)
    if error.errno in {errno.EACCES, errno.EPERM}:
        sentence = f"This account may not use {path}; add it to the group {group_of(path)} and sign in again."
        return NeedsPerson("port_not_permitted", sentence)
    if error.errno in {errno.ENOENT, errno.ENXIO, errno.ENODEV}:
        return Unreachable("device_missing", f"{path} is not there; check that the cable is plugged in.", maybe_applied=False)
    return Unreachable("port_failed", f"{path} is no keyboard scanner.", maybe_applied=False, details=type(error).__name__)


def _keys(data: bytes) -> Iterator[Key]:
    for seconds, micros, kind, code, value in EVENT.iter_unpack(data):
        at_s = seconds + micros / 1e6
        if kind == EV_KEY:
            yield Key(at_s, code, value)
        elif (kind, code) == (EV_SYN, SYN_DROPPED):
            yield Key(at_s, 0, 0)


def _described(folder: Path) -> InputDevice:
    device = folder / "device"
    ids = [_text(device / "id/vendor"), _text(device / "id/product"), _text(device / "uniq")]
    return InputDevice(str(DEVICES / folder.name), _text(device / "name"), ":".join(part.lower() for part in ids if part))


def _is_keyboard(words: str) -> bool:
    """`words`: a bitmap as sysfs prints it, words of a native long in hexadecimal, the highest first."""
    bits = 0
    for word in words.split():
        bits = bits << 8 * struct.calcsize("@l") | int(word, 16)
    return all(bits >> key & 1 for key in KEYBOARD_KEYS)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
