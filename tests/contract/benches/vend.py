"""The bench of `vend`, which is X-Series under its old name."""

from __future__ import annotations

from tests.contract.benches.lightspeed_x import workshop

BENCH = workshop("vend")
