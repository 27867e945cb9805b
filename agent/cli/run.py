"""The commands that keep running: the screen, the agent, the practice cloud, the demo, the relay."""

from __future__ import annotations

import asyncio
import gc
import importlib
import importlib.util
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from agent.cli.exits import FAILED
from agent.cli.invocation import Invocation
from agent.cli.terminal import complain
from agent.core.errors import NeedsPerson

SANDBOX_LISTEN = "127.0.0.1:8799"
commands = typer.Typer()


@commands.command()
def agent(context: typer.Context) -> None:
    """Run the agent in the foreground; Ctrl-C or SIGTERM stops it cleanly."""
    # What an import makes stays for good: looking through it for garbage, now or later, is time lost.
    gc.disable()
    from agent.runtime import run_agent

    gc.freeze()
    gc.enable()
    raise typer.Exit(asyncio.run(run_agent(Invocation.of(context).home, announce=complain)))


@commands.command()
def demo(
    context: typer.Context,
    headless: Annotated[bool, typer.Option("--headless", help="Play the tour without a screen, check it and end.")] = False,
) -> None:
    """Run a whole outlet to look at: practice cloud, agent, simulated devices."""
    invocation = Invocation.of(context)
    # Only a home named on the line: the environment's may be a real shop's, and a demo belongs in neither.
    home = invocation.home.root if invocation.home_was_named else None
    play = importlib.import_module("agent.demo").run_demo
    raise typer.Exit(play(headless=headless or not has_display(os.environ, sys.platform), home=home))


@commands.command()
def sandbox(
    listen: Annotated[str, typer.Option(metavar="H:P", help="Where it listens; port 0 takes a free one.")] = SANDBOX_LISTEN,
    seed: Annotated[Path | None, typer.Option(metavar="FILE", help="Tenants, outlets and members it starts with.")] = None,
) -> None:
    """Run the practice cloud alone."""
    from agent.cli.practice import practise

    asyncio.run(practise(listen, seed))


@commands.command()
def relay(
    config: Annotated[Path | None, typer.Option(metavar="FILE", help="Settings of the relay.")] = None,
) -> None:
    """Keep orders for outlets that cannot be reached (in a later version)."""
    complain("The relay is not part of this version of Cata Bridge.")
    raise typer.Exit(FAILED)


def screen(invocation: Invocation, *, kitchen: bool = False) -> int:
    """The tray icon and the windows; returns when they are closed. Raises NeedsPerson where Qt is not installed."""
    # The one place where the agent names the screen: by name, so that it runs where Qt is not installed.
    try:
        window = importlib.import_module("gui.app")
    except ImportError as error:
        sentence = "The screen, or the Qt that it needs, is not installed here. The agent runs without it: cata-bridge agent"
        raise NeedsPerson("no_screen", sentence, details=str(error)) from error
    return int(window.main(["--home", str(invocation.home.root), *(["--kitchen"] if kitchen else [])]))


def has_display(env: Mapping[str, str], platform: str) -> bool:
    """Whether windows can be shown here."""
    if importlib.util.find_spec("PySide6") is None:
        return False
    if platform in {"win32", "darwin"}:
        return True
    return any(env.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))
