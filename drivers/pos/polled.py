"""What drivers that are asked over HTTP share: they look every so often whether the POS is there."""

from __future__ import annotations

from typing import Protocol

from agent.core.device import DeviceState
from agent.core.roles import DeviceSink
from drivers.spec import DriverContext


class Pace(Protocol):
    """Settings of such a driver."""

    @property
    def poll_s(self) -> float:
        """Seconds between two rounds."""
        ...


class Polled:
    """A POS in the network; its driver says in `test` how it is, and retries nothing itself."""

    settings: Pace
    context: DriverContext

    @property
    def poll_s(self) -> float:
        """Seconds between two rounds of questions."""
        return self.settings.poll_s

    async def run(self, sink: DeviceSink) -> None:
        """Ask every `poll_s` whether the POS is there, until cancelled."""
        while True:
            sink.state(DeviceState.READY, await self.test())
            await self.context.clock.sleep(self.poll_s)

    async def test(self) -> str:
        """How the POS is, in one sentence; raises Unreachable, NeedsPerson or Refused."""
        raise NotImplementedError
