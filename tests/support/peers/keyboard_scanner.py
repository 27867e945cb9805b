"""A scanner that types: writes the kernel's input events into a FIFO, and lists itself in a folder that looks like sysfs."""

from __future__ import annotations

import asyncio
import os
import struct
from collections.abc import Iterable
from pathlib import Path

EVENT = struct.Struct("@llHHi")
SYN, KEY, DROPPED = 0, 1, 3
SHIFT, CTRL, ALT, ALT_GR, CAPS, ENTER, TAB = 42, 29, 56, 100, 58, 28, 15
PLAIN = dict(zip("1234567890-=qwertyuiop[]asdfghjkl;'`\\zxcvbnm,./ ", [*range(2, 14), *range(16, 28), *range(30, 42), 43,
                                                                    *range(44, 54), 57], strict=True))  # fmt: skip
SHIFTED = dict(zip('!@#$%^&*()_+{}:"~|<>?', "1234567890-=[];'`\\,./", strict=True))
SPECIAL = {"\r": (ENTER,), "\n": (CTRL, PLAIN["j"]), "\t": (TAB,), "\x1b": (1,), "\0": (CTRL, SHIFT, PLAIN["2"])}
KEYBOARD = "402000007 ff9f207ac14057ff febeffdfffefffff fffffffffffffffe"
"""capabilities/key of a common USB keyboard."""
KNOB = "1000000000007 ff980000000007ff 0 0"


def chord(char: str) -> tuple[int, ...]:
    """The keys that a scanner set to US English presses for a character, the last one held shortest."""
    if char in SPECIAL:
        return SPECIAL[char]
    if ord(char) < 32:
        return CTRL, PLAIN[chr(ord(char) + 96) if 1 <= ord(char) <= 26 else chr(ord(char) + 64)]
    if char.isupper() or char in SHIFTED:
        return SHIFT, PLAIN[SHIFTED.get(char, char.lower())]
    return (PLAIN[char],)


class KeyboardPeer:
    """Plugged in once made; its own clock stamps the events."""

    def __init__(
        self, root: Path, number: int = 3, *, identity: str = "05e0:1200:S1", name: str = "Symbol Bar Code Scanner"
    ) -> None:
        self._sys, self._node = root / "sys" / f"event{number}", root / "dev" / f"event{number}"
        self._node.parent.mkdir(parents=True, exist_ok=True)
        list_itself(self._sys, identity=identity, name=name, keys=KEYBOARD)
        os.mkfifo(self._node)
        self.path = str(self._node)
        # Opened both ways, so that a reader finds somebody at the other end before and after every scan.
        self._handle = os.open(self._node, os.O_RDWR)
        self.now_s = 1_000.0

    async def type(self, *parts: bytes, gap_s: float = 0.002) -> None:
        """One key after the other, as fast as a scanner; between two parts the kernel's queue was full."""
        typed = [b"".join(self._chord(chord(char), gap_s) for char in part.decode("latin-1")) for part in parts]
        await asyncio.to_thread(self._write_all, self._event(SYN, DROPPED, 0).join(typed))

    async def press(self, *chords: Iterable[int], gap_s: float = 0.002) -> None:
        """Keys by code: each group is pressed together and let go."""
        await asyncio.to_thread(self._write_all, b"".join(self._chord(tuple(keys), gap_s) for keys in chords))

    def unplug(self) -> None:
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1
            self._node.unlink()
            (self._sys / "device" / "capabilities" / "key").unlink()

    def _chord(self, keys: tuple[int, ...], gap_s: float) -> bytes:
        self.now_s += gap_s
        down = [self._event(KEY, key, 1) + self._event(SYN, 0, 0) for key in keys]
        again = [self._event(KEY, keys[-1], 2)]
        up = [self._event(KEY, key, 0) + self._event(SYN, 0, 0) for key in reversed(keys)]
        return b"".join([*down, *again, *up])

    def _event(self, kind: int, code: int, value: int) -> bytes:
        return EVENT.pack(int(self.now_s), int(self.now_s % 1 * 1e6), kind, code, value)

    def _write_all(self, data: bytes) -> None:
        while data:
            data = data[os.write(self._handle, data) :]


def list_itself(folder: Path, *, identity: str, name: str, keys: str) -> None:
    """The files of one input device in sysfs."""
    vendor, product, *uniq = identity.split(":")
    said = {"name": name, "id/vendor": vendor, "id/product": product, "uniq": ":".join(uniq), "capabilities/key": keys}
    for path, text in said.items():
        file = folder / "device" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"{text}\n")
