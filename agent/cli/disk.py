"""The disk that a home lies on."""

from __future__ import annotations

import shutil
from typing import NamedTuple

from agent.paths import Home


class DiskUsage(NamedTuple):
    """Bytes."""

    total: int
    free: int


def disk_usage(home: Home) -> DiskUsage:
    """The disk of this home, or of the nearest folder that is there already."""
    there = next(folder for folder in (home.root, *home.root.parents) if folder.exists())
    usage = shutil.disk_usage(there)
    return DiskUsage(total=usage.total, free=usage.free)
