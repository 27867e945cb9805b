"""A customer display without hardware: what it shows stands in a file of two lines."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import Field

from agent.core.device import DeviceState, Role
from agent.core.errors import Unreachable
from agent.core.roles import DeviceSink
from agent.core.sentence import Sentence
from drivers.spec import DriverContext, DriverSettings, DriverSpec

FILE = "display.txt"


class SimulatedDisplaySettings(DriverSettings):
    """Settings of `simulated-display`."""

    path: Annotated[str, Field(description="The file; empty: display.txt in the device's folder.")] = ""


@dataclass
class SimulatedDisplay:
    """Writes the file anew each time; a reader never sees half of it."""

    path: Path

    async def run(self, sink: DeviceSink) -> None:
        """Nothing goes on by itself."""
        sink.state(DeviceState.READY, Sentence(f"Simulated display, see {self.path}.", "simulated_display", path=str(self.path)))
        await asyncio.get_running_loop().create_future()

    async def test(self) -> str:
        """Show a line on it."""
        await self.show("Cata Bridge", "Test")
        return Sentence(f"Simulated display: {self.path} says so.", "simulated_display", path=str(self.path))

    async def show(self, line1: str, line2: str) -> None:
        """Write both lines."""
        await asyncio.to_thread(self._write, f"{line1}\n{line2}\n")

    def _write(self, text: str) -> None:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            unfinished = self.path.with_suffix(".tmp")
            unfinished.write_text(text, encoding="utf-8")
            os.replace(unfinished, self.path)
        except OSError as error:
            sentence = f"The display's file {self.path} cannot be written."
            raise Unreachable("display_missing", sentence, maybe_applied=False, details=type(error).__name__) from None


def _build(settings: SimulatedDisplaySettings, context: DriverContext) -> SimulatedDisplay:
    return SimulatedDisplay(Path(settings.path) if settings.path else context.folder / FILE)


SPEC = DriverSpec(
    kind="simulated-display",
    role=Role.DISPLAY,
    summary="A practice customer display: what it shows stands in a file.",
    settings=SimulatedDisplaySettings,
    build=_build,
)
