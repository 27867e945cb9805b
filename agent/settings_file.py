"""Changing config.toml without losing what people wrote into it: comments, order and unknown spacing stay."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from datetime import time
from decimal import Decimal
from typing import Any

import tomlkit
from tomlkit.items import AoT, Table
from tomlkit.toml_document import TOMLDocument

from agent.core.errors import InvalidInput, NotSaved
from agent.paths import Home, write_private
from agent.settings import check, read_file
from agent.settings_schema import DeviceSettings, Settings


def update(home: Home, changes: Mapping[str, object]) -> Settings:
    """Set dotted keys such as `cloud.base_url`, and `devices` as a whole list; None removes a key.

    Checked before anything is written. Returns what the file alone now says, without the environment.
    Raises InvalidInput as `load` does and NotSaved when the file cannot be written.
    """
    read_file(home)
    document = _document(home)
    for dotted, value in changes.items():
        _put(document, dotted.split("."), _tomlable(value))
    text = tomlkit.dumps(document)
    settings = check(_parsed(text))
    _write(home, text)
    return settings


def save(home: Home, settings: Settings) -> Settings:
    """Write all that differs from the defaults or stands in the file already."""
    return update(home, _differences(home, settings))


def _differences(home: Home, settings: Settings) -> dict[str, object]:
    written = _flat(read_file(home))
    defaults = _flat(_dumped(Settings()))
    wanted = _flat(_dumped(settings))
    return {key: value for key, value in wanted.items() if key in written or value != defaults.get(key)}


def _dumped(settings: Settings) -> dict[str, Any]:
    tree = settings.model_dump(by_alias=True)
    tree["devices"] = list(settings.devices)
    return tree


def _flat(tree: Mapping[str, Any], at: str = "") -> dict[str, object]:
    flat: dict[str, object] = {}
    for key, value in tree.items():
        if isinstance(value, dict):
            flat |= _flat(value, f"{at}{key}.")
        else:
            flat[at + key] = value
    return flat


def _document(home: Home) -> TOMLDocument:
    try:
        return tomlkit.parse(home.config.read_bytes().decode("utf-8-sig"))
    except (FileNotFoundError, NotADirectoryError):
        return tomlkit.document()


def _put(document: TOMLDocument, path: Sequence[str], value: Any) -> None:
    *tables, key = path
    at: Any = document
    for name in tables:
        if not isinstance(at.get(name, {}), Mapping):
            raise InvalidInput("invalid_setting", f"{'.'.join(tables)} must be a table.", field=".".join(tables))
        if name not in at:
            at[name] = tomlkit.table()
        at = at[name]
    if value is None:
        at.pop(key, None)
    else:
        at[key] = value


def _tomlable(value: object) -> object:
    if isinstance(value, DeviceSettings):
        return {"name": value.name, "driver": value.driver, **{k: _tomlable(v) for k, v in value.options.items()}}
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, time):
        return f"{value:%H:%M}"
    if isinstance(value, Mapping):
        return {key: _tomlable(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        items = [_tomlable(inner) for inner in value]
        return _tables(items) if items and all(isinstance(item, dict) for item in items) else items
    return value


def _tables(items: Sequence[Any]) -> AoT:
    array = tomlkit.aot()
    for item in items:
        table: Table = tomlkit.table()
        table.update(item)
        array.append(table)
    return array


def _parsed(text: str) -> dict[str, Any]:
    return tomllib.loads(text, parse_float=Decimal)


def _write(home: Home, text: str) -> None:
    try:
        home.config.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_private(home.config, text.encode())
    except OSError as error:
        raise NotSaved(
            "settings_not_saved", "The settings could not be written to the disk.", details=type(error).__name__
        ) from None
