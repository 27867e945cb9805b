"""A copy of what a POS prints, cut into slips, apart from the bytes themselves: its trouble is never theirs."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from drivers.pos.receipt_tap.paper import Mark, Paper
from drivers.pos.receipt_tap.receipts import Slip

log = logging.getLogger(__name__)

MOST_BYTES = 4 * 1024 * 1024
"""Of a copy that may wait to be read; what comes on top is not seen, and the slip says so."""
MOST_LINES = 2000
GAP = b""
"""Stands in the row of copies for what had no room in it."""


@dataclass
class Capture:
    """Reads the copy of one stream until `close`."""

    make_paper: Callable[[], Paper]
    take: Callable[[Slip], Awaitable[None]]
    """Called with every slip that has something on it."""
    failed: Callable[[], None]
    """Called when reading broke on what came; it goes on with the next bytes."""
    idle_s: float = 2.0
    ends_at_kick: bool = True
    _copies: asyncio.Queue[bytes | None] = field(default_factory=asyncio.Queue)
    _waiting: int = 0
    _had_room: bool = True
    _lines: list[str] = field(default_factory=list)
    _pictures: int = 0
    _is_foreign: bool = False
    _has_gap: bool = False
    _is_closed: bool = False

    def copy(self, data: bytes) -> None:
        """Take a copy; never waits, never raises."""
        has_room = self._waiting + len(data) <= MOST_BYTES
        if has_room:
            self._waiting += len(data)
            self._copies.put_nowait(data)
        elif self._had_room:
            self._copies.put_nowait(GAP)
        self._had_room = has_room

    def close(self) -> None:
        """No more comes; what is there is still read."""
        self._is_closed = True
        self._copies.put_nowait(None)

    async def run(self) -> None:
        """Cut the copy into slips until it is closed."""
        paper = self.make_paper()
        while not (self._is_closed and self._copies.empty()):
            data = await self._next(paper)
            try:
                await self._work(paper, data)
            except Exception:
                # The edge between a stream that may hold anything and the rest: the POS goes on printing whatever happens here.
                log.exception("a copy of what the POS prints could not be read")
                paper = self.make_paper()
                self._has_gap = True
                self.failed()

    async def _next(self, paper: Paper) -> bytes | None:
        """The next bytes, or None at the end or after a silence that ends the slip."""
        try:
            async with asyncio.timeout(self.idle_s if self._is_begun(paper) else None):
                return await self._copies.get()
        except TimeoutError:
            return None

    async def _work(self, paper: Paper, data: bytes | None) -> None:
        if data is None:
            await self._end(paper)
            return
        self._waiting -= len(data)
        self._has_gap |= data == GAP
        await self._read(paper, data)

    async def _read(self, paper: Paper, data: bytes) -> None:
        for event in paper.feed(data):
            if isinstance(event, str):
                if event.strip() and len(self._lines) < MOST_LINES:
                    self._lines.append(event)
            elif event is Mark.PICTURE:
                self._pictures += 1
            elif event is Mark.FOREIGN:
                self._is_foreign = True
            elif event is Mark.CUT or (event is Mark.KICK and self.ends_at_kick and self._lines):
                await self._end(paper)

    def _is_begun(self, paper: Paper) -> bool:
        return bool(self._lines or self._pictures or self._is_foreign or paper.has_text)

    async def _end(self, paper: Paper) -> None:
        self._lines.extend(line for line in paper.finish() if line.strip())
        lines, self._lines = tuple(self._lines), []
        slip = Slip(lines, self._pictures, self._is_foreign, self._has_gap)
        self._pictures, self._is_foreign, self._has_gap = 0, False, False
        if lines or slip.pictures or slip.is_foreign:
            await self.take(slip)
