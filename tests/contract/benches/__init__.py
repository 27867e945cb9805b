"""The workbenches by kind of POS: one module a driver here, and those that installed packages bring."""

from __future__ import annotations

import importlib
import pkgutil
from importlib.metadata import entry_points

from tests.contract.bench import Workshop

GROUP = "cata_bridge.benches"
"""Entry points of this group, named after their kind, bring the bench of a driver that is not ours."""


def benches() -> dict[str, Workshop]:
    """Kind -> workshop; a module `square.py` here is the bench of `square`, `pos_http.py` that of `pos-http`."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    ours = {name.replace("_", "-"): importlib.import_module(f"{__name__}.{name}").BENCH for name in names}
    return ours | {point.name: point.load() for point in entry_points(group=GROUP)}
