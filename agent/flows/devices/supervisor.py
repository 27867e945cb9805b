"""The supervisor of everything plugged in: opens it, watches it, opens it again, and says how it is."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

from agent.core.clock import Clock
from agent.core.device import DeviceState, DeviceStatus, Role
from agent.core.errors import CataBridgeError, InvalidInput, NeedsPerson, Refused, Unreachable
from agent.core.events import DeviceChanged, StatusChanged
from agent.core.roles import CustomerDisplay, Device, Paced, Pos, Printer
from agent.core.sale import SaleSeen
from agent.core.scan import Code
from agent.core.sentence import Sentence
from agent.flows.bus import Bus
from agent.flows.devices.driver_edge import driver_edge
from agent.flows.refusals import Refusals, RefusedKind

log = logging.getLogger(__name__)

STARTING = Sentence("Starting.", "device_starting")
STOPPED = Sentence("The device stopped by itself.", "device_stopped")

REOPEN_S = 1.0
"""A device that went away is tried again this often: replugged, it reads within three seconds."""
SLOWEST_REOPEN_S = 60.0
"""A POS that says how often it may be asked is not opened more often either, nor less often than this."""
ATTENTION_S = 10.0
"""A device that needs a person (no paper, wrong credentials) is tried again this often."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plugged:
    """One configured device, or the sentence why it could not be built."""

    name: str
    driver: str
    role: Role
    device: Device | None
    problem: str = ""
    reason: str = ""
    """Stable word of the problem."""
    repeat_window_s: float = 1.5
    """The same code from the same scanner within it is one scan."""
    backup: str = ""
    """Name of the printer that prints when this one cannot."""


@dataclass
class _Sink:
    """What one running device reports to."""

    status: DeviceStatus
    repeat_window_s: float
    owner: Devices = field(repr=False)
    last_code: str = field(default="", repr=False)
    last_at: float = float("-inf")
    said: tuple[DeviceState, str] = (DeviceState.STARTING, STARTING)
    """What the device itself said last."""
    troubles: dict[str, tuple[DeviceState, str]] = field(default_factory=dict)
    """What does not work with a device that is there, by what was asked of it."""

    def state(self, state: DeviceState, sentence: str) -> None:
        self.said = state, sentence
        self._show()

    def trouble(self, subject: str, trouble: tuple[DeviceState, str] | None) -> None:
        self.troubles.pop(subject, None)
        if trouble is not None:
            self.troubles[subject] = trouble
        self._show()

    def _show(self) -> None:
        """What the device said, unless it is there and something with it does not work."""
        state, sentence = self.said
        if state is DeviceState.READY and self.troubles:
            state, sentence = next(iter(self.troubles.values()))
        changed = replace(self.status, state=state, sentence=sentence)
        if changed != self.status:
            level = logging.INFO if state is DeviceState.READY else logging.WARNING
            log.log(level, "device %s device=%s driver=%s: %s", state, self.status.name, self.status.driver, sentence)
            self.status = changed
            self.owner.changed(changed)

    async def scan(self, code: Code) -> None:
        now = self.owner.clock.monotonic()
        is_repeat = code.text == self.last_code and now - self.last_at < self.repeat_window_s
        self.last_code, self.last_at = code.text, now
        if not is_repeat:
            await self.owner.on_scan(code, self.status.name)

    def refuse_scan(self, reason: str, message: str) -> None:
        self.owner.on_refused_scan(self.status.name, reason, message)

    async def sale(self, sale: SaleSeen) -> None:
        try:
            await self.owner.on_sale(sale)
        except InvalidInput as error:
            self.refuse_sale(error.reason, error.message)
            raise
        except Refused as error:
            # A no for good: the POS's other sales must not wait for this one.
            self.refuse_sale(error.reason, error.message)
            raise InvalidInput(error.reason, error.message, details=error.details) from error

    def refuse_sale(self, reason: str, message: str) -> None:
        self.owner.refusals.of(RefusedKind.SALE)[reason] += 1
        log.warning("sale refused device=%s reason=%s", self.status.name, reason)


