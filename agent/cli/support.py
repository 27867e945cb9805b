"""What support asks for: how the till is, what is broken, what is plugged in, which orders there are."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from agent.cli.connection import TillApi, shaped, till_api
from agent.cli.exits import FAILED
from agent.cli.invocation import Invocation, say_json
from agent.cli.terminal import complain, show
from agent.instance import running

commands = typer.Typer()


@commands.command()
def status(context: typer.Context) -> None:
    """Show everything at a glance."""
    invocation = Invocation.of(context)
    answer = till_api(invocation.home).get("status")
    if invocation.as_json:
        say_json(answer)
        return
    from agent.api.schema import Status
    from agent.cli.views import status_view

    show(status_view(shaped(Status, answer)))


@commands.command()
def doctor(context: typer.Context) -> None:
    """Try the chain to the cloud; name the first broken link and who can fix it. Ends with 1 when one is broken."""
    from agent.api.schema import Doctor, probe_view
    from agent.cli.views import probes_view

    invocation = Invocation.of(context)
    agent = running(invocation.home)
    if agent is not None:
        chain = shaped(Doctor, TillApi(agent).get("doctor"))
    else:
        from agent.cli.probes import examine

        chain = Doctor(probes=[probe_view(probe) for probe in asyncio.run(examine(invocation.home))])
    if invocation.as_json:
        say_json(chain.model_dump(mode="json"))
    else:
        show(probes_view(chain.probes))
    broken = next((probe for probe in chain.probes if not probe.ok), None)
    if broken is not None:
        complain(f"{broken.sentence} Who can fix it: {broken.who}." if broken.who else broken.sentence)
        raise typer.Exit(FAILED)


@commands.command()
def devices(
    context: typer.Context,
    drivers: Annotated[bool, typer.Option("--drivers", help="The kinds of devices there are, with their settings.")] = False,
    outlets: Annotated[str, typer.Option("--outlets", metavar="NAME", help="The shops that the POS of this name knows.")] = "",
) -> None:
    """Show what is plugged in and how it is."""
    invocation = Invocation.of(context)
    if drivers:
        _drivers(as_json=invocation.as_json)
        return
    if outlets:
        _outlets(invocation, outlets)
        return
    answer = till_api(invocation.home).get("devices")
    if invocation.as_json:
        say_json(answer)
        return
    from agent.api.schema import Devices
    from agent.cli.views import devices_view

    found = shaped(Devices, answer).devices
    show(devices_view(found) if found else "No device is set up.")


@commands.command()
def orders(
    context: typer.Context,
    all_of_them: Annotated[bool, typer.Option("--all", help="Also those that are done.")] = False,
) -> None:
    """List the orders, without their customers."""
    invocation = Invocation.of(context)
    answer = till_api(invocation.home).get("orders", state="all" if all_of_them else "open")
    if invocation.as_json:
        say_json(answer)
        return
    from agent.api.schema import Orders
    from agent.cli.views import orders_view

    found = shaped(Orders, answer).orders
    show(orders_view(found) if found else "There are no orders." if all_of_them else "There are no open orders.")


def _drivers(*, as_json: bool) -> None:
    from agent.cli.views import drivers_view
    from drivers.registry import describe

    rows = describe()
    if as_json:
        say_json({"drivers": rows})
    else:
        show(drivers_view(rows))


def _outlets(invocation: Invocation, name: str) -> None:
    from agent.cli.views import outlets_view
    from agent.secrets import Secrets
    from agent.settings import load
    from agent.setup.outlets import outlets_of

    found = asyncio.run(outlets_of(invocation.home, load(invocation.home), Secrets(invocation.home), name))
    if invocation.as_json:
        say_json({"outlets": [{"id": outlet.id, "name": outlet.name} for outlet in found]})
    else:
        show(outlets_view(found) if found else "This account has no outlets.")
