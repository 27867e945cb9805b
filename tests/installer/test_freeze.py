"""What is frozen: all that the programs need by name, nothing that only developers need."""

from __future__ import annotations

import ast
import importlib.util
from importlib.metadata import distribution
from pathlib import Path

import pytest

from agent.secret_stores import BACKENDS
from installer import freeze

SPEC = Path(freeze.__file__).with_name("bridge.spec")


@pytest.mark.parametrize("platform", sorted(freeze.KEYRING))
def test_the_secret_store_that_the_agent_takes_is_frozen(platform: str) -> None:
    assert BACKENDS[platform][0] in freeze.hidden_imports(platform)


@pytest.mark.parametrize("module", freeze.HIDDEN)
def test_a_hidden_import_is_there(module: str) -> None:
    assert importlib.util.find_spec(module) is not None


@pytest.mark.parametrize("module", freeze.hidden_imports())
def test_nothing_needed_is_excluded(module: str) -> None:
    assert not [name for name in freeze.EXCLUDED if module == name or module.startswith(f"{name}.")]


@pytest.mark.parametrize("name", freeze.METADATA)
def test_metadata_to_freeze_is_there(name: str) -> None:
    assert distribution(name).version


@pytest.mark.parametrize(
    "path",
    [
        "PySide6/Qt/lib/libQt6Widgets.so.6",
        "PySide6/Qt/lib/libQt6OpenGL.so.6",
        "PySide6/Qt/plugins/platforms/libqxcb.so",
        "PySide6/Qt/plugins/platforms/libqoffscreen.so",
        "PySide6/Qt/plugins/platforms/libqwayland.so",
        "PySide6/Qt/plugins/platforminputcontexts/libibusplatforminputcontextplugin.so",
        "PySide6/Qt/translations/qtbase_zh_CN.qm",
        "escpos/capabilities.json",
        "agent/sandbox/page.html",
    ],
)
def test_the_screen_and_the_devices_keep_their_files(path: str) -> None:
    assert freeze.is_wanted(path)


@pytest.mark.parametrize(
    "path",
    [
        "PySide6/Qt/lib/libQt6Qml.so.6",
        "PySide6\\plugins\\platforms\\..\\..\\Qt6Pdf.dll",
        "PySide6/Qt/lib/libQt6WebEngineCore.so.6",
        "PySide6/Qt/plugins/platformthemes/libqgtk3.so",
        "PySide6/Qt/plugins/platforms/libqvnc.so",
        "PySide6/Qt/translations/qtbase_fr.qm",
        "PySide6/Qt/translations/designer_en.qm",
        "libgtk-3.so.0",
        "libcairo.so.2",
    ],
)
def test_what_only_packaging_drags_along_stays_out(path: str) -> None:
    assert not freeze.is_wanted(path)


def test_each_program_starts_a_function_that_exists() -> None:
    for module in freeze.STARTS.values():
        spec = importlib.util.find_spec(module)
        assert spec is not None
        assert spec.origin is not None
        tree = ast.parse(Path(spec.origin).read_text(encoding="utf-8"))
        assert "main" in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
        compile(freeze.entry_script(module), module, "exec")


def test_the_spec_is_python_and_makes_one_folder_of_two_programs() -> None:
    tree = ast.parse(SPEC.read_text(encoding="utf-8"))
    calls = [node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)]
    assert (calls.count("COLLECT"), calls.count("Analysis"), calls.count("program")) == (1, 1, 2)
