"""What a package says of itself, and which file it puts where."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from pathlib import Path

from installer.freeze import CONSOLE, WINDOWED

PACKAGE = Path(__file__).with_name("package")
PROGRAMS = Path("opt/cata-bridge")
STATE = Path("var/lib/cata-bridge")
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}

DEPENDS = (
    "init-system-helpers",
    "libegl1",
    "libfontconfig1",
    "libgl1",
    "libxcb1",
    "passwd",
    "tzdata",
    "util-linux",
)
"""Of the libraries, those that must be the system's own; all others are in the folder."""
RECOMMENDS = (
    "fonts-noto-cjk",
    "fonts-noto-core",
    "libwayland-client0",
    "libwayland-cursor0",
    "libwayland-egl1",
    "systemd",
    "udev",
    "xkb-data",
)
SUGGESTS = ("unixodbc",)


@dataclass(frozen=True, slots=True)
class Placed:
    """One file of the package beside the frozen programs."""

    source: str
    target: str
    mode: int = 0o644


PLACED = (
    Placed("cata-bridge.sh", f"usr/bin/{CONSOLE}", 0o755),
    Placed("cata-bridge-screen.sh", f"usr/bin/{WINDOWED}", 0o755),
    Placed("cata-bridge-service.sh", "usr/sbin/cata-bridge-service", 0o755),
    Placed("cata-bridge.service", "usr/lib/systemd/system/cata-bridge.service"),
    Placed("60-cata-bridge.rules", "usr/lib/udev/rules.d/60-cata-bridge.rules"),
    Placed("cata-bridge.desktop", "usr/share/applications/cata-bridge.desktop"),
    Placed("cata-bridge-screen.desktop", "etc/xdg/autostart/cata-bridge-screen.desktop"),
    Placed("cata-bridge.svg", "usr/share/icons/hicolor/scalable/apps/cata-bridge.svg"),
)
DOCUMENTS = {"LICENSE": "copyright", "CHANGELOG.md": "CHANGELOG.md", "docs/installing.md": "installing.md"}
"""File of the repository -> its name in /usr/share/doc/cata-bridge."""
SCRIPTS = ("postinst", "prerm", "postrm")


def architecture(machine: str | None = None) -> str:
    """Debian's word for a processor; one that it has no word for stays as it is."""
    found = machine or platform.machine()
    return ARCHITECTURES.get(found, found)


def control(version: str, *, installed_bytes: int, libc: str, arch: str) -> str:
    """The text of DEBIAN/control; `libc` is the oldest C library that the programs run on."""
    fields = {
        "Package": "cata-bridge",
        "Version": version,
        "Architecture": arch,
        "Maintainer": "Cata Bridge contributors <cata-bridge@localhost>",
        "Installed-Size": str(-(-installed_bytes // 1024)),
        "Depends": ", ".join((f"libc6 (>= {libc})", *DEPENDS)),
        "Recommends": ", ".join(RECOMMENDS),
        "Suggests": ", ".join(SUGGESTS),
        "Section": "misc",
        "Priority": "optional",
        "Description": "Bridge between a shop's till and its ordering and loyalty cloud",
    }
    long = (
        "The agent takes in paid orders, earns and redeems points and keeps what",
        "cannot be sent yet; the screen shows it to staff. The agent runs as a",
        "service with a user of its own.",
    )
    return "".join(f"{name}: {value}\n" for name, value in fields.items()) + "".join(f" {line}\n" for line in long)
