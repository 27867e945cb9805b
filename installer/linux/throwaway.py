"""A copy of this system that forgets everything: dpkg may install into it, and nothing outside changes."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from installer.steps import BuildStopped, tail

MOUNTS = """\
set -e
mount -t tmpfs -o mode=0755 tmpfs "$1"
mkdir "$1/upper" "$1/work" "$1/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" "$1/root"
mount --rbind /dev "$1/root/dev"
mount -t proc proc "$1/root/proc"
mount -t tmpfs -o mode=0755 tmpfs "$1/root/run"
mount -t tmpfs -o mode=1777 tmpfs "$1/root/tmp"
ip link set lo up 2>/dev/null || true
echo ready
exec cat
"""
"""Held for as long as somebody holds the other end of its stdin; then all of it is gone."""


class Throwaway:
    """An open test root."""

    def __init__(self, keeper: int, folder: Path) -> None:
        self._keeper = keeper
        self._folder = folder

    def run(self, command: Sequence[str], *, user: str = "root") -> subprocess.CompletedProcess[str]:
        """Run a command inside as a user; whatever it ends with."""
        become = [] if user == "root" else ["setpriv", "--reuid", user, "--regid", user, "--init-groups", "--"]
        words = [*self._enter(), *become, "env", "-i", *environment(user), *command]
        return subprocess.run(words, capture_output=True, text=True, check=False)

    def expect(self, command: Sequence[str], *, user: str = "root") -> str:
        """What a command prints; raises BuildStopped when it does not end well."""
        ended = self.run(command, user=user)
        if ended.returncode != 0:
            said = tail(ended.stdout + ended.stderr)
            raise BuildStopped(f"In the test root {' '.join(command)} ended with {ended.returncode}:\n{said}")
        return ended.stdout

    @contextmanager
    def background(self, command: Sequence[str], *, user: str, env: Sequence[str] = ()) -> Iterator[subprocess.Popen[bytes]]:
        """A process inside that is ended with SIGTERM; setpriv and env become it, so that the signal meets it."""
        become = ["setpriv", "--reuid", user, "--regid", user, "--init-groups", "--", "env", "-i", *environment(user), *env]
        with subprocess.Popen(
            [*self._enter(), *become, *command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as process:
            try:
                yield process
            finally:
                process.terminate()
                process.wait(60)

    def give(self, file: Path) -> str:
        """Lay a file into the root; returns its path inside."""
        with file.open("rb") as source:
            command = [*self._enter(), "sh", "-c", f"cat > /tmp/{file.name}"]
            subprocess.run(command, stdin=source, check=True)
        return f"/tmp/{file.name}"

    def changes(self) -> set[str]:
        """Files and links that are there now and not on the system itself, or that differ; folders do not count."""
        find = ["find", str(self._folder / "upper"), "!", "-type", "d", "-printf", "%P\n"]
        command = ["nsenter", "--target", str(self._keeper), "--mount", *find]
        listed = subprocess.run(command, capture_output=True, text=True, check=True)
        return set(listed.stdout.split("\n")) - {""}

    def _enter(self) -> list[str]:
        spaces = ["nsenter", "--target", str(self._keeper), "--mount", "--net"]
        return [*spaces, "chroot", str(self._folder / "root")]


@contextmanager
def throwaway() -> Iterator[Throwaway]:
    """A fresh one; raises BuildStopped where this system does not allow it."""
    if why := why_not():
        raise BuildStopped(why)
    folder = Path(tempfile.mkdtemp(prefix="cata-bridge-root-"))
    command = ["unshare", "--mount", "--net", "--propagation", "slave", "sh", "-c", MOUNTS, "sh", str(folder)]
    try:
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as keeper:
            assert keeper.stdin is not None
            assert keeper.stdout is not None
            if keeper.stdout.readline() != b"ready\n":
                raise BuildStopped("This system does not allow a test root (overlay mounts); the package was not tried.")
            try:
                yield Throwaway(keeper.pid, folder)
            finally:
                keeper.stdin.close()
                keeper.wait(60)
    finally:
        folder.rmdir()


def why_not() -> str:
    """One sentence when no test root can be made here, else nothing."""
    if os.geteuid() != 0:
        return "Trying the package needs root, in a throw-away copy of this system: sudo make build"
    for program, package in (("unshare", "util-linux"), ("nsenter", "util-linux"), ("setpriv", "util-linux"), ("dpkg", "dpkg")):
        if shutil.which(program) is None:
            return f"{program} is missing; on Debian: apt-get install {package}"
    return ""


def environment(user: str) -> list[str]:
    """What a login would give."""
    home = "/root" if user == "root" else f"/home/{user}"
    return ["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8", f"HOME={home}", "DEBIAN_FRONTEND=noninteractive"]
