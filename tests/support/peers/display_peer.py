"""A customer display at the far end of a pseudo terminal: knows exactly one language and shows two lines."""

from __future__ import annotations

import asyncio
import os
import re
from dataclasses import dataclass, field

from tests.support.peers.cable import Cable


@dataclass
class DisplayPeer:
    """Follows `escpos` or `cd5220`."""

    language: str = "escpos"
    columns: int = 20
    codec: str = "cp437"
    lines: tuple[str, str] = ("", "")
    seen: list[tuple[str, str]] = field(default_factory=list)
    resets: int = 0
    unknown: list[bytes] = field(default_factory=list)
    path: str = ""
    _pending: bytes = b""
    _cable: Cable | None = None

    def plug_in(self) -> None:
        self._cable = Cable()
        self.path = self._cable.path
        asyncio.get_running_loop().add_reader(self._cable.far, self._take)

    def unplug(self) -> None:
        if self._cable is not None and self._cable.is_plugged:
            asyncio.get_running_loop().remove_reader(self._cable.far)
            self._cable.unplug()

    def _take(self) -> None:
        assert self._cable is not None
        self._pending += os.read(self._cable.far, 512)
        while used := self._command(self._pending):
            self._pending = self._pending[used:]

    def _command(self, data: bytes) -> int:
        if data[:2] == b"\x1b@":
            self.resets += 1
            return 2
        if data[:2] == b"\x1bt" and len(data) > 2:
            return 3
        return self._escpos(data) if self.language == "escpos" else self._cd5220(data)

    def _escpos(self, data: bytes) -> int:
        if found := re.match(rb"\x1f\x01|\x1fC\x00", data):
            return found.end()
        if data[:1] == b"\x0b" and len(data) > 2 * self.columns:
            upper, lower = data[1 : 1 + self.columns], data[1 + self.columns : 1 + 2 * self.columns]
            self._show(upper, lower)
            return 1 + 2 * self.columns
        return self._strange(data, (b"\x1b", b"\x1f", b"\x0b"))

    def _cd5220(self, data: bytes) -> int:
        if found := re.match(rb"\x1b\x11|\x1b_\x00", data):
            return found.end()
        if found := re.match(rb"\x1bQA([^\r]*)\r\x1bQB([^\r]*)\r", data):
            self._show(found[1], found[2])
            return found.end()
        return self._strange(data, (b"\x1b",))

    def _show(self, upper: bytes, lower: bytes) -> None:
        assert len(upper) == len(lower) == self.columns
        self.lines = (upper.decode(self.codec).strip(), lower.decode(self.codec).strip())
        self.seen.append(self.lines)

    def _strange(self, data: bytes, known: tuple[bytes, ...]) -> int:
        """A byte outside of any command is remembered; the beginning of one waits for the rest."""
        if not data or data.startswith(known):
            return 0
        self.unknown.append(data[:1])
        return 1
