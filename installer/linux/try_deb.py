"""Installs the package into a throw-away copy of this system, uses it, removes it, and looks at what is left."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter, sleep

from installer.linux import control
from installer.linux.throwaway import Throwaway, throwaway
from installer.steps import DIST, BuildStopped, need, run, say, version

CASHIER = "till-cashier"
HOME = f"/{control.STATE}"
NOTE = "/run/cata-bridge/agent.json"
BOOKKEEPING = ("etc/", "home/", "root/", "tmp/", "var/cache/", "var/lib/dpkg/", "var/lib/systemd/", "var/log/")
"""Where dpkg and the tools for users write; in /etc only what is named below."""
CACHES = ("mimeinfo.cache", "icon-theme.cache")
"""Files that the desktop's own packages write anew whenever any program comes or goes."""
USER_FILES = ("passwd", "group", "shadow", "gshadow", "subuid", "subgid", ".pwd.lock")
PATIENCE_S = 60.0
NO_CLOUD = ("CATA_BRIDGE_CLOUD__BASE_URL=http://127.0.0.1:9", "CATA_BRIDGE_OUTLET__ID=c6a0f1de-1d0e-4e63-8b2b-7f6f5a7a0b10")
"""Settings under which whatever is accepted stays unsent."""
EARN = """\
import json, sys, urllib.request
note = json.load(open(sys.argv[1]))
body = json.dumps({"member": {"identifier": "+6591230001"}, "points": 5, "receipt": "R-1", "wait_s": 0}).encode()
headers = {"Authorization": "Bearer " + note["token"], "Content-Type": "application/json"}
print(urllib.request.urlopen(urllib.request.Request(note["url"] + "/v1/loyalty/earn", body, headers)).status)
"""


def python() -> str:
    """The interpreter itself, which the test root shares; a virtual environment may lie where it has a folder of its own."""
    return str(Path(sys.executable).resolve())


def check(package: Path) -> None:
    """Everything that a till goes through; raises BuildStopped at the first thing that is not as promised."""
    papers(package)
    with throwaway() as root:
        inside = root.give(package)
        root.expect(["useradd", "--create-home", CASHIER])
        before = root.changes()
        install(root, inside)
        in_place(root)
        well_formed(root)
        used(root)
        remove(root)
        nothing_left(root, before)
        install(root, inside)
        unsent_entries_survive(root)
    say("The package installs, runs as a service, lets its group in and no one else, and leaves without a trace or a loss.")


def papers(package: Path) -> None:
    """Name, version and the modes that the archive carries."""
    told = run([need("dpkg-deb", "dpkg"), "--field", package, "Package", "Version"])
    must(f"Version: {version()}" in told, f"the package says: {told}")
    for line in run(["dpkg-deb", "--contents", package]).splitlines():
        mode, owner = line.split()[:2]
        must(owner == "root/root", f"not root's: {line}")
        must(mode[0] == "l" or (mode[5] != "w" and mode[8] != "w"), f"writable for others: {line}")


def install(root: Throwaway, package: str) -> None:
    """As apt does; what it depends on may be missing here, where nothing is downloaded."""
    root.expect(["dpkg", "--force-depends", "--install", package])


def in_place(root: Throwaway) -> None:
    """Files, user, groups and modes."""
    for placed in control.PLACED:
        told = root.expect(["stat", "--format", "%U %a", f"/{placed.target}"]).strip()
        must(told == f"root {placed.mode:o}", f"/{placed.target} is {told}")
    state = root.expect(["stat", "--format", "%U %G %a", HOME]).strip()
    must(state == "cata-bridge cata-bridge 700", f"{HOME} is {state}")
    groups = root.expect(["id", "--name", "--groups", "cata-bridge"]).split()
    must("dialout" in groups and "root" not in groups, f"the service is in {groups}")
    must("nologin" in root.expect(["getent", "passwd", "cata-bridge"]), "somebody can log in as the service")
    if shutil.which("deb-systemd-helper"):
        root.expect(["test", "-L", "/etc/systemd/system/multi-user.target.wants/cata-bridge.service"])


def well_formed(root: Throwaway) -> None:
    """The unit and the menu entries, as far as this system can judge them."""
    if shutil.which("systemd-analyze"):
        told = root.run(["systemd-analyze", "verify", "--man=no", "/usr/lib/systemd/system/cata-bridge.service"])
        ours = [line for line in told.stderr.splitlines() if "cata-bridge" in line]
        must(told.returncode == 0 and not ours, f"systemd-analyze: {ours or told.stderr}")
    else:
        say("Not judged here: the systemd unit; apt-get install systemd")
    if shutil.which("desktop-file-validate"):
        for placed in control.PLACED:
            if placed.target.endswith(".desktop"):
                root.expect(["desktop-file-validate", f"/{placed.target}"])
    else:
        say("Not judged here: the menu entries; apt-get install desktop-file-utils")