class Devices:
    """All configured devices, each in its own task: one that fails never stops another."""

    def __init__(
        self,
        plugged: Sequence[Plugged],
        bus: Bus,
        *,
        clock: Clock,
        on_scan: Callable[[Code, str], Awaitable[object]],
        on_refused_scan: Callable[[str, str, str], object],
        on_sale: Callable[[SaleSeen], Awaitable[object]],
        refusals: Refusals | None = None,
    ) -> None:
        self._plugged = {one.name: one for one in plugged}
        self._bus = bus
        self.clock = clock
        self.on_scan = on_scan
        self.on_refused_scan = on_refused_scan
        self.on_sale = on_sale
        self.refusals = refusals or Refusals()
        """Where refused sales, and devices that cannot work as they are set up, are counted."""
        self._turns = {one.name: asyncio.Lock() for one in plugged}
        """Whoever has a device open."""
        self._runs: dict[str, asyncio.Task[None]] = {}
        self._sinks = {one.name: self._sink(one) for one in plugged}
        self.refusals.of(RefusedKind.SETTING).update(one.reason for one in plugged if one.device is None)

    async def run(self) -> None:
        """Keep every device running until cancelled."""
        async with asyncio.TaskGroup() as group:
            for one in self._plugged.values():
                if one.device is not None:
                    group.create_task(self._keep(one.device, self._sinks[one.name]))

    def statuses(self) -> list[DeviceStatus]:
        """How every device is, in the order of the settings."""
        return [sink.status for sink in self._sinks.values()]

    async def test(self, name: str) -> str:
        """Try a device out; one sentence on what was found. Raises Refused `device_unknown` or what the device says."""
        return await self._known(name).test()

    def _known(self, name: str) -> Device:
        one = self._plugged.get(name)
        if one is None:
            raise Refused("device_unknown", "There is no device with this name.", status=404)
        if one.device is None:
            raise InvalidInput(one.reason or "device_misconfigured", _problem(one))
        return one.device

    @asynccontextmanager
    async def lent(self, name: str, sentence: str) -> AsyncIterator[Device]:
        """A device that does nothing for us meanwhile, and why; afterwards it is opened again.

        Raises Refused `device_unknown` or InvalidInput `device_misconfigured`.
        """
        device = self._known(name)
        if (run := self._runs.get(name)) is not None:
            run.cancel()
        async with self._turns[name]:
            self._sinks[name].state(DeviceState.STARTING, sentence)
            yield device

    def printers(self) -> dict[str, Printer]:
        """Printers by name, in the order of the settings."""
        return {
            one.name: one.device for one in self._plugged.values() if one.role is Role.PRINTER and isinstance(one.device, Printer)
        }

    def displays(self) -> dict[str, CustomerDisplay]:
        """Customer displays by name, in the order of the settings."""
        return {
            one.name: one.device
            for one in self._plugged.values()
            if one.role is Role.DISPLAY and isinstance(one.device, CustomerDisplay)
        }

    def backups(self) -> dict[str, str]:
        """Printer -> the other printer that takes over when it cannot print."""
        printers = self.printers()
        pairs = {name: self._plugged[name].backup for name in printers}
        return {name: backup for name, backup in pairs.items() if backup in printers and backup != name}

    def pos_systems(self) -> dict[str, Pos]:
        """POS devices by name, in the order of the settings."""
        return {one.name: one.device for one in self._plugged.values() if one.role is Role.POS and isinstance(one.device, Pos)}

    def trouble(self, name: str, subject: str, error: CataBridgeError | None) -> None:
        """Say in the device's state that something asked of it does not work, or works again (None)."""
        missing = isinstance(error, Unreachable) and error.line_down
        state = DeviceState.MISSING if missing else DeviceState.ATTENTION
        self._sinks[name].trouble(subject, None if error is None else (state, error.message))

    async def take_sale(self, name: str, sale: SaleSeen) -> None:
        """A sale that a POS was asked for, as if it had come by itself; raises InvalidInput (counted) or NotSaved."""
        await self._sinks[name].sale(sale)

    def changed(self, status: DeviceStatus) -> None:
        """A device's state moved."""
        self._bus.publish(DeviceChanged(status))
        self._bus.publish(StatusChanged())

    def _sink(self, one: Plugged) -> _Sink:
        state = DeviceState.MISCONFIGURED if one.device is None else DeviceState.STARTING
        sentence = _problem(one) if one.device is None else STARTING
        status = DeviceStatus(name=one.name, driver=one.driver, role=one.role, state=state, sentence=sentence)
        return _Sink(status, one.repeat_window_s, self)

    async def _keep(self, device: Device, sink: _Sink) -> None:
        pace_s = min(device.poll_s, SLOWEST_REOPEN_S) if isinstance(device, Paced) else 0.0
        while True:
            try:
                with driver_edge(sink.status.name, "The driver of this device has failed. It is started again."):
                    if not await self._run(device, sink):
                        continue
                wait_s, state, sentence = REOPEN_S, DeviceState.MISSING, STOPPED
            except InvalidInput as error:
                self.refusals.of(RefusedKind.SETTING)[error.reason] += 1
                sink.state(DeviceState.MISCONFIGURED, error.message)
                return
            except (NeedsPerson, Refused) as error:
                wait_s, state, sentence = max(ATTENTION_S, pace_s), DeviceState.ATTENTION, error.message
            except Unreachable as error:
                wait_s, state, sentence = max(REOPEN_S, pace_s, error.retry_after_s or 0.0), DeviceState.MISSING, error.message
            except CataBridgeError as error:
                wait_s, state, sentence = ATTENTION_S, DeviceState.ATTENTION, error.message
            sink.state(state, sentence)
            await self.clock.sleep(wait_s)

    async def _run(self, device: Device, sink: _Sink) -> bool:
        """Once nobody else has it, until it ends; False when it was stopped to be lent."""
        name = sink.status.name
        async with self._turns[name]:
            run = self._runs[name] = asyncio.create_task(device.run(sink))
            try:
                await run
            except asyncio.CancelledError:
                if (ours := asyncio.current_task()) is not None and ours.cancelling():
                    raise
                return False
            finally:
                del self._runs[name]
        return True


def _problem(one: Plugged) -> str:
    return one.problem if isinstance(one.problem, Sentence) else Sentence(one.problem, one.reason)
