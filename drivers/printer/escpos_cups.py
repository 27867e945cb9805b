"""Receipt printers behind CUPS, the print system of macOS and Linux: spoken to in its own protocol, on this computer."""

from __future__ import annotations

import getpass
import platform
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import quote

from pydantic import Field

from agent.core.device import Role
from agent.core.errors import Refused, Unreachable
from agent.core.http import Http, HttpRequest
from drivers.printer import ipp
from drivers.printer.ipp import Answer, Operation, Value
from drivers.printer.paper import lacking
from drivers.printer.spooled import JobState, SpooledPrinter, SpooledPrinterSettings
from drivers.printer.status import COVER_OPEN, CUTTER_STUCK, OFF_LINE, PAPER_OUT, Trouble
from drivers.spec import DriverContext, DriverSpec

RAW = "application/vnd.cups-raw"
"""Bytes that CUPS passes to the printer untouched."""
STOPPED = 5
PAUSED = Trouble("printer_paused", "The printer's queue is stopped in the system; start it again there.")
REASONS = {
    "media-empty": PAPER_OUT,
    "media-needed": PAPER_OUT,
    "cover-open": COVER_OPEN,
    "door-open": COVER_OPEN,
    "media-jam": CUTTER_STUCK,
    "offline": OFF_LINE,
    "shutdown": OFF_LINE,
    "connecting-to-device": OFF_LINE,
    "paused": PAUSED,
}
"""Keyword of printer-state-reasons (RFC 8011 section 5.4.12), without its severity -> what it means."""
JOB_STATES = {
    3: JobState.WAITING, 4: JobState.WAITING, 5: JobState.PRINTING, 6: JobState.WAITING,
    7: JobState.FAILED, 8: JobState.FAILED, 9: JobState.DONE,
}  # fmt: skip
"""Values of job-state (RFC 8011 section 5.3.7)."""


class EscposCupsSettings(SpooledPrinterSettings):
    """Settings of `escpos-cups`."""

    port: Annotated[int, Field(ge=1, le=65535, description="Port of the print system on this computer.")] = 631


@dataclass
class Cups:
    """One queue."""

    http: Http
    queue: str
    port: int

    async def trouble(self) -> Trouble | None:
        """Why it does not print; raises Unreachable `printer_missing` when there is no such queue."""
        answer = await self._ask(Operation.GET_PRINTER, {})
        for reason in answer.words("printer-state-reasons"):
            word = reason.removesuffix("-error").removesuffix("-warning").removesuffix("-report")
            if word in REASONS and not reason.endswith("-warning"):
                return REASONS[word]
        return PAUSED if answer.number("printer-state") == STOPPED else None

    async def submit(self, title: str, data: bytes) -> int:
        """Hand over; raises Refused when CUPS does not take it."""
        about: dict[str, tuple[int, Value]] = {"job-name": (ipp.NAME, title), "document-format": (ipp.MEDIA_TYPE, RAW)}
        answer = await self._ask(Operation.PRINT_JOB, about, data)
        if not answer.is_ok:
            sentence = f"The print system refuses tickets for {self.queue}; look at the queue's settings."
            raise Refused("printer_refuses", sentence, status=answer.status)
        return answer.number("job-id")

    async def state(self, job: int) -> JobState:
        """What became of it."""
        answer = await self._ask(Operation.GET_JOB, {"job-id": (ipp.INTEGER, job)}, may_be_unknown=True)
        return JOB_STATES.get(answer.number("job-state"), JobState.DONE)

    async def cancel(self, job: int) -> None:
        """Take it back; one that has ended already stays as it is."""
        await self._ask(Operation.CANCEL_JOB, {"job-id": (ipp.INTEGER, job)}, may_be_unknown=True)

    async def _ask(
        self,
        operation: Operation,
        attributes: dict[str, tuple[int, Value]],
        data: bytes = b"",
        *,
        may_be_unknown: bool = False,
    ) -> Answer:
        path = f"/printers/{quote(self.queue, safe='')}"
        who: dict[str, tuple[int, Value]] = {"requesting-user-name": (ipp.NAME, _user())}
        body = ipp.request(operation, f"ipp://localhost:{self.port}{path}", {**_first(attributes), **who, **attributes}, data)
        try:
            answered = await self.http.send(
                HttpRequest(
                    method="POST",
                    url=f"http://127.0.0.1:{self.port}{path}",
                    headers={"Content-Type": "application/ipp"},
                    body=body,
                )
            )
        except Unreachable as error:
            sentence = "The print system of this computer does not answer; it may not be running."
            was_handed_over = error.maybe_applied and operation is Operation.PRINT_JOB
            raise Unreachable("printer_missing", sentence, maybe_applied=was_handed_over, details=error.reason) from None
        answer = ipp.parse(answered.body)
        if answer.status in (ipp.NOT_FOUND, ipp.GONE) and not may_be_unknown:
            sentence = f"The print system knows no printer named {self.queue}."
            raise Unreachable("printer_missing", sentence, maybe_applied=False)
        return answer


def _first(attributes: dict[str, tuple[int, Value]]) -> dict[str, tuple[int, Value]]:
    """A job's number stands right behind the printer (RFC 8011 section 4.1.5)."""
    return {name: value for name, value in attributes.items() if name == "job-id"}


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "cata-bridge"


def _why_unavailable() -> str:
    if platform.system() == "Windows":
        return "Windows has a print system of its own; use escpos-windows."
    return lacking()


def _build(settings: EscposCupsSettings, context: DriverContext) -> SpooledPrinter:
    return SpooledPrinter(settings, context.clock, Cups(context.http, settings.queue, settings.port))


SPEC = DriverSpec(
    kind="escpos-cups",
    role=Role.PRINTER,
    summary="A receipt printer that the system's print queue (CUPS) leads to.",
    settings=EscposCupsSettings,
    build=_build,
    why_unavailable=_why_unavailable,
)
