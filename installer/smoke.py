"""Starts the frozen programs as a shop would and stops the build when they do not keep their promises."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter, sleep

from installer.freeze import CONSOLE, LANGUAGES, WINDOWED
from installer.steps import FROZEN, BuildStopped, megabytes, say, size, tail, version

PATIENCE_S = 180.0
LOOK_EVERY_S = 0.05
KEPT = ("PATH", "LANG", "TZ", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR")
"""Of our environment, what a till also has; nothing of Python's or the build's."""
DRIVERS = ("devices", "--drivers", "--json")
PYTHON = Path(sys.executable)
EXPECTED = ("This plugin does not support propagateSizeHints()", "qt.text.font.db: OpenType support missing for ")
"""Beginnings of lines that Qt writes where there is no display, or no font for a language that it offers."""


@dataclass(frozen=True, slots=True)
class Ended:
    """One run of a program."""

    code: int
    out: str
    err: str
    seconds: float


def check(folder: Path) -> None:
    """Try the programs in `folder` and print the figures; raises BuildStopped."""
    with tempfile.TemporaryDirectory(prefix="cata-bridge-smoke-") as place:
        home = Path(place) / "home"
        told = expect(folder, [CONSOLE, "version"], home)
        if version() not in told.out:
            raise BuildStopped(f"The frozen program says it is {told.out.strip()!r} and not {version()}.")
        drivers = expect(folder, [CONSOLE, *DRIVERS], home)
        refuse_lost_drivers(drivers.out, here=expect(PYTHON.parent, [PYTHON.name, "-m", "agent", *DRIVERS], home).out)
        tour = expect(folder, [CONSOLE, "demo", "--headless"], home)
        refuse_failed_tour(tour.out)
        screens = painted(folder, home)
    say(f"Size {megabytes(size(folder))}. Started in {told.seconds:.1f} s.")
    say(f"Tour played in {tour.seconds:.1f} s. Screen painted in {min(screens):.1f} s, in {len(screens)} languages.")


def painted(folder: Path, home: Path) -> list[float]:
    """Seconds of the screen in each language, offscreen; it ends by itself once it has painted what a running agent says."""
    taken = []
    with running_agent(folder, home):
        for language in LANGUAGES:
            (home / "screen.json").write_text(json.dumps({"language": language}), encoding="utf-8")
            taken.append(expect(folder, [WINDOWED, "--home", str(home), "--no-start", "--offscreen-smoke"], home).seconds)
    return taken


def expect(folder: Path, command: Sequence[str], home: Path) -> Ended:
    """A run that ends well and has nothing to say on stderr; raises BuildStopped."""
    ended = started(folder, command, home)
    words = " ".join(command)
    if ended.code != 0:
        raise BuildStopped(f"{words} ended with {ended.code}:\n{tail(ended.out)}\n{tail(ended.err)}")
    if strange := unexpected(ended.err):
        raise BuildStopped(f"{words} had something to say:\n{tail(strange)}")
    return ended


def unexpected(err: str) -> str:
    """The lines of stderr that nobody foresaw."""
    return "\n".join(line for line in err.splitlines() if line.strip() and not line.startswith(EXPECTED))


def started(folder: Path, command: Sequence[str], home: Path) -> Ended:
    """Run a program of the folder to its end."""
    begun = perf_counter()
    words = [str(folder / command[0]), *command[1:]]
    try:
        done = subprocess.run(
            words, env=environment(home), capture_output=True, text=True, timeout=PATIENCE_S, cwd=folder, check=False
        )
    except subprocess.TimeoutExpired:
        raise BuildStopped(f"{' '.join(command)} did not end within {PATIENCE_S:.0f} s.") from None
    return Ended(done.returncode, done.stdout, done.stderr, perf_counter() - begun)


@contextmanager
def running_agent(folder: Path, home: Path) -> Iterator[None]:
    """The frozen agent on ports of its own; raises BuildStopped when it does not come up or does not end."""
    env = {**environment(home), "CATA_BRIDGE_TILL_API__LISTEN": "127.0.0.1:0", "CATA_BRIDGE_WEBHOOK__LISTEN": ""}
    command = [str(folder / CONSOLE), "agent"]
    with subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as agent:
        try:
            wait_for(home / "run" / "agent.json", agent)
            yield
        finally:
            agent.send_signal(signal.SIGTERM)
            code = agent.wait(PATIENCE_S)
    if code != 0 and sys.platform != "win32":
        raise BuildStopped(f"The agent ended with {code} when it was asked to stop.")


def wait_for(note: Path, agent: subprocess.Popen[bytes]) -> None:
    """Until the agent has said where it listens; raises BuildStopped."""
    deadline = perf_counter() + PATIENCE_S
    while not note.exists():
        if agent.poll() is not None or perf_counter() > deadline:
            raise BuildStopped(f"The frozen agent did not come up (exit {agent.poll()}).")
        sleep(LOOK_EVERY_S)


def environment(home: Path, ours: Mapping[str, str] | None = None) -> dict[str, str]:
    """What a program is started with."""
    source = os.environ if ours is None else ours
    kept = {name: source[name] for name in KEPT if name in source}
    # A desktop's password store would keep the trial's secrets for ever.
    return {
        **kept,
        "HOME": str(home),
        "CATA_BRIDGE_HOME": str(home),
        "CATA_BRIDGE_SECRETS": "file",
        "QT_QPA_PLATFORM": "offscreen",
    }


def refuse_failed_tour(out: str) -> None:
    """Raises BuildStopped unless the tour's last line says that nothing was lost and nothing doubled."""
    last = out.strip().splitlines()[-1] if out.strip() else ""
    try:
        result = json.loads(last)
    except ValueError:
        result = {}
    if not isinstance(result, dict) or result.get("result") != "pass" or result.get("lost") or result.get("doubled"):
        raise BuildStopped(f"The frozen demo did not pass:\n{tail(out)}")


def refuse_lost_drivers(frozen: str, here: str) -> None:
    """Raises BuildStopped naming the first driver that says something else frozen than from the checkout `here`."""
    said = {driver["kind"]: driver["why_unavailable"] for driver in json.loads(frozen)["drivers"]}
    for driver in json.loads(here)["drivers"]:
        kind = driver["kind"]
        if said.get(kind) != driver["why_unavailable"]:
            raise BuildStopped(f"The driver {kind} is not itself in the frozen program; it says: {said.get(kind)}")


def main() -> int:
    """The exit code."""
    try:
        check(FROZEN)
    except BuildStopped as stopped:
        sys.stderr.write(f"{stopped}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
