"""The command `cata-bridge`: its global options, its commands, and the one edge where refusals become exit codes."""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from agent.cli import (
    access,
    backfill,
    bundle,
    logs,
    members,
    offline_burn,
    openapi,
    outbox,
    provision,
    reset,
    run,
    secrets,
    setup,
    support,
)
from agent.cli.exits import DONE, FAILED, INTERRUPTED, code_of
from agent.cli.invocation import EVERYWHERE, Invocation
from agent.cli.terminal import complain, tolerate_any_text
from agent.core.errors import CataBridgeError, NotSaved
from agent.paths import Home

log = logging.getLogger(__name__)

NAME = "cata-bridge"
FLAGS = frozenset({"--json", "--debug"})
SILENT = logging.NullHandler()
INTERNAL = "Something went wrong inside Cata Bridge."

app = typer.Typer(name=NAME, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None, epilog=EVERYWHERE)
MODULES = (run, setup, provision, secrets, access, support, logs, bundle, members, offline_burn, backfill, outbox, reset, openapi)
for module in MODULES:
    app.add_typer(module.commands)


@app.callback(invoke_without_command=True)
def cata_bridge(
    context: typer.Context,
    home: Annotated[Path | None, typer.Option(metavar="DIR", help="Where this till's files are.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Answer as JSON where there is something to read.")] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Write every detail to logs/command.log.")] = False,
    kitchen: Annotated[bool, typer.Option("--kitchen", help="The screen as a kitchen display.")] = False,
) -> None:
    """The bridge between a shop's till and its ordering and loyalty cloud. Without a command: the screen."""
    invocation = Invocation(home=Home.find(home), home_was_named=home is not None, as_json=as_json, debug=debug)
    context.obj = invocation
    if debug:
        log_to_file(invocation.home)
    if context.invoked_subcommand is None:
        raise typer.Exit(run.screen(invocation, kitchen=kitchen))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line; returns the exit code and lets no exception out."""
    tolerate_any_text()
    # People get sentences; without a handler the library would print warnings of the log among them.
    logging.getLogger().addHandler(SILENT)
    typed = list(sys.argv[1:] if arguments is None else arguments)
    try:
        app(hoisted(typed), prog_name=NAME)
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else DONE if ended.code is None else FAILED
    except CataBridgeError as error:
        log.info("command refused reason=%s details=%s", error.reason, error.details, exc_info=error)
        complain(error.message)
        return code_of(error)
    except KeyboardInterrupt:
        return INTERRUPTED
    # The outermost edge: whatever a command let through, people see a sentence and never a traceback.
    except Exception:
        log.exception("command failed")
        complain(INTERNAL if "--debug" in typed else f"{INTERNAL} Run it again with --debug and send logs/command.log.")
        return FAILED
    return DONE


def log_to_file(home: Home) -> None:
    """Every detail goes to logs/command.log from here on; raises NotSaved when that cannot be written."""
    from agent import logs as log_files

    try:
        log_files.start(home.prepare(), "command", level="debug")
    except OSError as error:
        raise NotSaved("log_not_saved", f"The folder {home.logs} cannot be written.", details=type(error).__name__) from None


def hoisted(arguments: Sequence[str]) -> list[str]:
    """The global options first, wherever they were typed; nothing behind `--` is touched."""
    ahead: list[str] = []
    rest: list[str] = []
    words = iter(arguments)
    for word in words:
        if word == "--":
            rest += [word, *words]
        elif word in FLAGS or word.startswith("--home="):
            ahead.append(word)
        elif word == "--home" and (folder := next(words, None)) is not None:
            ahead += [word, folder]
        else:
            rest.append(word)
    return ahead + rest
