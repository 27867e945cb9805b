"""Secrets from stdin into this computer's store; they are never shown, and never part of a command line."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Annotated

import typer

from agent.cli.connection import TillApi
from agent.cli.invocation import Invocation, say_json
from agent.cli.terminal import hidden, say
from agent.core.errors import CataBridgeError, InvalidInput
from agent.instance import running
from agent.paths import Home

if TYPE_CHECKING:
    from agent.secrets import Secrets

log = logging.getLogger(__name__)

commands = typer.Typer()
secret = typer.Typer(help="Keys and passwords of this till.", no_args_is_help=True)
commands.add_typer(secret, name="secret")

Name = Annotated[str, typer.Argument(metavar="NAME", help="api-key, webhook-secret, manager-pin, ... or device/NAME.")]
WEAK = "This computer offers no safe place for secrets: they lie in a file that only this user can read."


@secret.command("set")
def set_secret(context: typer.Context, name: Name) -> None:
    """Keep the secret that is typed or comes on stdin."""
    home = Invocation.of(context).home
    store = _store(home)
    refuse_own_key(name)
    store.set(name, hidden(name))
    say(f"{name} is kept.")
    if store.is_weak:
        say(WEAK)
    tell_agent(home)


@secret.command("list")
def list_secrets(context: typer.Context) -> None:
    """Print the names of the secrets that are there."""
    invocation = Invocation.of(context)
    store = _store(invocation.home)
    if invocation.as_json:
        say_json({"secrets": store.names(), "weak": store.is_weak})
        return
    for name in store.names():
        say(name)


@secret.command("clear")
def clear_secret(context: typer.Context, name: Name) -> None:
    """Forget a secret."""
    home = Invocation.of(context).home
    refuse_own_key(name)
    _store(home).clear(name)
    say(f"{name} is forgotten.")
    tell_agent(home)


def tell_agent(home: Home) -> None:
    """Let a running agent use what has changed at once; one that cannot be told finds out by itself."""
    agent = running(home)
    if agent is None:
        return
    try:
        TillApi(agent).post("cloud", "probe")
    except CataBridgeError as error:
        log.info("agent not told of a secret reason=%s", error.reason)


def _store(home: Home) -> Secrets:
    from agent.secrets import Secrets

    return Secrets(home)


def refuse_own_key(name: str) -> None:
    """Raises InvalidInput for the key this till made itself: another one would make all that is stored unreadable."""
    from agent.secrets import SEAL_KEY

    if name == SEAL_KEY:
        raise InvalidInput("unknown_secret", "This key belongs to Cata Bridge itself and cannot be changed.")
