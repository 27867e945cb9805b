"""What every step of a build shares: places, the version, running programs, and the one way to stop."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
OUTPUT = ROOT / "build"
DIST = OUTPUT / "dist"
FROZEN = DIST / "cata-bridge"
WORK = OUTPUT / "freeze"


class BuildStopped(Exception):
    """The build cannot go on; its text is one sentence for the person who started it."""


def say(line: str) -> None:
    """One line to the terminal."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def version() -> str:
    """As pyproject.toml has it."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return str(project["version"])


def source_date() -> str:
    """Seconds of the newest commit, so that the same source packs the same bytes; 0 outside a checkout."""
    git = shutil.which("git")
    if git is None:
        return "0"
    told = subprocess.run([git, "log", "-1", "--format=%ct"], cwd=ROOT, capture_output=True, text=True, check=False)
    return told.stdout.strip() or "0"


def need(program: str, where_from: str) -> str:
    """The path of a program; raises BuildStopped naming the package that has it."""
    found = shutil.which(program)
    if found is None:
        raise BuildStopped(f"{program} is missing; on Debian: apt-get install {where_from}")
    return found


def run(command: Sequence[str | Path], *, env: Mapping[str, str] | None = None, log: Path | None = None) -> str:
    """What a program says (to `log` as well); raises BuildStopped with its last lines when it fails."""
    words = [str(word) for word in command]
    ended = subprocess.run(
        words, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", check=False
    )
    if log is not None:
        log.write_text(ended.stdout, encoding="utf-8")
    if ended.returncode != 0:
        raise BuildStopped(f"{Path(words[0]).name} ended with {ended.returncode}:\n{tail(ended.stdout)}")
    return ended.stdout


def tail(text: str, lines: int = 15) -> str:
    """The last lines."""
    return "\n".join(text.strip().splitlines()[-lines:])


def size(folder: Path) -> int:
    """Bytes of all files of a folder; links do not count."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def megabytes(count: int) -> str:
    """As people read it."""
    return f"{count / 1_000_000:.0f} MB"
