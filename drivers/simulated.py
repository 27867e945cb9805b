"""The shipped fakes of every role, for the demo, for training and for tests."""

from __future__ import annotations

from drivers.simulated_pos import SimulatedPos
from drivers.simulated_printer import SimulatedPrinter
from drivers.simulated_scanner import SimulatedScanner

__all__ = ["SimulatedPos", "SimulatedPrinter", "SimulatedScanner"]
