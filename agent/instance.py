"""One agent a home: the lock that a second start meets, and the note by which others find the running agent."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from agent.core.errors import NeedsPerson, NotSaved
from agent.file_lock import FileLock
from agent.paths import Home, write_private
from agent.redaction import hide

ALREADY_RUNNING = "already_running"
"""The reason by which the command line exits 3."""
GROUP_FILE = 0o640


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningAgent:
    """What run/agent.json says."""

    pid: int
    version: str
    url: str
    token: str = field(repr=False)


class Instance:
    """Held by the agent from its first step to its last."""

    def __init__(self, home: Home, env: Mapping[str, str] | None = None) -> None:
        """Raises NeedsPerson `already_running` when another agent has this home, NotSaved when it cannot be written."""
        self._home = home
        self._desk_note = desk_note(os.environ if env is None else env)
        self._lock = FileLock(home.prepare().lock_file)
        try:
            taken = self._lock.take()
        except OSError as error:
            raise _unwritable(home, error) from None
        if not taken:
            raise NeedsPerson(ALREADY_RUNNING, "Cata Bridge is already running here.")
        home.run_file.unlink(missing_ok=True)

    def announce(self, *, version: str, url: str, token: str) -> None:
        """Tell the screen and the command line where the agent listens; raises NotSaved."""
        note = RunningAgent(pid=os.getpid(), version=version, url=url, token=token)
        hide(token)
        try:
            write_private(self._home.run_file, json.dumps(asdict(note)).encode())
            if self._desk_note is not None:
                write_private(self._desk_note, json.dumps(asdict(note)).encode())
                self._desk_note.chmod(GROUP_FILE)
        except OSError as error:
            raise _unwritable(self._home, error) from None

    def close(self) -> None:
        """Take the note away and let the next agent start; a second call does nothing."""
        if self._lock.is_held:
            for note in (self._home.run_file, self._desk_note):
                if note is not None:
                    note.unlink(missing_ok=True)
            self._lock.free()

    def __enter__(self) -> Instance:
        return self

    def __exit__(self, *failure: object) -> None:
        self.close()


def desk_note(env: Mapping[str, str]) -> Path | None:
    """A service's second note, for its group alone: its home is closed to the people whose screens must find it."""
    folder = env.get("RUNTIME_DIRECTORY")
    return Path(folder) / "agent.json" if folder and env.get("CATA_BRIDGE_SERVICE") else None


def running(home: Home) -> RunningAgent | None:
    """The agent of this home, or None; the note of an agent that died without taking it away does not count."""
    try:
        note = json.loads(home.run_file.read_bytes())
        agent = RunningAgent(pid=int(note["pid"]), version=str(note["version"]), url=str(note["url"]), token=str(note["token"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return agent if agent.pid > 0 and _is_alive(agent.pid) else None


def _unwritable(home: Home, error: OSError) -> NotSaved:
    return NotSaved("home_not_writable", f"The folder {home.root} cannot be written.", details=type(error).__name__)


if sys.platform == "win32":  # pragma: no cover - the other branch is this one's test on other systems
    import ctypes

    STILL_ACTIVE = 259
    QUERY = 0x1000

    def _is_alive(pid: int) -> bool:
        kernel = ctypes.windll.kernel32
        process = kernel.OpenProcess(QUERY, False, pid)
        if not process:
            return False
        code = ctypes.c_ulong()
        kernel.GetExitCodeProcess(process, ctypes.byref(code))
        kernel.CloseHandle(process)
        return code.value == STILL_ACTIVE

else:

    def _is_alive(pid: int) -> bool:
        try:
            os.kill(pid, 0)
        except PermissionError:
            return True
        except (ProcessLookupError, OverflowError):
            return False
        return True
