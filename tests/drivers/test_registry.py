"""Drivers are found by name, describe themselves, and say why they cannot be used."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path

import pytest

from agent.core.errors import InvalidInput, NeedsPerson
from drivers import registry
from drivers.registry import build, check, describe, drivers, spec_of
from tests.support.device_sink import context

ROOT = Path(__file__).resolve().parents[2]
PROMISED = {
    "scanner": {"serial-scanner", "hid-scanner", "tcp-scanner"},
    "printer": {"escpos-network", "escpos-serial", "escpos-usb", "escpos-cups", "escpos-windows"},
    "pos": {
        "square", "revel", "lightspeed-k", "lightspeed-x", "vend", "lightspeed-l", "deliverect", "atlas-kitchen", "toast",
        "pos-http", "pos-drop-folder", "pos-sql", "receipt-tap",
    },
}  # fmt: skip
"""Role -> kinds that have to be there, whatever else is."""
ELSEWHERE = {"escpos-windows"}
"""Drivers that need another system than the one the tests run on."""


def test_every_driver_of_the_table_is_what_the_table_says() -> None:
    for kind, spec in drivers().items():
        assert (spec.kind, spec.role) == (kind, registry.SHIPPED[kind][0])
        assert spec.summary.endswith(".")
        why = spec.why_unavailable()
        assert (why == "") is (kind not in ELSEWHERE)
        assert not why or why.endswith(".")


def test_the_list_is_json_and_every_setting_is_described() -> None:
    rows = json.loads(json.dumps(describe()))
    assert {row["kind"] for row in rows} == set(registry.SHIPPED)
    for row in rows:
        for setting in row["settings"]:
            assert setting["description"].endswith("."), (row["kind"], setting)
            assert set(setting) == {"name", "type", "required", "default", "description"}


def test_every_kind_that_was_promised_is_listed_by_the_command_line(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "agent", "--home", str(tmp_path), "--json", "devices", "--drivers"]
    rows = json.loads(subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout)["drivers"]
    assert all({"role", "settings", "why_unavailable"} <= set(row) for row in rows)
    for role, kinds in PROMISED.items():
        assert kinds <= {row["kind"] for row in rows if row["role"] == role}


def test_every_kind_has_a_page() -> None:
    pages = {path.stem: path.read_text("utf-8") for path in (ROOT / "docs" / "drivers").glob("*.md")}
    named = "\n".join(pages.values())
    kinds = {kind for kind in registry.SHIPPED if not kind.startswith("simulated-")}
    assert {kind for kind in kinds if kind not in pages and f"`{kind}`" not in named} == set()


def test_an_unknown_driver_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(InvalidInput) as refused:
        spec_of("serial-scaner")
    assert refused.value.reason == "unknown_driver"
    assert "serial-scanner" in refused.value.message


@pytest.mark.parametrize(
    ("options", "key", "words"),
    [
        ({"port": "x", "buad": 9600}, "buad", "the nearest is baud"),
        ({"port": "x", "baud": "fast"}, "baud", "whole number"),
        ({"port": "x", "parity": "M"}, "parity", "has to be"),
        ({"port": "x", "exclusive": "perhaps"}, "exclusive", "true or false"),
        ({"port": "x", "prefix": "\\x"}, "prefix", "plain characters"),
        ({}, "", "port, match or both"),
    ],
)
def test_a_bad_setting_is_named_in_one_sentence(options: dict[str, object], key: str, words: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        check("front", "serial-scanner", options)
    assert refused.value.field == f"devices.front.{key}".rstrip(".")
    assert words in refused.value.message


def test_a_driver_whose_library_is_absent_says_so_and_cannot_be_built(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(registry.SHIPPED, "serial-scanner", (registry.SHIPPED["serial-scanner"][0], "drivers.nowhere:SPEC"))
    assert "not installed" in drivers()["serial-scanner"].why_unavailable()
    with pytest.raises(NeedsPerson):
        build("front", "serial-scanner", {}, context(tmp_path))
    with pytest.raises(NeedsPerson):
        spec_of("serial-scanner").build(None, context(tmp_path))


def test_the_list_of_kinds_imports_no_library() -> None:
    code = "import sys, drivers.registry as r; assert r.SHIPPED; print(sorted({'serial','escpos','PIL'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"


def test_drivers_of_other_packages_are_found_and_broken_ones_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    points = EntryPoints(
        [
            EntryPoint("other-scanner", "drivers.simulated_scanner:SPEC", registry.GROUP),
            EntryPoint("broken", "drivers.nowhere:SPEC", registry.GROUP),
            EntryPoint("not-a-spec", "drivers.spec:DriverContext", registry.GROUP),
            EntryPoint("serial-scanner", "drivers.nowhere:SPEC", registry.GROUP),
        ]
    )
    monkeypatch.setattr(registry, "entry_points", lambda **given: points.select(**given))
    assert set(drivers()) == {*registry.SHIPPED, "other-scanner"}
    assert spec_of("other-scanner").kind == "simulated-scanner"
    with pytest.raises(InvalidInput):
        spec_of("broken")
