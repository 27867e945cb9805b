"""What the spooler of Windows looks like to a program, with one queue that leads to a printer that understands ESC/POS."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from importlib.machinery import ModuleSpec
from typing import ClassVar

import pytest

from tests.support.peers.escpos_printer import Switches

PAPER_OUT, DOOR_OPEN, OFFLINE, JOB_SPOOLING, JOB_PRINTING, JOB_PRINTED, DELETE = 0x10, 0x400000, 0x80, 0x8, 0x10, 0x80, 5


class SpoolerError(Exception):
    """pywintypes.error."""


@dataclass
class WindowsPeer(Switches):
    """Stands in for the module win32print: nothing of Windows can be made here."""

    __spec__: ClassVar = ModuleSpec("win32print", None)
    error: type[Exception] = SpoolerError
    queue: str = "Kitchen"
    is_there: bool = True
    is_unplugged: bool = False
    holds_jobs: bool = False
    gone_while_printing: bool = False
    jobs: dict[int, int] = field(default_factory=dict)
    """Status by number; a job that was printed is no longer listed."""
    open_handles: int = 0
    _number: int = 0

    def install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "win32print", self)

    def OpenPrinter(self, name: str) -> int:
        if not self.is_there or name != self.queue:
            raise SpoolerError(1801, "OpenPrinter", "The printer name is invalid.")
        self.open_handles += 1
        return 77

    def ClosePrinter(self, handle: int) -> None:
        self.open_handles -= 1

    def GetPrinter(self, handle: int, level: int) -> dict[str, int]:
        assert (handle, level) == (77, 2)
        status = PAPER_OUT * self.is_paper_out | DOOR_OPEN * self.is_cover_open | OFFLINE * self.is_offline
        return {"Status": status, "Attributes": 0x0400 * self.is_unplugged}

    def StartDocPrinter(self, handle: int, level: int, about: tuple[str, None, str]) -> int:
        assert (level, about[2]) == (1, "RAW")
        self._number += 1
        self.jobs[self._number] = JOB_SPOOLING
        return self._number

    def StartPagePrinter(self, handle: int) -> None:
        if self.gone_while_printing:
            raise SpoolerError(1722, "StartPagePrinter", "The RPC server is unavailable.")

    def WritePrinter(self, handle: int, data: bytes) -> int:
        if not self.holds_jobs:
            self.mechanism(lambda _: None).feed(data)
        return len(data)

    def EndPagePrinter(self, handle: int) -> None:
        return None

    def EndDocPrinter(self, handle: int) -> None:
        if not self.holds_jobs:
            del self.jobs[self._number]

    def EnumJobs(self, handle: int, first: int, count: int, level: int) -> list[dict[str, int]]:
        return [{"JobId": job, "Status": status} for job, status in self.jobs.items()]

    def SetJob(self, handle: int, job: int, level: int, about: None, command: int) -> None:
        assert command == DELETE
        del self.jobs[job]
