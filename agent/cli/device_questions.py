"""Questions about one device: which driver, which name, and the settings that the driver says it has."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from typing import Any

from agent.cli.terminal import ask, choose, complain, confirm, hidden
from agent.core.errors import InvalidInput
from agent.settings import DeviceSettings
from agent.settings import check as check_settings
from drivers.registry import DriverSpec, check, drivers


def ask_device(role: str, *, taken: Sequence[str]) -> tuple[DeviceSettings, str]:
    """A device whose settings fit, and the key it needs, empty for none; raises InvalidInput at the end of the input."""
    specs = {spec.kind: spec for spec in drivers().values() if spec.role == role and not spec.why_unavailable()}
    kind = choose("Which kind?", {spec.kind: spec.summary for spec in specs.values()})
    name = _name(kind, taken)
    device = DeviceSettings(name=name, driver=kind, options=_options(name, specs[kind]))
    key = hidden("Key or password of this POS (not shown; empty for none)", optional=True) if role == "pos" else ""
    return device, key


def _name(kind: str, taken: Sequence[str]) -> str:
    while True:
        name = ask("Its name", kind if kind not in taken else f"{kind}-{len(taken) + 1}")
        try:
            check_settings({"devices": [{"name": name, "driver": kind}]})
        except InvalidInput:
            complain("A name has letters, digits, dots and dashes only.")
            continue
        if name not in taken:
            return name
        complain("There is a device of this name already.")


def _options(name: str, spec: DriverSpec) -> dict[str, Any]:
    """Answers until they fit; what has a usable default is asked for on demand only."""
    fields = spec.settings.model_fields
    wanted = [key for key, info in fields.items() if info.is_required() or info.get_default() in ("", None)]
    if len(wanted) < len(fields) and confirm("Change its finer settings?", default=False):
        wanted = list(fields)
    answers: dict[str, Any] = {}
    while wanted:
        for key in wanted:
            answers |= _answer(key, spec)
        wanted = []
        try:
            check(name, spec.kind, answers)
        except InvalidInput as error:
            complain(error.message)
            wrong = error.field.removeprefix(f"devices.{name}").lstrip(".").split(".")[0]
            wanted = [wrong] if wrong in fields else list(fields)
    return check(name, spec.kind, answers).model_dump(mode="json", include=set(answers), exclude_none=True)


def _answer(key: str, spec: DriverSpec) -> dict[str, Any]:
    info = spec.settings.model_fields[key]
    default = "" if info.is_required() else info.get_default(call_default_factory=True, validated_data={})
    text = ask(f"{key} ({info.description})" if info.description else key, "" if default is None else str(default))
    return {key: _value(text)} if text != str("" if default is None else default) else {}


def _value(text: str) -> Any:
    """Lists and tables as TOML writes them; everything else is text that the driver's settings convert."""
    if not text.startswith(("[", "{")):
        return text
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text
