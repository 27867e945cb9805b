"""Imports point one way: each room may know these others and no more."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
OURS = ("agent", "gui", "drivers", "installer")

MAY_IMPORT: dict[str, set[str]] = {
    "agent.core": {"agent.core"},
    "agent.db": {"agent.core", "agent.db"},
    "agent.cloud": {"agent.core", "agent.cloud"},
    "agent.flows": {"agent.core", "agent.db", "agent.cloud", "agent.flows"},
    "agent.api": {"agent.core", "agent.db", "agent.flows", "agent.api"},
    "agent.sandbox": {"agent.core", "agent.cloud", "agent.sandbox"},
    "drivers": {"agent.core", "drivers"},
    "gui": {"gui", "agent.core", "agent.api.schema"},
    "installer": {"installer"},
}
"""Room -> rooms it may know. What is not listed (agent.wiring, agent.cli, agent.demo, ...) builds the others."""

ONLY_IN: dict[str, tuple[str, ...]] = {
    "httpx2": ("agent/cloud/http.py",),
    "httpx": (),
    "keyring": ("agent/secrets.py", "agent/secret_stores.py"),
    "sqlite3": ("agent/db/", "drivers/pos/pos_sql/sources.py"),  # a foreign database, read only, through a driver
    "pyodbc": ("drivers/pos/pos_sql/sources.py",),
    "sqlite_utils": ("agent/db/",),
    "serial": ("drivers/",),
    "escpos": ("drivers/printer/",),
    "PySide6": ("gui/",),
    "apscheduler": ("agent/flows/care/upkeep.py",),
}
"""Package -> the only places that may name it."""

NOT_OUTSIDE_CLOCK_AND_IDS = {
    ("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("date", "today"),
    ("time", "time"), ("time", "monotonic"), ("uuid", "uuid4"), ("uuid", "uuid1"), ("random", "random"),
}  # fmt: skip
CLOCK_AND_IDS = {"agent/core/clock.py", "agent/core/ids.py"}


def modules() -> Iterator[tuple[str, Path]]:
    for folder in OURS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            yield ".".join(part for part in parts if part != "__init__"), path


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def precise(path: Path, known: set[str]) -> Iterator[str]:
    """Like `imports`, but `from package import module` counts as the module alone."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from (name if name in known else node.module for name in names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def room_of(module: str) -> str | None:
    rooms = [room for room in MAY_IMPORT if module == room or module.startswith(room + ".")]
    return max(rooms, key=len) if rooms else None


def is_in(module: str, rooms: set[str]) -> bool:
    return any(module == room or module.startswith(room + ".") for room in rooms)


@pytest.mark.parametrize(("module", "path"), [pytest.param(*one, id=one[0]) for one in modules()])
def test_a_room_knows_only_the_rooms_below_it(module: str, path: Path) -> None:
    room = room_of(module)
    if room is None:
        return
    names = {name for name in imports(path) if name.split(".")[0] in OURS}
    packages = {name for name in names if is_in(name, MAY_IMPORT[room] | {"agent.__version__"})}
    strangers = sorted(name for name in names - packages if not any(allowed.startswith(name + ".") for allowed in packages))
    assert not strangers, f"{module} may not import {strangers}"


@pytest.mark.parametrize("package", sorted(ONLY_IN))
def test_a_foreign_package_is_named_in_one_place(package: str) -> None:
    places = [
        str(path.relative_to(ROOT).as_posix())
        for _, path in modules()
        if any(name == package or name.startswith(package + ".") for name in imports(path))
    ]
    assert [place for place in places if not place.startswith(ONLY_IN[package])] == []


def test_core_imports_the_standard_library_only() -> None:
    import sys

    for module, path in modules():
        if module.startswith("agent.core"):
            foreign = {name.split(".")[0] for name in imports(path)} - set(sys.stdlib_module_names) - {"agent", "__future__"}
            assert not foreign, f"{module} imports {foreign}"


def test_there_are_no_import_cycles() -> None:
    known = dict(modules())
    graph = {
        module: {name for name in precise(path, set(known)) if name in known and name != module} for module, path in known.items()
    }
    done: set[str] = set()

    def visit(module: str, trail: tuple[str, ...]) -> None:
        assert module not in trail, " -> ".join([*trail[trail.index(module) :], module])
        if module not in done:
            for other in sorted(graph[module]):
                visit(other, (*trail, module))
            done.add(module)

    for module in graph:
        visit(module, ())


def test_time_and_chance_come_from_clock_and_ids_only() -> None:
    found = []
    for module, path in modules():
        if path.relative_to(ROOT).as_posix() in CLOCK_AND_IDS or module.startswith(("gui", "installer")):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            call = node.func if isinstance(node, ast.Call) else None
            if (
                isinstance(call, ast.Attribute)
                and isinstance(call.value, ast.Name)
                and (call.value.id, call.attr) in NOT_OUTSIDE_CLOCK_AND_IDS
            ):
                found.append(f"{path.name}:{call.lineno}")
    assert found == []


def test_the_agent_starts_without_qt() -> None:
    import subprocess
    import sys

    probe = "import sys; sys.modules['PySide6'] = None; import agent.wiring.build, agent.cli.app"
    assert subprocess.run([sys.executable, "-c", probe], cwd=ROOT, check=False).returncode == 0
