"""Every run of the tests ends with the figures of the fault harnesses that were part of it, however many processes it had."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.faults import figures

# A machine that is busy with something else makes no test fail.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")

FIGURES = pytest.StashKey[Path]()


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):  # a worker of xdist finds the folder of its controller in its environment
        config.stash[FIGURES] = figures.new_folder()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    rows = figures.recorded(config.stash[FIGURES])
    if rows:
        terminalreporter.section(f"fault figures ({'release' if figures.is_release() else 'push'} size)")
        for line in figures.table(rows):
            terminalreporter.write_line(line)


def pytest_unconfigure(config: pytest.Config) -> None:
    folder = config.stash.get(FIGURES, None)
    if folder is not None:
        shutil.rmtree(folder, ignore_errors=True)
