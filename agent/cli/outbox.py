"""The outbox from the command line: look at entries, send one now, give one up, move them to another home."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from agent.cli.connection import TillApi, shaped, till_api
from agent.cli.evacuation import door, gathered, new_passphrase, passphrase_of_file, taken_in
from agent.cli.exits import FAILED
from agent.cli.invocation import Invocation, say_json
from agent.cli.terminal import complain, hidden, is_person, say, show
from agent.core.entry import EntryKind, EntryState
from agent.core.errors import NeedsPerson

commands = typer.Typer()
outbox = typer.Typer(help="What waits to be sent to the cloud, and what became of it.", no_args_is_help=True)
commands.add_typer(outbox, name="outbox")

EntryId = Annotated[str, typer.Argument(metavar="ID", help="As `outbox list` shows it.")]
File = Annotated[Path, typer.Argument(metavar="FILE")]
AskPin = Annotated[bool, typer.Option("--pin", help="Ask for the manager's PIN, or read it from stdin.")]
PassphraseStdin = Annotated[bool, typer.Option("--passphrase-stdin", help="Read the passphrase from the first line of stdin.")]
T = TypeVar("T")


@outbox.command("list")
def list_entries(
    context: typer.Context,
    state: Annotated[EntryState | None, typer.Option(help="Only entries in this state.")] = None,
    kind: Annotated[EntryKind | None, typer.Option(help="Only entries of this kind.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=500)] = 100,
    after: Annotated[str | None, typer.Option(metavar="ID", help="Go on behind this entry.")] = None,
) -> None:
    """List entries, oldest first."""
    invocation = Invocation.of(context)
    page = door(invocation.home).page(state=state, kind=kind, limit=limit, after=after)
    if invocation.as_json:
        say_json(page)
        return
    from agent.api.schema import Entries
    from agent.cli.views import entries_view

    entries = shaped(Entries, page)
    show(entries_view(entries.entries) if entries.entries else "There are no such entries.")
    if entries.next:
        say(f"There are more: --after {entries.next}")


@outbox.command("show")
def show_entry(context: typer.Context, entry_id: EntryId) -> None:
    """Show one entry with everything that is known about it."""
    _print(context, door(Invocation.of(context).home).one(entry_id))


@outbox.command("retry")
def retry(context: typer.Context, entry_id: EntryId) -> None:
    """Send a pending or parked entry now."""
    _print(context, _api(context).post("outbox", entry_id, "retry"))


@outbox.command("discard")
def discard(
    context: typer.Context,
    entry_id: EntryId,
    reason: Annotated[str, typer.Option(metavar="R", help="Why; it is kept for ever.")],
    pin: AskPin = False,
) -> None:
    """Give an entry up for good."""
    api = _api(context)

    def discarded(typed: str | None) -> Any:
        return api.post("outbox", entry_id, "discard", body={"reason": reason, **({"pin": typed} if typed else {})})

    _print(context, _as_manager(discarded, ask_pin=pin))


@outbox.command("export")
def export_entries(context: typer.Context, file: File, passphrase_stdin: PassphraseStdin = False, pin: AskPin = False) -> None:
    """Write everything that has not ended into an encrypted file for another home; nothing is removed here."""
    from agent import evacuation_file

    invocation = Invocation.of(context)
    place = evacuation_file.check_place(file)
    way = door(invocation.home)
    passphrase = new_passphrase(from_stdin=passphrase_stdin)
    content = _as_manager(lambda typed: gathered(way, typed), ask_pin=pin)
    count = len(content["entries"])
    if count:
        evacuation_file.write(place, passphrase, content)
    if invocation.as_json:
        say_json({"entries": count, "path": str(place) if count else None})
    elif count:
        say(f"{count} entries are in {place}. They are still here too, and are sent from here if they can be.")
    else:
        say("Nothing waits to be sent, so there is no file.")


@outbox.command("import")
def import_entries(context: typer.Context, file: File, passphrase_stdin: PassphraseStdin = False, pin: AskPin = False) -> None:
    """Take in what an encrypted file of another home of this outlet holds; the same file again changes nothing."""
    from agent import evacuation_file

    invocation = Invocation.of(context)
    way = door(invocation.home)
    content = evacuation_file.read(file, passphrase_of_file(from_stdin=passphrase_stdin))
    done = _as_manager(lambda typed: taken_in(way, content, typed), ask_pin=pin)
    if invocation.as_json:
        say_json(done)
    else:
        say(f"{done['recorded']} entries were taken in, {done['known']} were here already.")
        if done["overtaken"]:
            say(f"{done['overtaken']} were left out: this till has sent a newer menu or opening state.")
    if done["different"]:
        complain(f"The receipt of these was used here for something else, so they were left out: {', '.join(done['different'])}.")
        raise typer.Exit(FAILED)


def _as_manager(work: Callable[[str | None], T], *, ask_pin: bool) -> T:
    """What `work` gives for the PIN; a person is asked for it where it turns out to be needed."""
    try:
        return work(hidden("Manager's PIN") if ask_pin else None)
    except NeedsPerson as error:
        if error.reason != "pin_required" or ask_pin or not is_person():
            raise
        return work(hidden("Manager's PIN"))


def _api(context: typer.Context) -> TillApi:
    return till_api(Invocation.of(context).home)


def _print(context: typer.Context, entry: Any) -> None:
    if Invocation.of(context).as_json:
        say_json(entry)
        return
    from agent.api.schema import Entry
    from agent.cli.views import entry_view

    show(entry_view(shaped(Entry, entry)))
