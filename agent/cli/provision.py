"""Set-up without questions: a TOML file of settings, and of references to secrets; safe to run again."""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import typer

from agent.cli.in_force import take_up
from agent.cli.invocation import Invocation, say_json
from agent.cli.secrets import refuse_own_key
from agent.cli.terminal import say
from agent.cli.unsent import refuse_to_move
from agent.core.errors import InvalidInput
from agent.paths import Home
from agent.setup.place import PLACE

LARGEST_FILE = 1024 * 1024
REFERENCES = ("env", "file")
commands = typer.Typer()


@commands.command()
def provision(context: typer.Context, file: Annotated[Path, typer.Argument(metavar="FILE")]) -> None:
    """Set this till up from a TOML file: config.toml's own keys, and under [secrets] where each secret is found."""
    invocation = Invocation.of(context)
    changed = provisioned(invocation.home, file)
    if not invocation.as_json:
        say(f"Changed: {', '.join(changed)}." if changed else "Everything was so already.")
    became = take_up(invocation.home) if changed else None
    if invocation.as_json:
        say_json({"changed": changed, "in_force": became.in_force if became else None})
    elif became:
        say(became.sentence)


def provisioned(home: Home, file: Path) -> list[str]:
    """Names of the settings and secrets that were changed; nothing is written when anything in the file does not fit.

    Raises InvalidInput naming the key, NeedsPerson `entries_wait`, NotSaved.
    """
    from agent.settings import check, read_file
    from agent.settings_file import update

    tree = _read(file)
    secrets = _secrets(tree.pop("secrets", {}), file.absolute().parent)
    _check_devices(check({**tree, **_without_cross_references(tree)}).devices)
    before = read_file(home)
    wanted = _flat(tree)
    changed = [key for key, value in wanted.items() if value != _at(before, key)]
    home.prepare()
    refuse_to_move(home, *((_at(before, key), wanted[key]) for key in PLACE if key in changed))
    if changed:
        update(home, {key: wanted[key] for key in changed})
    return changed + _keep(home, secrets)


def _read(file: Path) -> dict[str, Any]:
    try:
        content = file.read_bytes()[: LARGEST_FILE + 1]
        if len(content) > LARGEST_FILE:
            raise InvalidInput("unreadable_file", f"{file} is far too large.")
        return tomllib.loads(content.decode("utf-8-sig"), parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise InvalidInput("unreadable_file", f"{file} cannot be read: {error}.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput("unreadable_file", f"{file} cannot be read.", details=type(error).__name__) from None


def _secrets(table: object, folder: Path) -> dict[str, str]:
    """Name -> secret, from where the file says it is; raises InvalidInput without ever quoting a value."""
    from agent.secrets import DEVICE, NAMES, SEAL_KEY

    if not isinstance(table, Mapping):
        raise InvalidInput("invalid_setting", "secrets must be a table.", field="secrets")
    known = [name for name in NAMES if name != SEAL_KEY]
    for name in table:
        refuse_own_key(name)
        if name not in known and not DEVICE.fullmatch(name):
            near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
            hint = f"; the nearest is secrets.{near[0]}" if near else ""
            raise InvalidInput("unknown_setting", f"There is no setting secrets.{name}{hint}.", field=f"secrets.{name}")
    return {name: _found(name, reference, folder) for name, reference in table.items()}


def _found(name: str, reference: object, folder: Path) -> str:
    if not isinstance(reference, Mapping) or len(reference) != 1 or next(iter(reference)) not in REFERENCES:
        sentence = f'secrets.{name} must say where the secret is: {{ env = "NAME" }} or {{ file = "PATH" }}.'
        raise InvalidInput("invalid_setting", sentence, field=f"secrets.{name}")
    kind, place = next(iter(reference.items()))
    value = os.environ.get(str(place), "") if kind == "env" else _from_file(folder / str(place))
    if not value.strip():
        # What it names is not quoted: it may be the secret itself, in the wrong place.
        sentence = f"secrets.{name}: there is nothing in the {'variable' if kind == 'env' else 'file'} that it names."
        raise InvalidInput("secret_not_found", sentence, field=f"secrets.{name}")
    return value.strip()


def _from_file(path: Path) -> str:
    try:
        return path.expanduser().read_text("utf-8")
    except (OSError, UnicodeDecodeError, ValueError):
        return ""


def _without_cross_references(tree: Mapping[str, Any]) -> dict[str, Any]:
    """Sections as a first check may see them: names of devices may mean some that config.toml has already."""
    references = {"menu": {"source"}, "orders": {"print_to", "inject_into"}}
    return {
        section: {key: value for key, value in tree[section].items() if key not in keys}
        for section, keys in references.items()
        if "devices" not in tree and isinstance(tree.get(section), Mapping)
    }


def _check_devices(devices: Any) -> None:
    from drivers.registry import check

    for device in devices:
        check(device.name, device.driver, device.options)


def _keep(home: Home, secrets: Mapping[str, str]) -> list[str]:
    if not secrets:
        return []
    from agent.secrets import Secrets

    store = Secrets(home)
    changed = [name for name, value in secrets.items() if store.get(name) != value]
    for name in changed:
        store.set(name, secrets[name])
    return [f"secrets.{name}" for name in changed]


def _flat(tree: Mapping[str, Any], at: str = "") -> dict[str, Any]:
    """Dotted key -> value; a list of tables stays one value."""
    flat: dict[str, Any] = {}
    for key, value in tree.items():
        flat |= _flat(value, f"{at}{key}.") if isinstance(value, Mapping) else {at + key: value}
    return flat


def _at(tree: Mapping[str, Any], dotted: str) -> object:
    at: Any = tree
    for key in dotted.split("."):
        at = at.get(key) if isinstance(at, Mapping) else None
    return at
