"""What can be set, described so that a form can be made of it: of config.toml and of every driver alike."""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined, to_jsonable_python

from agent.settings import DeviceSettings, Settings


class FieldKind(StrEnum):
    """How a value is entered."""

    TEXT = "text"
    WHOLE = "whole"
    NUMBER = "number"
    FLAG = "flag"
    CHOICE = "choice"
    LIST = "list"
    """Several texts."""
    TABLE = "table"
    """Anything else; written in the file by somebody who knows it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingField:
    """One thing that can be set; values are JSON values."""

    key: str
    kind: FieldKind
    value: Any = None
    default: Any = None
    choices: tuple[str | int, ...] = ()
    required: bool = False
    description: str = ""
    locked: str = ""
    """`policy` or `environment` where config.toml cannot change it."""


def driver_fields(model: type[BaseModel]) -> list[SettingField]:
    """The settings of a driver, in its own order."""
    return [_field(name, info) for name, info in model.model_fields.items()]


def settings_fields(settings: Settings, why_locked: Mapping[str, str]) -> list[SettingField]:
    """Every key of config.toml but the devices, with what is in force."""
    return [
        _field(key, info, value=to_jsonable_python(value), locked=why_locked.get(key, ""))
        for key, info, value in _walk(settings)
        if key != "devices"
    ]


def differing(one: Settings, other: Settings) -> list[str]:
    """Names of the keys of config.toml, `devices` among them, whose values are not the same."""
    values = {key: value for key, _, value in _walk(other)}
    return [key for key, _, value in _walk(one) if value != values[key]]


def _walk(section: BaseModel, at: str = "") -> Iterator[tuple[str, FieldInfo, Any]]:
    for name, info in type(section).model_fields.items():
        value, key = getattr(section, name), at + (info.alias or name)
        if isinstance(value, BaseModel) and not isinstance(value, DeviceSettings):
            yield from _walk(value, f"{key}.")
        else:
            yield key, info, value


def _field(key: str, info: FieldInfo, value: Any = None, locked: str = "") -> SettingField:
    kind, choices = _kind(info.annotation)
    return SettingField(
        key=key,
        kind=kind,
        value=value,
        default=_default(info),
        choices=choices,
        required=info.is_required(),
        description=info.description or "",
        locked=locked,
    )


def _default(info: FieldInfo) -> Any:
    found = None if info.is_required() else info.get_default(call_default_factory=True, validated_data={})
    return None if found is PydanticUndefined else to_jsonable_python(found)


def _kind(annotation: Any) -> tuple[FieldKind, tuple[str | int, ...]]:
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin in {Union, types.UnionType}:
        return _kind(next(kind for kind in inner if kind is not types.NoneType))
    if origin is Literal:
        return FieldKind.CHOICE, inner
    if hasattr(annotation, "__metadata__"):
        return _kind(inner[0])
    if origin in {tuple, list}:
        return (FieldKind.LIST if inner and _kind(inner[0])[0] is FieldKind.TEXT else FieldKind.TABLE), ()
    if not isinstance(annotation, type):
        return FieldKind.TABLE, ()
    if issubclass(annotation, Enum):
        return FieldKind.CHOICE, tuple(str(choice.value) for choice in annotation)
    return _plain(annotation), ()


def _plain(kind: type) -> FieldKind:
    if issubclass(kind, bool):
        return FieldKind.FLAG
    if issubclass(kind, int):
        return FieldKind.WHOLE
    if issubclass(kind, dict | BaseModel):
        return FieldKind.TABLE
    return FieldKind.NUMBER if kind.__name__ in {"float", "Decimal"} else FieldKind.TEXT
