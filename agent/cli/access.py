"""Who may call the till API: tokens, and one-time codes for pairing.

The running agent holds the database for itself, so it is asked; without one the database is opened here.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated, Any, Protocol

import typer

from agent.cli.connection import TillApi
from agent.cli.invocation import Invocation, say_json
from agent.cli.terminal import say
from agent.instance import running
from agent.paths import Home

commands = typer.Typer()
token = typer.Typer(help="Programs that may call this till.", no_args_is_help=True)
commands.add_typer(token, name="token")


class Scope(StrEnum):
    """What a program may do."""

    POS = "pos"
    BOARD = "board"
    SCREEN = "screen"


ProgramName = Annotated[str, typer.Option("--name", metavar="N", help="Who it is for, such as pos-1.")]


@token.command("create")
def create(
    context: typer.Context,
    name: ProgramName,
    scope: Annotated[list[Scope] | None, typer.Option(help="What it may do; may be given more than once.")] = None,
) -> None:
    """Print a new token, alone, this once."""
    invocation = Invocation.of(context)
    made = _desk(invocation.home).create(name, [str(each) for each in scope or [Scope.POS]])
    if invocation.as_json:
        say_json(made)
    else:
        say(made["token"])


@token.command("list")
def list_tokens(context: typer.Context) -> None:
    """Print who may call; never the tokens."""
    invocation = Invocation.of(context)
    found = _desk(invocation.home).list()
    if invocation.as_json:
        say_json({"tokens": found})
        return
    for each in found:
        say(f"{each['name']}  {', '.join(each['scopes'])}")


@token.command("revoke")
def revoke(context: typer.Context, name: Annotated[str, typer.Argument(metavar="N")]) -> None:
    """Take a program's token away."""
    _desk(Invocation.of(context).home).revoke(name)
    say(f"{name} may not call any more.")


@commands.command()
def pair(context: typer.Context, name: ProgramName) -> None:
    """Print a one-time code of 8 digits, good for 2 minutes and 5 tries."""
    invocation = Invocation.of(context)
    code = _desk(invocation.home).pairing_code(name)
    if invocation.as_json:
        say_json(code)
    else:
        say(code["code"])


class Desk(Protocol):
    """Where tokens are given out and taken back."""

    def create(self, name: str, scopes: Sequence[str]) -> Any:
        """`{"name", "token", "scopes"}`; raises Conflict `name_taken`."""
        ...

    def list(self) -> Any:
        """Rows with `name`, `scopes` and times."""
        ...

    def revoke(self, name: str) -> None:
        """Raises Refused `token_unknown`."""
        ...

    def pairing_code(self, name: str) -> Any:
        """`{"code", "expires_at"}`."""
        ...


class AgentDesk:
    """Asks the running agent."""

    def __init__(self, api: TillApi) -> None:
        self._api = api

    def create(self, name: str, scopes: Sequence[str]) -> Any:
        """A new token."""
        return self._api.post("tokens", body={"name": name, "scopes": list(scopes)})

    def list(self) -> Any:
        """Tokens in force."""
        return self._api.get("tokens")["tokens"]

    def revoke(self, name: str) -> None:
        """Ends at once."""
        self._api.post("tokens", name, "revoke")

    def pairing_code(self, name: str) -> Any:
        """A fresh one."""
        return self._api.post("pairing", "codes", body={"name": name})


def _desk(home: Home) -> Desk:
    agent = running(home)
    if agent is not None:
        return AgentDesk(TillApi(agent))
    from agent.cli.stored_access import StoredDesk

    return StoredDesk(home)