def used(root: Throwaway) -> None:
    """The service runs; its group's screen finds it, a stranger and a cashier's other tools find nothing."""
    must(version() in root.expect(["cata-bridge", "version"], user=CASHIER), "the installed program has another version")
    with service(root):
        must(root.run(["cat", NOTE], user=CASHIER).returncode != 0, "everybody can read the agent's token")
        root.expect(["usermod", "-aG", "cata-bridge", CASHIER])
        told = root.expect(["stat", "--format", "%U %G %a", NOTE]).strip()
        must(told == "cata-bridge cata-bridge 640", f"{NOTE} is {told}")
        root.expect(["cat", NOTE], user=CASHIER)
        must(root.run(["ls", HOME], user=CASHIER).returncode != 0, "a cashier can look into the service's home")
        root.expect(["cata-bridge-screen", "--offscreen-smoke"], user=CASHIER)
        must('"state"' in root.expect(["cata-bridge-service", "--json", "status"]), "the service does not answer root")
        # No systemd runs in here, so the removal itself stops nothing; that it was empty must be known beforehand.
        root.expect(["dpkg", "--remove", "cata-bridge"])
    root.expect(["test", "-e", f"{HOME}/data/bridge.db"])
    root.expect(["test", "-e", f"{HOME}/nothing-unsent"])


def remove(root: Throwaway) -> None:
    """A purge after everything had been sent."""
    strays = [path for path in root.changes() if path.startswith(("opt/", "usr/")) and "cata-bridge" in path]
    must(not strays, f"a removal leaves {strays[:5]}")
    root.expect(["dpkg", "--purge", "cata-bridge"])
    must(root.run(["test", "-e", HOME]).returncode != 0, f"a purge leaves {HOME}, although everything was sent")
    must(root.run(["getent", "passwd", "cata-bridge"]).returncode != 0, "a purge leaves the service's user")


def nothing_left(root: Throwaway, before: set[str]) -> None:
    """No file of ours, and no change to anybody's but the books of dpkg and of users."""
    for path in sorted(root.changes() - before):
        if Path(path).name in CACHES:
            continue
        name = path.removesuffix("-").removeprefix("etc/")
        known = path.startswith(BOOKKEEPING) and (not path.startswith("etc/") or name in USER_FILES)
        must(known and "cata-bridge" not in Path(path).name, f"left behind: /{path}")


def unsent_entries_survive(root: Throwaway) -> None:
    """A purge with an entry that was not sent keeps the home and says so."""
    with service(root, NO_CLOUD):
        must(root.expect([python(), "-c", EARN, NOTE]).strip() == "201", "the agent did not take the entry")
        said = root.run(["dpkg", "--purge", "cata-bridge"])
    must(said.returncode == 0 and "was kept" in said.stderr, f"the purge said: {said.stdout}{said.stderr}")
    root.expect(["test", "-s", f"{HOME}/data/bridge.db"])


@contextmanager
def service(root: Throwaway, env: Sequence[str] = ()) -> Iterator[None]:
    """The agent as systemd would start it from the unit."""
    unit = (control.PACKAGE / "cata-bridge.service").read_text(encoding="utf-8")
    command = settings(unit, "ExecStart")[0].split()
    root.expect(
        [
            "install",
            "-d",
            "-m",
            settings(unit, "RuntimeDirectoryMode")[0],
            "-o",
            "cata-bridge",
            "-g",
            "cata-bridge",
            "/run/cata-bridge",
        ]
    )
    given = [*settings(unit, "Environment"), "RUNTIME_DIRECTORY=/run/cata-bridge", *env]
    with root.background(command, user="cata-bridge", env=given) as agent:
        wait_for(root, agent)
        yield
    root.expect(["rm", "-rf", "/run/cata-bridge"])


def settings(unit: str, name: str) -> list[str]:
    """Every value of a setting of a unit, in order."""
    return [line.partition("=")[2] for line in unit.splitlines() if line.startswith(f"{name}=")]


def wait_for(root: Throwaway, agent: subprocess.Popen[bytes]) -> None:
    """Until the agent has said where it listens; raises BuildStopped."""
    deadline = perf_counter() + PATIENCE_S
    while root.run(["test", "-e", NOTE]).returncode != 0:
        must(agent.poll() is None and perf_counter() < deadline, f"the service did not come up (exit {agent.poll()})")
        sleep(0.1)


def must(holds: bool, otherwise: str) -> None:
    """Raises BuildStopped with what was found instead."""
    if not holds:
        raise BuildStopped(f"The package is not as promised: {otherwise}")


def main() -> int:
    """The exit code."""
    packages = sorted(DIST.glob("cata-bridge_*.deb"), key=lambda path: path.stat().st_mtime)
    try:
        must(bool(packages), f"there is none in {DIST}; run: make build")
        check(packages[-1])
    except BuildStopped as stopped:
        sys.stderr.write(f"{stopped}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
