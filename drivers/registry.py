"""All kinds of devices by name: the shipped ones from a literal table, others from installed packages."""

from __future__ import annotations

import difflib
import importlib
import logging
from collections.abc import Mapping
from importlib.metadata import EntryPoint, entry_points

from pydantic import ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails, PydanticUndefined

from agent.core.device import Role
from agent.core.errors import InvalidInput, NeedsPerson
from agent.core.roles import Device
from drivers.spec import DriverContext, DriverSettings, DriverSpec

__all__ = ["DriverContext", "DriverSettings", "DriverSpec", "build", "check", "describe", "drivers", "spec_of"]

log = logging.getLogger(__name__)

GROUP = "cata_bridge.drivers"
"""Entry points of this group name a DriverSpec."""

SHIPPED: dict[str, tuple[Role, str]] = {
    "serial-scanner": (Role.SCANNER, "drivers.scanner.serial:SPEC"),
    "tcp-scanner": (Role.SCANNER, "drivers.scanner.tcp:SPEC"),
    "hid-scanner": (Role.SCANNER, "drivers.scanner.hid:SPEC"),
    "simulated-scanner": (Role.SCANNER, "drivers.simulated_scanner:SPEC"),
    "escpos-network": (Role.PRINTER, "drivers.printer.escpos_network:SPEC"),
    "escpos-serial": (Role.PRINTER, "drivers.printer.escpos_serial:SPEC"),
    "escpos-usb": (Role.PRINTER, "drivers.printer.escpos_usb:SPEC"),
    "escpos-cups": (Role.PRINTER, "drivers.printer.escpos_cups:SPEC"),
    "escpos-windows": (Role.PRINTER, "drivers.printer.escpos_windows:SPEC"),
    "simulated-printer": (Role.PRINTER, "drivers.simulated_printer:SPEC"),
    "customer-display": (Role.DISPLAY, "drivers.display.customer_display:SPEC"),
    "simulated-display": (Role.DISPLAY, "drivers.simulated_display:SPEC"),
    "pos-drop-folder": (Role.POS, "drivers.pos.drop_folder:SPEC"),
    "pos-http": (Role.POS, "drivers.pos.generic_http:SPEC"),
    "square": (Role.POS, "drivers.pos.square.driver:SPEC"),
    "lightspeed-k": (Role.POS, "drivers.pos.lightspeed_k.driver:SPEC"),
    "lightspeed-l": (Role.POS, "drivers.pos.lightspeed_l.driver:SPEC"),
    "lightspeed-x": (Role.POS, "drivers.pos.lightspeed_x.driver:SPEC"),
    "vend": (Role.POS, "drivers.pos.lightspeed_x.driver:VEND"),
    "pos-sql": (Role.POS, "drivers.pos.pos_sql.driver:SPEC"),
    "receipt-tap": (Role.POS, "drivers.pos.receipt_tap.driver:SPEC"),
    "atlas-kitchen": (Role.POS, "drivers.pos.atlas_kitchen.driver:SPEC"),
    "deliverect": (Role.POS, "drivers.pos.deliverect.driver:SPEC"),
    "revel": (Role.POS, "drivers.pos.revel.driver:SPEC"),
    "toast": (Role.POS, "drivers.pos.toast.driver:SPEC"),
    "simulated-pos": (Role.POS, "drivers.simulated_pos:SPEC"),
}
"""Kind -> role and where its spec is; nothing is imported before somebody asks for the kind."""

_SENTENCES = {
    "missing": "needs a value",
    "int_parsing": "has to be a whole number",
    "int_type": "has to be a whole number",
    "int_from_float": "has to be a whole number",
    "float_parsing": "has to be a number",
    "float_type": "has to be a number",
    "finite_number": "has to be a number",
    "bool_parsing": "has to be true or false",
    "bool_type": "has to be true or false",
    "string_type": "has to be text",
    "dict_type": "has to be a table of names and values",
    "list_type": "has to be a list",
}


def drivers() -> Mapping[str, DriverSpec]:
    """Every known driver by kind, imported; one that cannot be imported says why and cannot be built."""
    shipped = {kind: _shipped(kind) for kind in SHIPPED}
    others = {point.name: _installed(point) for point in entry_points(group=GROUP) if point.name not in shipped}
    return {**shipped, **{kind: spec for kind, spec in others.items() if spec is not None}}


