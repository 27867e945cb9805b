"""Reading config.toml: defaults, then the file, then the environment, then the policy; every problem is named at once."""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from types import UnionType
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from agent.cloud.quirks import Quirks
from agent.core.errors import InvalidInput
from agent.paths import Home
from agent.policy import impose, keys_of, read_policy
from agent.settings_schema import (
    CloudSettings,
    DeviceSettings,
    Hours,
    LogSettings,
    LoyaltySettings,
    MenuSettings,
    OrderSettings,
    OutletSettings,
    RelaySettings,
    SalesSettings,
    ScanSettings,
    SenderSettings,
    Settings,
    StorageSettings,
    TillApiSettings,
    WebhookSettings,
)

__all__ = [
    "CloudSettings",
    "DeviceSettings",
    "Hours",
    "LogSettings",
    "LoyaltySettings",
    "MenuSettings",
    "OrderSettings",
    "OutletSettings",
    "Quirks",
    "RelaySettings",
    "SalesSettings",
    "ScanSettings",
    "SenderSettings",
    "Settings",
    "StorageSettings",
    "TillApiSettings",
    "WebhookSettings",
    "check",
    "load",
    "locked",
    "read_file",
]

ENV_PREFIX = "CATA_BRIDGE_"
ENV_SECRETS = "CATA_BRIDGE_SECRET"
LARGEST_FILE = 1024 * 1024


def load(home: Home, env: Mapping[str, str] | None = None) -> Settings:
    """The settings in force; a missing file means defaults.

    Raises InvalidInput `unreadable_settings`, `unreadable_policy`, `unknown_setting` or `invalid_setting`: all problems in
    its message, the first key in its `field`.
    """
    raw, chosen = read_file(home), env if env is not None else os.environ
    _overlay(raw, chosen)
    impose(read_policy(chosen), raw)
    return check(raw)


def locked(env: Mapping[str, str] | None = None) -> dict[str, str]:
    """Dotted keys that config.toml cannot change here, each with what decides it: `environment`, or `policy`, which wins."""
    chosen, given = env if env is not None else os.environ, dict[str, Any]()
    _overlay(given, chosen)
    return dict.fromkeys(keys_of(given), "environment") | dict.fromkeys(keys_of(read_policy(chosen)), "policy")


def read_file(home: Home) -> dict[str, Any]:
    """The file's own values, unchecked; raises InvalidInput `unreadable_settings`."""
    try:
        content = home.config.read_bytes()[: LARGEST_FILE + 1]
        if len(content) > LARGEST_FILE:
            raise InvalidInput("unreadable_settings", "config.toml is far too large.")
        return tomllib.loads(content.decode("utf-8-sig"), parse_float=Decimal)
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except tomllib.TOMLDecodeError as error:
        raise InvalidInput("unreadable_settings", f"config.toml cannot be read: {error}.") from None
    except (OSError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidInput("unreadable_settings", "config.toml cannot be read.", details=type(error).__name__) from None


def check(raw: Mapping[str, Any]) -> Settings:
    """Settings from a tree of values; raises InvalidInput naming every unknown key and every wrong value."""
    problems = list(_unknown(Settings, raw, ()))
    reason = "unknown_setting" if problems else "invalid_setting"
    try:
        settings = Settings.model_validate(raw)
    except ValidationError as error:
        faults = error.errors(include_url=False)
        problems += [_problem(fault["loc"], fault) for fault in faults if fault["type"] != "extra_forbidden"]
    if problems:
        raise InvalidInput(reason, " ".join(sentence for _, sentence in problems), field=problems[0][0])
    return settings


def _unknown(model: type[BaseModel], raw: Mapping[str, Any], at: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Dotted key and sentence of everything in `raw` that the model does not have."""
    known = {field.alias or name: field for name, field in model.model_fields.items()}
    for key, value in raw.items():
        dotted = ".".join((*at, key))
        if key not in known:
            nearest = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
            hint = f"; the nearest is {'.'.join((*at, nearest[0]))}" if nearest else ""
            yield dotted, f"There is no setting {dotted}{hint}."
        elif (inner := _model_of(known[key])) is not None and inner is not DeviceSettings:
            tables = value if isinstance(value, list) else [value]
            for table in tables:
                if isinstance(table, dict):
                    yield from _unknown(inner, table, (*at, key))


def _model_of(field: FieldInfo) -> type[BaseModel] | None:
    """The model behind a field that is a table or a list of tables."""
    for kind in (field.annotation, *get_args(field.annotation)):
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            return kind
    return None


def _problem(place: Sequence[int | str], fault: Mapping[str, Any]) -> tuple[str, str]:
    if fault["type"] == "string_pattern_mismatch":
        fault = {"msg": f"{fault['input']!r} does not have the form that is expected here"}
    message = str(fault["msg"]).removeprefix("Value error, ").removesuffix(".")
    if not place:
        key, _, rest = message.partition(": ")
        return key, f"{key}: {rest}."
    dotted = ".".join(str(part) for part in place)
    return dotted, f"{dotted}: {message[:1].lower()}{message[1:]}."


def _overlay(raw: dict[str, Any], env: Mapping[str, str]) -> None:
    """Put CATA_BRIDGE_SECTION__KEY over the file's values."""
    for name, text in sorted(env.items()):
        if not name.startswith(ENV_PREFIX) or name.startswith(ENV_SECRETS) or "__" not in name:
            continue
        *tables, key = name.removeprefix(ENV_PREFIX).lower().split("__")
        at: Any = raw
        for table in tables:
            at = at.setdefault(table, {}) if isinstance(at, dict) else {}
        if isinstance(at, dict):
            at[key] = _typed(text, _field([*tables, key]))


def _field(path: Sequence[str]) -> FieldInfo | None:
    model: type[BaseModel] | None = Settings
    field: FieldInfo | None = None
    for key in path:
        field = next((f for name, f in model.model_fields.items() if (f.alias or name) == key), None) if model else None
        model = _model_of(field) if field else None
    return field


def _typed(text: str, field: FieldInfo | None) -> object:
    """Lists from commas or a TOML list; every other type is read from its text by the model."""
    if field is None or not _is_list(field.annotation):
        return text
    if not text.strip().startswith("["):
        return [part.strip() for part in text.split(",") if part.strip()]
    try:
        return tomllib.loads(f"value = {text}", parse_float=Decimal)["value"]
    except tomllib.TOMLDecodeError:
        return text


def _is_list(kind: object) -> bool:
    origin = get_origin(kind)
    if origin in {Union, UnionType}:
        return any(_is_list(inner) for inner in get_args(kind))
    return origin is tuple
