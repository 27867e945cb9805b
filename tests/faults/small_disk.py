"""A small disk of its own for one program: in a private mount namespace, so that nothing of it outlives the program."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

FILLER = "filler"
DEADLINE_S = 20


@dataclass(frozen=True)
class SmallDisk:
    """A mounted file system; the namespace lives as long as the process that holds it."""

    holder: int
    mount: Path
    """Where it is inside the namespace."""
    has_own_users: bool
    """Mounted by somebody who is not root outside."""

    @property
    def seen(self) -> Path:
        """The same folder, seen from outside."""
        return Path(f"/proc/{self.holder}/root{self.mount}")

    def inside(self, *command: str) -> list[str]:
        """The command line that runs a program where the disk is mounted."""
        users = ["--user", "--preserve-credentials"] if self.has_own_users else []
        return ["nsenter", f"--target={self.holder}", "--mount", *users, f"--wd={os.getcwd()}", *command]

    def run(self, *command: str) -> None:
        subprocess.run(self.inside(*command), check=True, capture_output=True, timeout=DEADLINE_S)

    def fill(self) -> None:
        """Leave no room at all, down to the last byte."""
        with open(self.seen / FILLER, "ab", buffering=0) as file:
            for size in (65_536, 4_096, 1):
                try:
                    while file.write(bytes(size)) == size:
                        pass
                except OSError:
                    continue

    def clear(self) -> None:
        (self.seen / FILLER).unlink()

    def read_only(self, *, by_force: bool) -> None:
        """`by_force` is what the kernel does on a damaged disk, whoever has files open: only on ext4."""
        self.run("mount", "-o", "remount,abort" if by_force else "remount,ro", str(self.mount))


def why_not() -> str:
    """Empty where such a disk can be made."""
    if shutil.which("unshare") is None or shutil.which("nsenter") is None:
        return "A small disk needs unshare and nsenter; it was not made."
    probe = subprocess.run(["unshare", "-rm", "mount", "-t", "tmpfs", "none", "/mnt"], capture_output=True, check=False)
    return "" if probe.returncode == 0 else "This machine lets nobody mount a small disk; it was not made."


def can_loop() -> bool:
    return os.geteuid() == 0 and shutil.which("mkfs.ext4") is not None and bool(list(Path("/dev").glob("loop[0-9]*")))


@contextmanager
def small_disk(folder: Path, megabytes: int, *, ext4: bool = False) -> Iterator[SmallDisk]:
    mount = folder / "disk"
    mount.mkdir()
    how = _ext4(folder / "image", megabytes) if ext4 else ["-t", "tmpfs", "-o", f"size={megabytes}m", "none"]
    script = 'mount "$@" && echo ready && exec cat'
    namespace = ["unshare", "--mount"] if ext4 else ["unshare", "--map-root-user", "--mount"]
    command = [*namespace, "sh", "-c", script, "sh", *how, str(mount)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdin is not None
        assert holder.stdout is not None
        try:
            assert holder.stdout.readline() == "ready\n", "the disk was not mounted"
            yield SmallDisk(holder.pid, mount, has_own_users=not ext4)
        finally:
            holder.stdin.close()
            holder.wait(DEADLINE_S)


def _ext4(image: Path, megabytes: int) -> list[str]:
    with image.open("wb") as file:
        file.truncate(megabytes << 20)
    subprocess.run(["mkfs.ext4", "-q", "-m", "0", str(image)], check=True, capture_output=True)
    return ["-t", "ext4", "-o", "loop", str(image)]
