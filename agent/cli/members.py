"""Members from the command line: erase what this till keeps about one."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from agent.cli.connection import TillApi, till_api
from agent.cli.invocation import Invocation, say_json
from agent.cli.terminal import hidden, is_person, say
from agent.core.errors import NeedsPerson

commands = typer.Typer()
member = typer.Typer(help="What this till keeps about members.", no_args_is_help=True)
commands.add_typer(member, name="member")


@member.command("erase")
def erase(
    context: typer.Context,
    identifier: Annotated[
        str | None, typer.Argument(metavar="[IDENTIFIER]", help="Phone, e-mail, code or Cata's id; left out, it is asked for.")
    ] = None,
    pin: Annotated[bool, typer.Option("--pin", help="Ask for the manager's PIN, or read it from stdin.")] = False,
) -> None:
    """Forget a member on this till: cache, links, and entries and orders that have ended."""
    from agent.settings import load

    invocation = Invocation.of(context)
    api = till_api(invocation.home)
    # Other users of this computer can read what stands in a command line.
    who = identifier or hidden("Member's phone, e-mail or code")
    try:
        gone = _erased(api, who, ask_pin=pin)
    except NeedsPerson as error:
        if error.reason != "pin_required" or pin or not is_person():
            raise
        gone = _erased(api, who, ask_pin=True)
    if invocation.as_json:
        say_json(gone)
    else:
        say(f"Erased here: {gone['entries']} entries, {gone['orders']} orders, {gone['deliveries']} deliveries, and the cache.")
        cloud = load(invocation.home).cloud.provider.title()
        say(f"{cloud} keeps its own record of the member; ask {cloud} to erase that.")


def _erased(api: TillApi, identifier: str, *, ask_pin: bool) -> Any:
    pin = {"pin": hidden("Manager's PIN")} if ask_pin else {}
    return api.post("members", "erase", body={"identifier": identifier, **pin})
