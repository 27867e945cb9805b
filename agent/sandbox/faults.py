"""Faults that the practice cloud plays on request: which calls, how often, and what goes wrong."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from agent.sandbox.envelopes import Reply, failure, refusal

CAPTIVE_PORTAL = b"<!doctype html><html><head><title>Free Wi-Fi</title></head><body>Tap to accept the terms.</body></html>"
MESSAGES = {
    401: "unauthorized",
    429: "too many requests",
    500: "internal error",
    502: "upstream error",
    503: "not configured",
    504: "upstream timeout",
}


class Fault(BaseModel):
    """One thing that goes wrong; the oldest fault that fits a call is the one that is played."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["status", "html", "business", "drop", "delay"]
    """`status` is E1; `html` a captive portal's 200; `business` 200 with `isSuccess` false; `drop` resets the connection."""
    method: str = "*"
    path: str = "*"
    """Glob over the path below the base URL, such as `/api/v1/loyalty/*`."""
    status: int = Field(500, ge=300, le=599)
    when: Literal["before", "after"] = "before"
    """Whether the call has had its effect by then; a portal is always before."""
    times: int | None = Field(1, ge=1)
    """None lasts until it is cleared."""
    skip: int = Field(0, ge=0)
    """So many fitting calls are let through first."""
    delay_s: float = Field(0.0, ge=0.0, le=600.0)
    """The call waits so long first; all that `delay` does."""
    retry_after_s: int | None = Field(None, ge=0)
    message: str = ""

    @property
    def is_after(self) -> bool:
        """Whether the call goes through before its answer is spoilt."""
        return self.kind == "delay" or (self.when == "after" and self.kind != "html")

    def fits(self, method: str, path: str) -> bool:
        """Whether this call is meant."""
        return self.method.upper() in ("*", method) and fnmatchcase(path, self.path)

    def reply(self) -> Reply:
        """The answer of a `status` or `business` fault."""
        if self.kind == "business":
            body = {"code": 1001, "isSuccess": False, "message": self.message or "not possible"}
            return Reply(200, body)
        headers = {} if self.retry_after_s is None else {"Retry-After": str(self.retry_after_s)}
        return failure(self.status, self.message or MESSAGES.get(self.status, "fault"), "played fault", headers=headers)


@dataclass(slots=True)
class ArmedFault:
    """A fault with what is left of it."""

    id: int
    fault: Fault
    skip: int
    times: int | None
    played: int = 0

    def shown(self) -> dict[str, object]:
        """For the control plane."""
        return {"id": self.id, **self.fault.model_dump(), "left": self.times, "played": self.played}


class Faults:
    """The faults that are armed."""

    def __init__(self) -> None:
        self._armed: dict[int, ArmedFault] = {}
        self._last_id = 0

    def all(self) -> list[ArmedFault]:
        """Oldest first; used up ones are gone."""
        return list(self._armed.values())

    def arm(self, fault: Fault) -> ArmedFault:
        """Arm a fault; it works from the next call."""
        self._last_id += 1
        self._armed[self._last_id] = ArmedFault(self._last_id, fault, fault.skip, fault.times)
        return self._armed[self._last_id]

    def clear(self, fault_id: int | None = None) -> None:
        """Disarm one, or all; raises Refused 404 for an unknown one."""
        if fault_id is None:
            self._armed.clear()
        elif self._armed.pop(fault_id, None) is None:
            raise refusal(404, "fault not found")

    def draw(self, method: str, path: str) -> Fault | None:
        """The fault to play on this call, used up by one."""
        for armed in self.all():
            if not armed.fault.fits(method, path):
                continue
            if armed.skip > 0:
                armed.skip -= 1
                continue
            self._use(armed)
            return armed.fault
        return None

    def _use(self, armed: ArmedFault) -> None:
        armed.played += 1
        if armed.times is not None:
            armed.times -= 1
            if armed.times == 0:
                del self._armed[armed.id]
