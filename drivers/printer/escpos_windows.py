"""Receipt printers that Windows has a queue for; tickets go through its spooler as they are."""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from agent.core.device import Role
from agent.core.errors import Unreachable
from drivers.printer.paper import lacking
from drivers.printer.spooled import JobState, SpooledPrinter, SpooledPrinterSettings
from drivers.printer.status import COVER_OPEN, CUTTER_STUCK, OFF_LINE, PAPER_OUT, Trouble
from drivers.spec import DriverContext, DriverSpec

PAUSED = Trouble("printer_paused", "The printer is paused in Windows; let it go on there.")
STATUS = (
    (0x0040_0000, COVER_OPEN),
    (0x0000_0010, PAPER_OUT),
    (0x0000_0040, PAPER_OUT),
    (0x0000_0008, CUTTER_STUCK),
    (0x0000_0080, OFF_LINE),
    (0x0000_0001, PAUSED),
    (0x0000_0002, CUTTER_STUCK),
)
"""PRINTER_STATUS_ bits (winspool.h), the most telling first."""
WORK_OFFLINE = 0x0400
"""PRINTER_ATTRIBUTE_WORK_OFFLINE: what Windows sets when a USB printer is unplugged."""
JOB_PRINTED, JOB_PRINTING, JOB_LOST = 0x0080 | 0x1000, 0x0010, 0x0002 | 0x0004 | 0x0100
"""JOB_STATUS_ bits: PRINTED and COMPLETE; PRINTING; ERROR, DELETING and DELETED."""
DELETE = 5
"""JOB_CONTROL_DELETE."""


@dataclass
class WindowsSpooler:
    """One queue; every call runs in the executor, since the spooler may wait for the printer."""

    queue: str

    async def trouble(self) -> Trouble | None:
        """Why it does not print; raises Unreachable `printer_missing` when there is no such queue."""
        return await asyncio.to_thread(self._trouble)

    async def submit(self, title: str, data: bytes) -> int:
        """Hand over."""
        return await asyncio.to_thread(self._submit, title, data)

    async def state(self, job: int) -> JobState:
        """What became of it."""
        return await asyncio.to_thread(self._state, job)

    async def cancel(self, job: int) -> None:
        """Take it back; one that has ended already stays as it is."""
        await asyncio.to_thread(self._cancel, job)

    def _trouble(self) -> Trouble | None:
        with self._open() as (spooler, handle):
            found = spooler.GetPrinter(handle, 2)
        if found["Attributes"] & WORK_OFFLINE:
            return OFF_LINE
        return next((trouble for bit, trouble in STATUS if found["Status"] & bit), None)

    def _submit(self, title: str, data: bytes) -> int:
        with self._open(maybe_applied=True) as (spooler, handle):
            job = spooler.StartDocPrinter(handle, 1, (title, None, "RAW"))
            spooler.StartPagePrinter(handle)
            spooler.WritePrinter(handle, data)
            spooler.EndPagePrinter(handle)
            spooler.EndDocPrinter(handle)
        return int(job)

    def _state(self, job: int) -> JobState:
        with self._open(maybe_applied=True) as (spooler, handle):
            known = {each["JobId"]: each["Status"] for each in spooler.EnumJobs(handle, 0, 999, 1)}
        status = known.get(job, JOB_PRINTED)
        if status & JOB_PRINTED:
            return JobState.DONE
        if status & JOB_LOST:
            return JobState.FAILED
        return JobState.PRINTING if status & JOB_PRINTING else JobState.WAITING

    def _cancel(self, job: int) -> None:
        with self._open(maybe_applied=True) as (spooler, handle):
            if any(each["JobId"] == job for each in spooler.EnumJobs(handle, 0, 999, 1)):
                spooler.SetJob(handle, job, 0, None, DELETE)

    @contextmanager
    def _open(self, *, maybe_applied: bool = False) -> Iterator[tuple[Any, Any]]:
        spooler = importlib.import_module("win32print")
        try:
            handle = spooler.OpenPrinter(self.queue)
        except spooler.error as error:
            sentence = f"Windows knows no printer named {self.queue}."
            raise Unreachable("printer_missing", sentence, maybe_applied=False, details=str(error.args[0])) from None
        try:
            yield spooler, handle
        except spooler.error as error:
            sentence = f"The Windows spooler does not work with {self.queue} now."
            raise Unreachable("printer_gone", sentence, maybe_applied=maybe_applied, details=str(error.args[0])) from None
        finally:
            spooler.ClosePrinter(handle)


def _why_unavailable() -> str:
    if importlib.util.find_spec("win32print") is None:
        return "This needs Windows; use escpos-cups or escpos-usb here."
    return lacking()


def _build(settings: SpooledPrinterSettings, context: DriverContext) -> SpooledPrinter:
    return SpooledPrinter(settings, context.clock, WindowsSpooler(settings.queue))


SPEC = DriverSpec(
    kind="escpos-windows",
    role=Role.PRINTER,
    summary="A receipt printer that Windows has a queue for.",
    settings=SpooledPrinterSettings,
    build=_build,
    why_unavailable=_why_unavailable,
)
