"""Builds the .deb: the frozen programs under /opt, and what makes a service and a desktop program of them."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from pathlib import Path

from installer.linux import control
from installer.steps import DIST, FROZEN, OUTPUT, ROOT, BuildStopped, need, run, say, size, source_date, version

TREE = OUTPUT / "deb"


def build(frozen: Path, to: Path) -> Path:
    """The package of a folder of frozen programs, in `to`; raises BuildStopped."""
    if not frozen.is_dir():
        raise BuildStopped(f"There are no frozen programs in {frozen}; run: make build")
    packer = need("dpkg-deb", "dpkg")
    shutil.rmtree(TREE, ignore_errors=True)
    fill(TREE, frozen)
    describe(TREE)
    package = to / f"cata-bridge_{version()}_{control.architecture()}.deb"
    package.unlink(missing_ok=True)
    # Fast compression that every dpkg can read; the build is to end within minutes.
    command: list[str | Path] = [packer, "--root-owner-group", "-Zxz", "-z1", "--build", TREE, package]
    run(command, env={**os.environ, "SOURCE_DATE_EPOCH": source_date()})
    return package


def fill(tree: Path, frozen: Path) -> None:
    """Put every file in its place, with the modes they will have on a till."""
    shutil.copytree(frozen, tree / control.PROGRAMS, symlinks=True)
    for placed in control.PLACED:
        put(control.PACKAGE / placed.source, tree / placed.target)
    for source, name in control.DOCUMENTS.items():
        put(ROOT / source, tree / "usr/share/doc/cata-bridge" / name)
    for path in (tree, *tree.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or is_program(path, tree) else 0o644)


def describe(tree: Path) -> None:
    """The package's own papers and the scripts that dpkg runs."""
    papers = tree / "DEBIAN"
    papers.mkdir(mode=0o755)
    text = control.control(version(), installed_bytes=size(tree), libc=libc(), arch=control.architecture())
    (papers / "control").write_text(text, encoding="utf-8")
    for name in control.SCRIPTS:
        put(control.PACKAGE / name, papers / name)
        (papers / name).chmod(0o755)


def is_program(path: Path, tree: Path) -> bool:
    """Whether a file of the package is started, and not read."""
    place = path.relative_to(tree)
    if place.parent == control.PROGRAMS:
        return True
    return any(Path(placed.target) == place and placed.mode == 0o755 for placed in control.PLACED)


def put(source: Path, target: Path) -> None:
    """Copy one file; raises BuildStopped when it is not there."""
    if not source.is_file():
        raise BuildStopped(f"{source} is missing.")
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def libc() -> str:
    """Version of this system's C library: programs frozen here need it or a newer one."""
    return platform.libc_ver()[1] or "2.36"


def main() -> int:
    """The exit code."""
    try:
        say(str(build(FROZEN, DIST)))
    except BuildStopped as stopped:
        sys.stderr.write(f"{stopped}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
