"""The diagnostics bundle: one small zip that says how a till is and holds no secret and nothing personal."""

from __future__ import annotations

import asyncio
import io
import json
import platform
import re
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from agent import __version__
from agent.cli.connection import TillApi
from agent.cli.disk import disk_usage
from agent.cli.invocation import Invocation, say_json
from agent.cli.logs import history
from agent.cli.terminal import say
from agent.core.clock import Clock, SystemClock, to_wire
from agent.core.errors import CataBridgeError, NotSaved
from agent.core.ids import Ids, RandomIds
from agent.instance import running
from agent.paths import PRIVATE_FILE, Home

LOG_LINES = 500
LONGEST_LINE = 2000
LARGEST = 5 * 1024 * 1024
CODE_DIGITS = 6
LOGS = ("agent.log", "screen.log", "command.log")
commands = typer.Typer()


@commands.command()
def bundle(
    context: typer.Context,
    file: Annotated[Path | None, typer.Argument(metavar="[FILE]", help="Where to write it; else the current folder.")] = None,
) -> None:
    """Write a zip for support; it holds no secret and nothing personal, and is sent nowhere by itself."""
    invocation = Invocation.of(context)
    summary = summarise(invocation.home, SystemClock())
    path = destination(file, default_name(summary, SystemClock(), RandomIds()))
    parts = contents(invocation.home, summary)
    _write(path, packed(parts))
    if invocation.as_json:
        say_json({"path": str(path), "files": sorted(parts)})
    else:
        say(str(path))


def destination(file: Path | None, name: str) -> Path:
    """The file that was asked for; a folder gets the default name, and nothing means the current folder."""
    place = (file or Path.cwd()).expanduser().absolute()
    return place / name if place.is_dir() else place


def summarise(home: Home, clock: Clock) -> dict[str, Any]:
    """What is known of this till, for machines; redacted."""
    from agent.cli.redacted_config import redacted_config, without_personal_data

    summary: dict[str, Any] = {
        "made_at": to_wire(clock.now()),
        "version": __version__,
        "python": platform.python_version(),
        "system": platform.platform(),
        "install": "frozen" if getattr(sys, "frozen", False) else "package",
        "disk": _disk(home),
        "config": redacted_config(home),
        **_agents_word(home),
    }
    cleaned = without_personal_data(summary)
    assert isinstance(cleaned, dict)
    return cleaned


def contents(home: Home, summary: Mapping[str, Any]) -> dict[str, str]:
    """Name in the zip -> text."""
    from agent.redaction import redact

    parts = {"summary.json": json.dumps(summary, ensure_ascii=False, indent=2), "READ-ME.txt": read_me(summary)}
    for name in LOGS:
        lines, _ = history(home.logs / name, LOG_LINES)
        if lines:
            parts[f"logs/{name}"] = "".join(f"{redact(line[:LONGEST_LINE])}\n" for line in lines)
    return parts


def read_me(summary: Mapping[str, Any]) -> str:
    """One page for people."""
    broken = next((probe for probe in summary["doctor"] if not probe["ok"]), None)
    found = f"{broken['sentence']} Who can fix it: {broken['who'] or 'nobody yet known'}." if broken else "No broken link."
    return "\n".join(
        [
            "Cata Bridge diagnostics bundle",
            "",
            f"Made at   {summary['made_at']}",
            f"Version   {summary['version']} on {summary['system']}",
            f"Agent     {'running' if summary['agent']['running'] else 'not running'}",
            f"Found     {found}",
            "",
            "summary.json   versions, settings without secrets, probes, devices, counts of the outbox",
            f"logs/          the last {LOG_LINES} lines of each log",
            "",
            "Keys, tokens, phone numbers, e-mail addresses and names of members are not in here.",
            "Nothing has been sent anywhere; give this file to whoever asked for it.",
            "",
        ]
    )


def packed(parts: Mapping[str, str]) -> bytes:
    """The zip; logs are left out from the last on when it would be larger than LARGEST."""
    names = list(parts)
    while True:
        memory = io.BytesIO()
        with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as archive:
            for name in names:
                archive.writestr(name, parts[name])
        if memory.tell() <= LARGEST or len(names) <= 2:
            return memory.getvalue()
        names.pop()


def default_name(summary: Mapping[str, Any], clock: Clock, ids: Ids) -> str:
    """`outlet_date_code.zip`; the code lets people on the phone tell two bundles apart."""
    config = summary["config"]
    named = config.get("outlet", {}).get("name", "") if isinstance(config, dict) else ""
    outlet = re.sub(r"[^\w-]+", "-", str(named)).strip("-")[:40] or "outlet"
    return f"{outlet}_{clock.now():%Y-%m-%d}_{ids.digits(CODE_DIGITS)}.zip"


def _agents_word(home: Home) -> dict[str, Any]:
    """Status, probes, devices and entry counts: from the running agent, or as far as can be seen from outside."""
    agent = running(home)
    if agent is None:
        return {"agent": {"running": False}, "doctor": _probes(home)}
    api = TillApi(agent)
    try:
        status, doctor = api.get("status"), api.get("doctor")
    except CataBridgeError as error:
        said = {"running": True, "version": agent.version, "silent": error.message}
        return {"agent": said, "doctor": _probes(home)}
    return {
        "agent": {"running": True, "version": agent.version},
        "status": {key: value for key, value in status.items() if key != "devices"},
        "devices": status["devices"],
        "doctor": doctor["probes"],
    }


def _probes(home: Home) -> list[dict[str, Any]]:
    from agent.api.schema import probe_view
    from agent.cli.probes import examine

    return [probe_view(probe).model_dump(mode="json") for probe in asyncio.run(examine(home))]


def _disk(home: Home) -> dict[str, int]:
    usage = disk_usage(home)
    files = {path.name: path.stat().st_size for path in (home.db, home.cache, home.journal) if path.exists()}
    return {"free": usage.free, "total": usage.total, **files}


def _write(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
        path.chmod(PRIVATE_FILE)
    except OSError as error:
        sentence = f"The bundle cannot be written to {path}."
        raise NotSaved("bundle_not_saved", sentence, details=type(error).__name__) from None
