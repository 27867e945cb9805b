"""Whether the locks can be trusted: every package at one version and by its hashes, and nobody's server named."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "requirements"
NAMES = ("build.txt", "run.txt", "dev.txt")
PINNED = re.compile(r"^[A-Za-z0-9._-]+==[A-Za-z0-9._+!-]+( ?;.*)?$")
HASH = re.compile(r"^--hash=sha256:[0-9a-f]{64}$")


def problems(text: str) -> Iterator[str]:
    """What is wrong with one lock, in words."""
    for line in re.sub(r"\\\n", " ", text).splitlines():
        said = line.partition("#")[0].strip()
        if not said:
            continue
        package, *hashes = re.split(r"\s+(?=--hash)", said)
        if not PINNED.fullmatch(package.strip()):
            yield f"{package.split()[0]} is not pinned to one version"
        elif not hashes or not all(HASH.fullmatch(each.strip()) for each in hashes):
            yield f"{package.split()[0]} is not pinned by SHA-256"


def main(arguments: Sequence[str]) -> int:
    """Look through the locks; 1 and a line for each thing that is wrong."""
    folder = Path(arguments[0]) if arguments else FOLDER
    wrong = [f"{name}: {said}\n" for name in NAMES for said in problems((folder / name).read_text(encoding="utf-8"))]
    sys.stderr.write("".join(wrong))
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
