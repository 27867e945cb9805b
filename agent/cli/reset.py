"""Signing a till off: send what waits, write what is left into an evacuation file, then remove everything of the home."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from agent import evacuation_file
from agent.cli.evacuation import content_of, new_passphrase
from agent.cli.invocation import Invocation, say_json
from agent.cli.stored_outbox import check_pin, opened, taken
from agent.cli.terminal import ask, complain, hidden, say
from agent.core.clock import SystemClock, to_wire
from agent.core.errors import CataBridgeError, DamagedData, InvalidInput, NeedsPerson, NotSaved
from agent.instance import ALREADY_RUNNING, Instance, running
from agent.paths import Home

if TYPE_CHECKING:
    from agent.agent import Agent
    from agent.settings import Settings

WAIT_S = 60.0
LOOK_S = 0.2
commands = typer.Typer()


@commands.command()
def reset(
    context: typer.Context,
    evacuate: Annotated[Path | None, typer.Option(metavar="FILE", help="Where to write what cannot be sent.")] = None,
    passphrase_stdin: Annotated[bool, typer.Option("--passphrase-stdin", help="Read its passphrase from stdin.")] = False,
    wait_s: Annotated[float, typer.Option(min=0, help="How long to wait for what waits to be sent.")] = WAIT_S,
) -> None:
    """Sign this till off: send what waits, keep the rest in a file, then remove everything of this home."""
    invocation = Invocation.of(context)
    home = invocation.home
    _check_home(home, evacuate)
    with Instance(home):
        check_pin(home, hidden("Manager's PIN") if _has_pin(home) else None)
        settings = _settings(home)
        asyncio.run(_drained(home, settings, wait_s))
        entries = asyncio.run(_left(home))
        written_at = to_wire(SystemClock().now())
        place, passphrase = _file(evacuate, len(entries), from_stdin=passphrase_stdin)
        _confirm(settings.outlet.till)
        if place is not None:
            _keep(place, passphrase, content_of(settings.outlet.id, written_at, entries, final=True))
        _remove(home)
    _remove_rest(home)
    if invocation.as_json:
        say_json({"entries": len(entries), "path": str(place) if place else None})
    elif place is not None:
        say(f"{len(entries)} entries are in {place}. Import it on another till of this outlet.")
    if not invocation.as_json:
        say("This till is signed off and its files are gone.")


def _check_home(home: Home, evacuate: Path | None) -> None:
    if running(home):
        raise NeedsPerson(ALREADY_RUNNING, "Cata Bridge is running on this till. Stop it first, then run this again.")
    if not home.config.exists() and not home.data.exists():
        raise NeedsPerson("not_set_up", f"There is nothing of Cata Bridge in {home.root}.")
    if evacuate is not None and evacuation_file.check_place(evacuate).is_relative_to(home.root):
        raise InvalidInput("file_in_home", "The file must lie outside of the folder that is removed.")


def _has_pin(home: Home) -> bool:
    from agent.secrets import MANAGER_PIN, Secrets

    return bool(Secrets(home).get(MANAGER_PIN))


def _settings(home: Home) -> Settings:
    from agent.settings import load

    return load(home)


async def _drained(home: Home, settings: Settings, wait_s: float) -> None:
    """Send as much as can be sent in that time, with every door shut: nothing new is accepted meanwhile."""
    if not settings.cloud.base_url or not settings.outlet.id:
        return
    from agent.secrets import Secrets
    from agent.wiring.build import build

    agent = await build(home, settings, await asyncio.to_thread(Secrets, home))
    try:
        await agent.parts.sender.take_up()
        sending = [asyncio.create_task(run()) for run in (agent.parts.sender.run, agent.parts.prober.run)]
        try:
            await _watched(agent, wait_s)
        finally:
            for task in sending:
                task.cancel()
            await asyncio.gather(*sending, return_exceptions=True)
    finally:
        await agent.stop()


async def _watched(agent: Agent, wait_s: float) -> None:
    """Until nothing is on its way or time is up; says how many wait whenever that has changed."""
    clock = SystemClock()
    ends, said = clock.monotonic() + wait_s, 0
    while (count := (await agent.parts.outbox.counts()).pending) and clock.monotonic() < ends:
        if count != said:
            complain(f"Sending: {count} entries wait.")
            said = count
        await clock.sleep(LOOK_S)


async def _left(home: Home) -> list[Any]:
    """Entries that have not ended; raises NeedsPerson while paid orders wait for an answer."""
    async with opened(home) as stored:
        if orders := (await stored.orders.counts()).unacknowledged:
            sentence = f"{orders} paid orders have not been answered. Start Cata Bridge, answer them, then run this again."
            raise NeedsPerson("orders_wait", sentence)
        entries: list[Any] = []
        after: int | None = 0 if sum(((counts := await stored.outbox.counts()).pending, counts.parked)) else None
        while after is not None:
            page = await taken(stored.desk, after)
            entries += page["entries"]
            after = page["next"]
        return entries


def _file(evacuate: Path | None, count: int, *, from_stdin: bool) -> tuple[Path | None, str]:
    """Where what is left goes, and its passphrase; nowhere when nothing is left."""
    if not count:
        return None, ""
    if evacuate is None:
        sentence = f"{count} entries could not be sent. Name a file for them: cata-bridge reset --evacuate FILE"
        raise NeedsPerson("entries_wait", sentence)
    complain(f"{count} entries could not be sent; they go into {evacuate}.")
    return evacuation_file.check_place(evacuate), new_passphrase(from_stdin=from_stdin)


def _confirm(word: str) -> None:
    if ask(f"Type {word} to remove everything of this till") != word:
        raise InvalidInput("not_confirmed", "This was not confirmed, so nothing was removed.")


def _keep(place: Path, passphrase: str, content: dict[str, Any]) -> None:
    """Write the file and read it back; raises DamagedData when it does not hold what it should."""
    evacuation_file.write(place, passphrase, content)
    try:
        is_whole = evacuation_file.read(place, passphrase) == content
    except CataBridgeError:
        is_whole = False
    if not is_whole:
        raise DamagedData("file_not_whole", f"{place} does not read as it was written, so nothing was removed.")


def _remove(home: Home) -> None:
    """The data first and at once, so that no agent can send what the file holds now; then the secrets."""
    from agent.secrets import SEAL_KEY, Secrets

    secrets, gone = Secrets(home), home.root / "data.gone"
    try:
        shutil.rmtree(gone, ignore_errors=True)
        home.data.rename(gone)
        shutil.rmtree(gone)
    except OSError as error:
        raise _not_removed(home, error) from None
    for name in [*secrets.names(), SEAL_KEY]:
        secrets.clear(name)


def _remove_rest(home: Home) -> None:
    """What is ours; whatever else lies there stays, and then the folder too."""
    folders: Sequence[Path] = (home.secrets, home.logs, home.run)
    try:
        home.config.unlink(missing_ok=True)
        for folder in folders:
            if folder.exists():
                shutil.rmtree(folder)
        if not any(home.root.iterdir()):
            home.root.rmdir()
    except OSError as error:
        raise _not_removed(home, error) from None


def _not_removed(home: Home, error: OSError) -> NotSaved:
    return NotSaved("not_removed", f"Not everything in {home.root} could be removed.", details=type(error).__name__)
