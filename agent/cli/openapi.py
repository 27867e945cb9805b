"""What the program is and how the till API is called; both answer without an agent."""

from __future__ import annotations

import json
import platform

import typer

from agent import __version__
from agent.cli.invocation import Invocation, say_json
from agent.cli.terminal import say

commands = typer.Typer()


@commands.command()
def openapi() -> None:
    """Print the description of the till API (OpenAPI, JSON)."""
    from agent.api.app import describe

    say(json.dumps(describe(__version__).openapi(), ensure_ascii=False, indent=2))


@commands.command()
def version(context: typer.Context) -> None:
    """Print the version."""
    if Invocation.of(context).as_json:
        say_json({"version": __version__, "python": platform.python_version(), "platform": platform.platform()})
    else:
        say(f"Cata Bridge {__version__}")
