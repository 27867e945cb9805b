"""A scanner without hardware: codes come from a method call, or from lines added to a file or FIFO."""

from __future__ import annotations

import asyncio
import os
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, BinaryIO

from pydantic import Field

from agent.core.clock import Clock
from agent.core.device import DeviceState, Role
from agent.core.errors import Unreachable
from agent.core.roles import DeviceSink
from agent.core.sentence import Sentence
from drivers.scanner.framing import FrameParser, Framing
from drivers.scanner.reading import hand_over
from drivers.spec import DriverContext, DriverSettings, DriverSpec

FEED = "scans.txt"
"""The file in the device's folder when no other is set."""


class SimulatedScannerSettings(DriverSettings):
    """Settings of `simulated-scanner`."""

    feed: Annotated[
        str, Field(description="File or FIFO whose new lines are scans; empty: scans.txt in the device's folder.")
    ] = ""
    poll_s: Annotated[float, Field(gt=0, le=10, description="How often the file is looked at.")] = 0.1
    repeat_window_s: Annotated[
        float, Field(ge=0, le=60, description="The same code within it is one scan; counted by the agent.")
    ] = 1.5


@dataclass
class SimulatedScanner:
    """Reads what it is fed, byte for byte through the same framing as a real scanner."""

    settings: SimulatedScannerSettings
    feed: FeedFile
    clock: Clock
    _given: asyncio.Queue[bytes | None] = field(default_factory=asyncio.Queue)

    def present(self, code: str) -> None:
        """Scan this code now, or as soon as the device runs; `]Q1` before it says that it is a QR code."""
        self.present_bytes(code.encode() + b"\r")

    def present_bytes(self, data: bytes) -> None:
        """Send these raw bytes."""
        self._given.put_nowait(data)

    def unplug(self) -> None:
        """Go away once; the next `run` finds the scanner again."""
        self._given.put_nowait(None)

    async def run(self, sink: DeviceSink) -> None:
        """Scan what comes until cancelled; raises Unreachable after `unplug`."""
        parser, framing = FrameParser(Framing()), Framing()
        await asyncio.to_thread(self.feed.start)
        watching = asyncio.ensure_future(self._watch())
        try:
            sink.state(DeviceState.READY, Sentence("Simulated scanner, ready.", "simulated_ready"))
            while (data := await self._given.get()) is not None:
                for frame in parser.feed(data):
                    await hand_over(frame, framing, sink)
            raise Unreachable("device_gone", "The simulated scanner was unplugged.", maybe_applied=False)
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
            self.feed.close()

    async def test(self) -> str:
        """Nothing can be wrong with it."""
        words = f"Simulated scanner: add a line to {self.feed.path} to scan it."
        return Sentence(words, "simulated_scanner", path=str(self.feed.path))

    async def _watch(self) -> None:
        while True:
            if data := await asyncio.to_thread(self.feed.new_bytes):
                self.present_bytes(data)
            await self.clock.sleep(self.settings.poll_s)


@dataclass(slots=True)
class FeedFile:
    """What was added to a file since the last look; a FIFO is emptied; a file that is not there has nothing new."""

    path: Path
    _offset: int | None = None
    _fifo: int | None = None

    def start(self) -> None:
        """The first time only: what the file held before the agent started is old."""
        if self._offset is None:
            self._offset = self.path.stat().st_size if self.path.is_file() else 0

    def new_bytes(self) -> bytes:
        """What is new."""
        try:
            if stat.S_ISFIFO(self.path.stat().st_mode):
                return self._drained()
            with self.path.open("rb") as file:
                return self._after(file)
        except OSError:
            return b""

    def _after(self, file: BinaryIO) -> bytes:
        size = os.fstat(file.fileno()).st_size
        start = self._offset or 0
        file.seek(start if start <= size else 0)
        data = file.read()
        self._offset = file.tell()
        return data

    def close(self) -> None:
        """Let go of the FIFO."""
        if self._fifo is not None:
            os.close(self._fifo)
            self._fifo = None

    def _drained(self) -> bytes:
        # Opened both ways and kept open: whoever writes always finds a reader, and their leaving is no end of file.
        if self._fifo is None:
            self._fifo = os.open(self.path, os.O_RDWR | os.O_NONBLOCK)
        return os.read(self._fifo, 65536)


def _build(settings: SimulatedScannerSettings, context: DriverContext) -> SimulatedScanner:
    path = Path(settings.feed) if settings.feed else context.folder / FEED
    return SimulatedScanner(settings, FeedFile(path), context.clock)


SPEC = DriverSpec(
    kind="simulated-scanner",
    role=Role.SCANNER,
    summary="A practice scanner: every line added to a file is a scan.",
    settings=SimulatedScannerSettings,
    build=_build,
)
