"""`make build`: freeze the programs, start both, pack them for this system and try the package."""

from __future__ import annotations

import os
import shutil
import sys
from importlib.util import find_spec
from pathlib import Path
from time import perf_counter

from installer import freeze, smoke
from installer.linux import deb, try_deb
from installer.steps import DIST, FROZEN, ROOT, WORK, BuildStopped, megabytes, need, run, say, size, source_date

SPEC = ROOT / "installer" / "bridge.spec"


def frozen() -> Path:
    """The folder of both programs, made anew; raises BuildStopped."""
    if find_spec("PyInstaller") is None:
        raise BuildStopped("PyInstaller is missing; install the development requirements with: make setup")
    if sys.platform.startswith("linux"):
        need("strip", "binutils")
        need("objdump", "binutils")
    for old in (FROZEN, WORK):
        shutil.rmtree(old, ignore_errors=True)
    WORK.mkdir(parents=True)
    words = [sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level", "WARN"]
    run(
        [*words, "--distpath", DIST, "--workpath", WORK, SPEC],
        env={**os.environ, "PYTHONHASHSEED": "0", "SOURCE_DATE_EPOCH": source_date()},
        log=WORK / "freeze.log",
    )
    if lacking := freeze.unresolved((WORK / "freeze.log").read_text(encoding="utf-8")):
        raise BuildStopped(f"This system lacks {', '.join(lacking)}; run: sh installer/linux/qt_libraries.sh {sys.executable}")
    for name in freeze.STARTS:
        if not program(name).exists():
            raise BuildStopped(f"PyInstaller made no {name}; see {WORK / 'freeze.log'}")
    return FROZEN


def program(name: str) -> Path:
    """Where a frozen program is."""
    return FROZEN / (name + (".exe" if sys.platform == "win32" else ""))


def build() -> None:
    """All steps for this system; raises BuildStopped."""
    begun = perf_counter()
    say("Freezing the two programs; this takes a few minutes.")
    folder = frozen()
    say(f"Frozen: {folder} ({megabytes(size(folder))}) after {perf_counter() - begun:.0f} s")
    smoke.check(folder)
    if sys.platform.startswith("linux"):
        package = deb.build(folder, DIST)
        say(f"Packed: {package} ({megabytes(package.stat().st_size)})")
        try_deb.check(package)
    say(f"Done after {perf_counter() - begun:.0f} s.")


def main() -> int:
    """The exit code; says in one sentence what stopped the build."""
    try:
        build()
    except BuildStopped as stopped:
        sys.stderr.write(f"{stopped}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
