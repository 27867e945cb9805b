"""What is frozen: all that the programs need by name, nothing that only developers need."""

from __future__ import annotations

import ast
import importlib.util
import subprocess
import sys
from importlib.metadata import distribution
from pathlib import Path

import pytest

from agent.secret_stores import BACKENDS
from installer import freeze
from installer.sbom import made_of

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
        "libodbc.so.2",
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


@pytest.mark.parametrize("before", [None, "/usr/local/lib"])
def test_what_a_frozen_program_starts_gets_the_systems_libraries(tmp_path: Path, before: str | None) -> None:
    (tmp_path / "started.py").write_text("import os\n\ndef main():\n    print(os.environ.get('LD_LIBRARY_PATH'))\n")
    (tmp_path / "entry.py").write_text(freeze.entry_script("started"))
    env = {"LD_LIBRARY_PATH": "/opt/cata-bridge/lib"} | ({"LD_LIBRARY_PATH_ORIG": before} if before else {})
    told = subprocess.run([sys.executable, tmp_path / "entry.py"], env=env, capture_output=True, text=True, check=True)
    assert told.stdout == f"{before}\n"


def test_a_library_that_a_window_needs_may_not_be_missing() -> None:
    log = """\
    1 WARNING: Library not found: could not resolve 'libxcb-icccm.so.4', dependency of '/PySide6/Qt/plugins/platforms/libqxcb.so'.
    2 WARNING: Library not found: could not resolve 'libgtk-3.so.0', dependency of '/x/libqgtk3.so'.
    3 WARNING: Library not found: could not resolve 'libodbc.so.2', dependency of '/x/pyodbc.so'.
    """
    assert freeze.unresolved(log) == ["libxcb-icccm.so.4"]


def test_a_tool_of_who_develops_is_not_frozen() -> None:
    needed = {*made_of(), *freeze.EXTRAS}
    assert freeze.strangers(["agent.core", "json", "PIL.Image", "pyodbc", "drivers"], needed) == []
    assert freeze.strangers(["square.client", "schemathesis", "fastapi"], needed) == ["schemathesis", "square"]


def test_the_spec_is_python_and_makes_one_folder_of_two_programs() -> None:
    tree = ast.parse(SPEC.read_text(encoding="utf-8"))
    calls = [node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)]
    assert (calls.count("COLLECT"), calls.count("Analysis"), calls.count("program")) == (1, 1, 2)
