"""Whichever write or sync the disk refuses, nobody hears that something is saved which is not."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import pytest

from agent.runtime import CANNOT_SAVE, DONE
from tests.faults import figures

HARNESS = "disk errors"
ROOT = Path(__file__).parents[2]
SOURCE = Path(__file__).with_name("failing_calls.c")
COMPILER = shutil.which("cc") or shutil.which("gcc")
MEMORY = Path("/dev/shm")
FAULTS = {"EIO once": (0, 0), "ENOSPC for good": (1, 1), "short write": (2, 0)}
SEEDS = figures.size(push=1, release=10)

pytestmark = [
    pytest.mark.skipif(COMPILER is None or sys.platform != "linux", reason="Failing calls need a C compiler on Linux; not run."),
    pytest.mark.timeout(900),
]


@dataclass(frozen=True)
class Outcome:
    """What one run with one fault came to."""

    code: int
    saved: frozenset[str]
    refused: frozenset[str]
    rows: frozenset[str] | None
    """None when the database is damaged."""
    calls: int
    failed: int

    @property
    def is_false(self) -> bool:
        return self.rows is None or not self.saved <= self.rows


@dataclass
class Bench:
    """A running program that tries one fault after the other."""

    stdin: IO[str]
    stdout: IO[str]

    def run(self, fault: str, number: int, *, seed: int = 0, bug: bool = False) -> Outcome:
        kind, lasting = FAULTS[fault]
        self.stdin.write(f"{kind} {number} {lasting} {seed} {int(bug)}\n")
        self.stdin.flush()
        return read(json.loads(self.stdout.readline()))

    def every(self, fault: str, *, seed: int = 0, bug: bool = False, step: int = 1) -> Iterator[Outcome]:
        """One run for every call of the scenario that can fail in this way."""
        calls = self.run(fault, 0, seed=seed).calls
        for number in range(1, calls + 1, step):
            outcome = self.run(fault, number, seed=seed, bug=bug)
            if outcome.failed or outcome.code not in (DONE, CANNOT_SAVE):
                yield outcome


def read(answer: dict[str, object]) -> Outcome:
    said = [line.split() for line in answer["said"]]  # type: ignore[attr-defined]
    rows = answer["rows"]
    calls, failed = next(([int(one) for one in words[1:]] for words in said if words[0] == "calls"), (0, 0))
    saved, refused = (frozenset(words[1] for words in said if words[0] == kind) for kind in ("saved", "refused"))
    assert isinstance(answer["code"], int)
    return Outcome(answer["code"], saved, refused, frozenset(rows) if isinstance(rows, list) else None, calls, failed)


@contextmanager
def bench(tmp_path: Path) -> Iterator[Bench]:
    shim = tmp_path / "failing_calls.so"
    assert COMPILER is not None
    subprocess.run([COMPILER, "-shared", "-fPIC", "-O1", "-Wall", "-Werror", str(SOURCE), "-o", str(shim), "-ldl"], check=True)
    environment = os.environ | {"LD_PRELOAD": str(shim), "PYTHONDONTWRITEBYTECODE": "1"}
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else tmp_path) as folder:
        command = [sys.executable, "-m", "tests.faults.io_errors", folder]
        with subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        ) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            yield Bench(process.stdin, process.stdout)
            process.stdin.close()


@pytest.mark.parametrize("seed", range(SEEDS))
@pytest.mark.parametrize("fault", FAULTS)
def test_no_refused_call_leads_to_a_false_success(fault: str, seed: int, tmp_path: Path) -> None:
    with bench(tmp_path) as disk:
        outcomes = list(disk.every(fault, seed=seed))
    false = [outcome for outcome in outcomes if outcome.is_false]
    figures.record(HARNESS, f"{fault}: calls refused in turn", len(outcomes))
    figures.record(HARNESS, f"{fault}: false successes", len(false))
    assert not false
    assert {outcome.code for outcome in outcomes} <= {DONE, CANNOT_SAVE}
    assert all(len(outcome.saved) + len(outcome.refused) == 10 for outcome in outcomes if outcome.code == DONE)
    assert any(outcome.refused for outcome in outcomes)
    assert any(outcome.code == CANNOT_SAVE for outcome in outcomes)


def test_a_disk_that_refused_once_is_used_again(tmp_path: Path) -> None:
    with bench(tmp_path) as disk:
        last = disk.run("EIO once", 0).calls
        outcome = next(found for number in range(last, 0, -5) if (found := disk.run("EIO once", number)).refused)
    assert outcome.saved
    assert outcome.rows is not None
    assert outcome.saved <= outcome.rows


def test_planted_answers_before_the_commit_are_false(tmp_path: Path) -> None:
    with bench(tmp_path) as disk:
        false = sum(outcome.is_false for outcome in disk.every("ENOSPC for good", bug=True, step=9))
    figures.planted(HARNESS, "answer before COMMIT", found=false > 0)
    assert false > 0
