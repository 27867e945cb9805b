"""What the numbers were measured on."""

from __future__ import annotations

import os
import platform
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import psutil


def described() -> str:
    """One sentence: date, processor, memory, kernel, Python, SQLite, and how busy the machine was."""
    memory = psutil.virtual_memory().total / 2**30
    busy = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    return (
        f"Measured on {datetime.now(UTC):%Y-%m-%d %H:%M} UTC: {_processor()}, {psutil.cpu_count()} cores, {memory:.0f} GiB, "
        f"{platform.system()} {platform.release()}, Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}. "
        f"Load average at the start {busy:.1f}."
    )


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())
