"""Settings and secrets that are changed together: checked whole, refused whole, written whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from agent.core.errors import CataBridgeError, InvalidInput, Refused
from agent.paths import Home, write_private
from agent.secrets import API_KEY, SEAL_KEY, Secrets
from agent.settings import Settings, check, locked, read_file
from agent.settings_file import update
from agent.setup.place import PLACE, moves
from drivers.registry import check as check_device

CLOUD = "cloud.base_url"


@dataclass(frozen=True, slots=True)
class Changes:
    """What somebody wants different."""

    settings: Mapping[str, object] = field(default_factory=dict)
    """Dotted keys; None goes back to the default; `devices` is the whole list, each a table as in config.toml."""
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    """By name; an empty one is forgotten."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Changes that were found to fit."""

    settings: Mapping[str, object]
    """Only what differs from config.toml."""
    secrets: Mapping[str, str] = field(repr=False)
    moves: bool
    """The till would belong to another outlet or cloud."""

    @property
    def names(self) -> list[str]:
        """What will be different; never a value."""
        return [*self.settings, *(f"secrets.{name}" for name in self.secrets)]


def plan(home: Home, changes: Changes) -> Plan:
    """Check changes and write nothing.

    Raises Refused `setting_locked`, InvalidInput as `load` does for what does not fit, InvalidInput `key_needed` when
    the cloud's address changes and no new key comes with it: the old key is not shown to anybody else.
    """
    before = read_file(home)
    wanted = {key: value for key, value in changes.settings.items() if value != _at(before, key)}
    _refuse_locked(wanted)
    _refuse_own(changes.secrets)
    settings = check(_merged(before, wanted))
    if "devices" in wanted:
        for device in settings.devices:
            check_device(device.name, device.driver, device.options)
    moved = [(_at(before, key), wanted[key]) for key in PLACE if key in wanted]
    if CLOUD in wanted and _at(before, CLOUD) and wanted[CLOUD] and not changes.secrets.get(API_KEY):
        raise InvalidInput("key_needed", "Another address needs its own key: enter it too.", field=f"secrets.{API_KEY}")
    return Plan(wanted, changes.secrets, moves(*moved))


def write(home: Home, secrets: Secrets, ready: Plan) -> Settings:
    """Write a plan; when the secrets cannot be kept, config.toml is as it was. Raises NotSaved, NeedsPerson."""
    old = home.config.read_bytes() if home.config.exists() else None
    settings = update(home, ready.settings)
    try:
        for name, value in ready.secrets.items():
            if value:
                secrets.set(name, value)
            else:
                secrets.clear(name)
    except CataBridgeError:
        if old is None:
            home.config.unlink(missing_ok=True)
        else:
            write_private(home.config, old)
        raise
    return settings


def _refuse_locked(wanted: Mapping[str, object]) -> None:
    why = locked()
    for key in wanted:
        decided = next((by for name, by in why.items() if name == key or name.startswith(f"{key}.")), "")
        if decided:
            by = "by this computer's policy" if decided == "policy" else "by this computer's environment"
            raise Refused("setting_locked", f"{key} is decided {by} and cannot be changed here.", details=key)


def _refuse_own(secrets: Mapping[str, str]) -> None:
    if SEAL_KEY in secrets:
        raise InvalidInput("unknown_secret", "This key belongs to Cata Bridge itself and cannot be changed.", field=SEAL_KEY)


def _merged(before: Mapping[str, Any], wanted: Mapping[str, object]) -> dict[str, Any]:
    tree: dict[str, Any] = {key: dict(value) if isinstance(value, dict) else value for key, value in before.items()}
    for dotted, value in wanted.items():
        *tables, key = dotted.split(".")
        at = tree
        for name in tables:
            inner = at.get(name)
            at[name] = at = dict(inner) if isinstance(inner, dict) else {}
        if value is None:
            at.pop(key, None)
        else:
            at[key] = value
    return tree


def _at(tree: Mapping[str, Any], dotted: str) -> object:
    at: Any = tree
    for key in dotted.split("."):
        at = at.get(key) if isinstance(at, Mapping) else None
    return at
