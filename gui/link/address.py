"""Where the running agent is: reads `run/agent.json`, and starts an agent where none runs."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import platformdirs
from PySide6.QtCore import QProcess

from gui.link.fields import as_object, text, whole

APP = "cata-bridge"
SIBLINGS = ("cata-bridge-agent", "cata-bridge")
"""Names of the frozen program that can run the agent, beside the screen's own."""


@dataclass(frozen=True, slots=True)
class Address:
    """How to reach one run of the agent."""

    url: str
    token: str = field(repr=False)
    pid: int = 0

    @property
    def port(self) -> int:
        """Of the agent's listener."""
        return urlsplit(self.url).port or 0


def find_home(option: str | None) -> Path:
    """`--home`, else CATA_BRIDGE_HOME, else the platform's place: as the agent finds it."""
    chosen = option or os.environ.get("CATA_BRIDGE_HOME")
    return Path(chosen).expanduser().absolute() if chosen else Path(platformdirs.user_data_dir(APP, appauthor=False))


def read_address(home: Path) -> Address | None:
    """The agent's address, or None when none has written one."""
    try:
        source = as_object(json.loads((home / "run" / "agent.json").read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return None
    url, token = text(source, "url"), text(source, "token")
    return Address(url.rstrip("/"), token, whole(source, "pid")) if url and token else None


def agent_command(home: Path) -> list[str]:
    """What starts the agent: this Python, or the frozen program beside this one."""
    rest = ["--home", str(home), "agent"]
    if not getattr(sys, "frozen", False):
        return [sys.executable, "-m", "agent", *rest]
    folder = Path(sys.executable).parent
    found = [folder / (name + Path(sys.executable).suffix) for name in SIBLINGS]
    return [str(next((path for path in found if path.exists()), Path(sys.executable))), *rest]


def start_agent(home: Path) -> bool:
    """Start the agent on its own, so that it outlives the screen; False when it could not be started."""
    program, *arguments = agent_command(home)
    process = QProcess()
    process.setProgram(program)
    process.setArguments(arguments)
    process.setStandardOutputFile(QProcess.nullDevice())
    process.setStandardErrorFile(QProcess.nullDevice())
    started = process.startDetached()
    return started[0] if isinstance(started, tuple) else bool(started)
