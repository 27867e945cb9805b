"""First set-up in the terminal: where the cloud is, whose till this is, what is plugged in; written only at the end."""

from __future__ import annotations

import asyncio
import re
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from agent.cli.in_force import AT_THE_START, take_up
from agent.cli.invocation import Invocation
from agent.cli.secrets import WEAK
from agent.cli.terminal import ask, choose, complain, confirm, hidden, say
from agent.cli.unsent import refuse_to_move
from agent.core.errors import CataBridgeError, InvalidInput
from agent.instance import running
from agent.paths import Home

if TYPE_CHECKING:
    from agent.secrets import Secrets
    from agent.settings import CloudSettings, DeviceSettings, Settings

commands = typer.Typer()
KEY_SHAPE = re.compile(r"ck_(live|test)_[A-Za-z0-9]{16,64}")
"""Of Cockato's keys as its pages show them; another shape is doubted aloud and taken."""


class Provider(StrEnum):
    """The clouds there are."""

    CATA = "cata"
    COCKATO = "cockato"


ROLES = {"scanner": "a scanner", "printer": "a printer", "display": "a customer display", "pos": "a POS"}
"""What may be plugged in, in the order of the questions."""


@commands.command()
def setup(
    context: typer.Context,
    cloud: Annotated[Provider | None, typer.Option(help="Which cloud it is; left out, the one that is set.")] = None,
) -> None:
    """Set this till up by answering a few questions."""
    from agent.secrets import API_KEY, Secrets
    from agent.settings import load
    from agent.settings_file import update

    home = Invocation.of(context).home.prepare()
    secrets, before = Secrets(home), load(home)
    provider = cloud.value if cloud else before.cloud.provider
    url, key = _cloud(before.cloud.model_copy(update={"provider": provider}), secrets)
    changes: dict[str, object] = {"cloud.base_url": url, **_outlet(before, provider.title())}
    if provider != before.cloud.provider:
        changes["cloud.provider"] = provider
    refuse_to_move(home, (before.outlet.id, changes["outlet.id"]), (before.cloud.base_url.rstrip("/"), url))
    devices, device_keys = _devices(before)
    if devices != list(before.devices):
        changes["devices"] = devices
    settings = update(home, {name: value for name, value in changes.items() if value != ""})
    keys = {name: value for name, value in {API_KEY: key, **device_keys}.items() if value}
    for name, value in keys.items():
        secrets.set(name, value)
    if secrets.is_weak:
        say(WEAK)
    _test_scan(home, settings)
    _finish(home, is_changed=bool(keys) or load(home) != before)


def _cloud(before: CloudSettings, secrets: Secrets) -> tuple[str, str]:
    """Base URL and new key, tried out; an empty key keeps the one there is."""
    from agent.secrets import API_KEY
    from agent.settings import check

    url, name = before.base_url, before.provider.title()
    while True:
        url = ask(f"Address of the cloud (from {name}, beginning with https://)", url).rstrip("/")
        known = secrets.get(API_KEY)
        key = hidden(f"Key from {name} (not shown{'; empty keeps the one there is' if known else ''})", optional=True)
        try:
            if key and before.provider == "cockato" and not KEY_SHAPE.fullmatch(key):
                complain("This does not look like one of Cockato's keys, which begin with ck_live_ or ck_test_.")
            cloud = check({"cloud": {**before.model_dump(exclude_defaults=True), "base_url": url}}).cloud
            say(asyncio.run(_whoami(cloud, key or known)))
        except CataBridgeError as error:
            complain(error.message)
            if isinstance(error, InvalidInput) or confirm("Enter address and key again?", default=True):
                continue
        return url, key


async def _whoami(cloud: CloudSettings, key: str | None) -> str:
    from agent.setup.asking import asked

    async with asked(cloud, key) as asking:
        known = await asking.whoami()
    if known is None:
        return "Cockato accepts this key."
    until = f"until {known.expires_at:%Y-%m-%d}" if known.expires_at else "for good"
    return f"Cata knows this key: {known.subdomain or known.tenant_id}, {until}."


def _outlet(before: Settings, cloud: str) -> dict[str, object]:
    outlet = before.outlet
    return {
        "outlet.id": ask(f"Id of the outlet (from {cloud})", outlet.id),
        "outlet.name": ask("Name of the outlet", outlet.name),
        "outlet.till": ask("Name of this till", outlet.till),
    }


def _devices(before: Settings) -> tuple[list[DeviceSettings], dict[str, str]]:
    """All devices from now on, and the keys of the new ones by name of their secret."""
    from agent.cli.device_questions import ask_device

    devices, keys = list(before.devices), {}
    for device in devices:
        say(f"Already there: {device.name} ({device.driver})")
    for role, article in ROLES.items():
        while confirm(f"Add {article}?", default=False):
            device, key = ask_device(role, taken=[each.name for each in devices])
            devices.append(device)
            keys[f"device/{device.name}"] = key
    return devices, keys


def _test_scan(home: Home, settings: Settings) -> None:
    """Offered where a scanner is set up and no agent holds it."""
    from drivers.registry import spec_of

    scanners = [device for device in settings.devices if spec_of(device.driver).role == "scanner"]
    if not scanners or running(home) or not confirm("Try the scanner now?", default=True):
        return
    from agent.setup.first_scan import first_scan

    names = [device.name for device in scanners]
    name = names[0] if len(names) == 1 else choose("Which one?", dict.fromkeys(names, ""))
    scanner = scanners[names.index(name)]
    say("Scan any code.")
    try:
        code = asyncio.run(first_scan(home, settings, scanner, complain))
        say(f"The scanner read: {code.text}")
    except CataBridgeError as error:
        complain(f"{error.message} The set-up is kept; look at the scanner later.")


def _finish(home: Home, *, is_changed: bool) -> None:
    say("Set-up is complete.")
    if not running(home):
        say(f"{AT_THE_START.sentence} Start it with: cata-bridge")
    elif is_changed:
        say(take_up(home).sentence)
