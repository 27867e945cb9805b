"""Redeeming without a connection: what it can cost, and a manager's switch."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from agent.cli.connection import TillApi, shaped, till_api
from agent.cli.invocation import Invocation, say_json
from agent.cli.terminal import ask, hidden, is_person, say, show
from agent.core.errors import NeedsPerson

commands = typer.Typer()
offline_burn = typer.Typer(help="Redeeming points without a connection, within limits.", no_args_is_help=True)
commands.add_typer(offline_burn, name="offline-burn")

ROOM = "offline-burn"
By = Annotated[str | None, typer.Option("--by", metavar="NAME", help="Who does it, for the audit.")]


@offline_burn.command("status")
def status(context: typer.Context) -> None:
    """Show whether it is on, what it can cost at worst, and what it has cost."""
    invocation = Invocation.of(context)
    _tell(invocation, till_api(invocation.home).get(ROOM))


@offline_burn.command("on")
def on(
    context: typer.Context,
    worst_case: Annotated[
        str | None,
        typer.Option("--worst-case", metavar="AMOUNT", help="What it may cost; left out, it is shown and asked."),
    ] = None,
    by: By = None,
) -> None:
    """Switch it on: needs the worst case in money, typed, and the manager's PIN (asked, or the last line of stdin)."""
    invocation = Invocation.of(context)
    api = till_api(invocation.home)
    agreed = worst_case or _agreed(api)
    body = {"worst_case": agreed, "pin": hidden("Manager's PIN"), **_named(by)}
    _tell(invocation, api.post(ROOM, "on", body=body))


@offline_burn.command("off")
def off(context: typer.Context, by: By = None) -> None:
    """Switch it off at once; what was granted is settled as before."""
    invocation = Invocation.of(context)
    _tell(invocation, till_api(invocation.home).post(ROOM, "off", body=_named(by)))


@offline_burn.command("seen")
def seen(context: typer.Context, by: By = None) -> None:
    """Say that a manager has seen the discounts that no points were there for."""
    invocation = Invocation.of(context)
    api = till_api(invocation.home)
    try:
        answer = api.post(ROOM, "seen", body=_named(by))
    except NeedsPerson as error:
        if error.reason != "pin_required":
            raise
        answer = api.post(ROOM, "seen", body={"pin": hidden("Manager's PIN"), **_named(by)})
    _tell(invocation, answer)


def _agreed(api: TillApi) -> str:
    from agent.api.schema import OfflineBurn
    from agent.cli.views import money_text

    found = shaped(OfflineBurn, api.get(ROOM))
    worst, cap = money_text(found.worst_case), money_text(found.device_cap)
    if found.worst_case is not None and is_person():
        say(f"If {found.devices} tills are cut off at once and no member has a point left, this costs {worst} in one outage.")
        say(f"That is {cap} for each till. It is counted when a discount is given, and no till gives more.")
    return ask("Type the worst case to switch it on, such as 500.00")


def _named(by: str | None) -> dict[str, str]:
    return {} if by is None else {"by": by}


def _tell(invocation: Invocation, answer: Any) -> None:
    if invocation.as_json:
        say_json(answer)
        return
    from agent.api.schema import OfflineBurn
    from agent.cli.views import offline_burn_view

    show(offline_burn_view(shaped(OfflineBurn, answer)))
