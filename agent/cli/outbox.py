"""The outbox from the command line: look at entries, send one now, give one up."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from agent.cli.connection import TillApi, shaped, till_api
from agent.cli.exits import FAILED
from agent.cli.invocation import Invocation, say_json
from agent.cli.terminal import complain, hidden, is_person, say, show
from agent.core.entry import EntryKind, EntryState
from agent.core.errors import NeedsPerson

commands = typer.Typer()
outbox = typer.Typer(help="What waits to be sent to the cloud, and what became of it.", no_args_is_help=True)
commands.add_typer(outbox, name="outbox")

EntryId = Annotated[str, typer.Argument(metavar="ID", help="As `outbox list` shows it.")]
File = Annotated[str, typer.Argument(metavar="FILE")]


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
    page = till_api(invocation.home).get("outbox", state=state, kind=kind, limit=limit, after=after)
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
    _print(context, _api(context).get("outbox", entry_id))


@outbox.command("retry")
def retry(context: typer.Context, entry_id: EntryId) -> None:
    """Send a pending or parked entry now."""
    _print(context, _api(context).post("outbox", entry_id, "retry"))


@outbox.command("discard")
def discard(
    context: typer.Context,
    entry_id: EntryId,
    reason: Annotated[str, typer.Option(metavar="R", help="Why; it is kept for ever.")],
    pin: Annotated[bool, typer.Option("--pin", help="Ask for the manager's PIN, or read it from stdin.")] = False,
) -> None:
    """Give an entry up for good."""
    api = _api(context)
    try:
        gone = _discarded(api, entry_id, reason, ask_pin=pin)
    except NeedsPerson as error:
        if error.reason != "pin_required" or pin or not is_person():
            raise
        gone = _discarded(api, entry_id, reason, ask_pin=True)
    _print(context, gone)


@outbox.command("export")
def export_entries(file: File) -> None:
    """Write the encrypted evacuation file (in a later version)."""
    _later("Exporting")


@outbox.command("import")
def import_entries(file: File) -> None:
    """Take an evacuation file in (in a later version)."""
    _later("Importing")


def _discarded(api: TillApi, entry_id: str, reason: str, *, ask_pin: bool) -> Any:
    pin = {"pin": hidden("Manager's PIN")} if ask_pin else {}
    return api.post("outbox", entry_id, "discard", body={"reason": reason, **pin})


def _api(context: typer.Context) -> TillApi:
    return till_api(Invocation.of(context).home)


def _print(context: typer.Context, entry: Any) -> None:
    if Invocation.of(context).as_json:
        say_json(entry)
        return
    from agent.api.schema import Entry
    from agent.cli.views import entry_view

    show(entry_view(shaped(Entry, entry)))


def _later(what: str) -> None:
    complain(f"{what} the outbox is not part of this version of Cata Bridge.")
    raise typer.Exit(FAILED)