def spec_of(kind: str) -> DriverSpec:
    """The driver of that kind; raises InvalidInput `unknown_driver` with the nearest known name."""
    if kind in SHIPPED:
        return _shipped(kind)
    for point in entry_points(group=GROUP, name=kind):
        if (spec := _installed(point)) is not None:
            return spec
    known = [*SHIPPED, *entry_points(group=GROUP).names]
    raise InvalidInput("unknown_driver", f"There is no driver named {kind}{_nearest(kind, known)}.", field="driver")


def check(name: str, driver: str, options: Mapping[str, object]) -> DriverSettings:
    """The settings of the device `name`; raises InvalidInput `invalid_setting` naming the first key that does not fit."""
    return _checked(name, spec_of(driver), options)


def build(name: str, driver: str, options: Mapping[str, object], context: DriverContext) -> Device:
    """The device, not opened; raises InvalidInput `unknown_driver` or `invalid_setting`, NeedsPerson `driver_unavailable`."""
    spec = spec_of(driver)
    if why := spec.why_unavailable():
        raise NeedsPerson("driver_unavailable", why)
    device = spec.build(_checked(name, spec, options), context)
    log.info("device built device=%s driver=%s", name, driver)
    return device


def describe() -> list[dict[str, object]]:
    """Rows for a list of drivers: kind, role, summary, settings and why a driver is unavailable, as JSON values."""
    return [
        {
            "kind": spec.kind,
            "role": spec.role.value,
            "summary": spec.summary,
            "settings": [_described(name, info) for name, info in spec.settings.model_fields.items()],
            "why_unavailable": spec.why_unavailable(),
        }
        for spec in drivers().values()
    ]


def _shipped(kind: str) -> DriverSpec:
    role, place = SHIPPED[kind]
    module, _, attribute = place.partition(":")
    try:
        spec = getattr(importlib.import_module(module), attribute)
    except ImportError as error:
        return _absent(kind, role, error.name or module)
    assert isinstance(spec, DriverSpec)
    return spec


def _installed(point: EntryPoint) -> DriverSpec | None:
    try:
        spec = point.load()
    except Exception as error:  # noqa: BLE001 - somebody else's package must not stop the agent; the log names it
        log.warning("driver package cannot be loaded driver=%s error=%s", point.name, type(error).__name__)
        return None
    if isinstance(spec, DriverSpec):
        return spec
    log.warning("driver package offers no DriverSpec driver=%s", point.name)
    return None


def _absent(kind: str, role: Role, missing: str) -> DriverSpec:
    sentence = f"The component {missing} is not installed on this computer."

    def refuse(_settings: object, _context: DriverContext) -> Device:
        raise NeedsPerson("driver_unavailable", sentence)

    return DriverSpec(
        kind=kind, role=role, summary=sentence, settings=DriverSettings, build=refuse, why_unavailable=lambda: sentence
    )


def _checked(name: str, spec: DriverSpec, options: Mapping[str, object]) -> DriverSettings:
    try:
        return spec.settings.model_validate(dict(options))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
    key = ".".join(str(part) for part in first["loc"])
    raise InvalidInput("invalid_setting", _sentence(name, spec, key, first), field=f"devices.{name}.{key}".rstrip("."))


def _sentence(name: str, spec: DriverSpec, key: str, problem: ErrorDetails) -> str:
    kind = problem["type"]
    if kind == "extra_forbidden":
        return f"The device {name} has no setting named {key}{_nearest(key, list(spec.settings.model_fields))}."
    if kind == "value_error":
        said = problem["msg"].removeprefix("Value error, ")
        return f"The device {name}: {said}" if not key else f"The setting {key} of the device {name}: {said}"
    said = _SENTENCES.get(kind) or problem["msg"].replace("Input should", "has to").replace("Value should", "has to")
    return f"The setting {key} of the device {name} {said}."


def _nearest(word: str, known: list[str]) -> str:
    close = difflib.get_close_matches(word, known, n=1)
    return f"; the nearest is {close[0]}" if close else ""


def _described(name: str, info: FieldInfo) -> dict[str, object]:
    default = None if info.default is PydanticUndefined else info.default
    if info.default_factory is not None:
        default = info.get_default(call_default_factory=True, validated_data={})
    return {
        "name": name,
        "type": _type_word(info.annotation),
        "required": info.is_required(),
        "default": default,
        "description": info.description or "",
    }


def _type_word(annotation: object) -> str:
    return annotation.__name__ if isinstance(annotation, type) else str(annotation).replace("typing.", "")
