"""Every stable word that agent and drivers can say to people, found in their source, with where it is said."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from agent.core import errors
from agent.core.clouds import Ability

ROOT = Path(__file__).parents[2]
ELSEWHERE = frozenset({"cli", "sandbox", "demo"})
"""Folders that speak in a terminal or are another program: nothing of theirs crosses the till API."""
WORD = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
KINDS = frozenset(name for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, Exception))
WHERE = {**dict.fromkeys(KINDS, 0), "DriverFailed": 0, "Sentence": 1, "_sort": 1}
"""Who is called -> which argument is the word; of anybody else the first one, where a sentence comes after it."""


def said_reasons() -> dict[str, str]:
    """Word -> one place that says it."""
    found = {f"without_{ability}": "agent/core/clouds.py" for ability in Ability}
    for folder in ("agent", "drivers"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            if not ELSEWHERE & set(path.parts):
                place = str(path.relative_to(ROOT))
                tree = ast.parse(path.read_text(encoding="utf-8"))
                found |= {word: f"{place}:{line}" for word, line in _words(tree)}
    return found


def bare_sentences() -> list[str]:
    """Places that say how a device is, what a test found or what a probe saw in English without a word."""
    found = []
    for folder in ("agent", "drivers"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            if not ELSEWHERE & set(path.parts):
                for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                    found += [f"{path.relative_to(ROOT)}:{said.lineno}" for said in _told(node) if _is_sentence(said)]
    return found


def _told(node: ast.AST) -> list[ast.expr]:
    """What is said to people at a node: the state of a device, the end of its test, a probe of the doctor."""
    if isinstance(node, ast.AsyncFunctionDef) and node.name == "test":
        return [each.value for each in ast.walk(node) if isinstance(each, ast.Return) and each.value is not None]
    if not isinstance(node, ast.Call):
        return []
    if isinstance(node.func, ast.Attribute) and node.func.attr == "state":
        return node.args[1:]
    return [each.value for each in node.keywords if each.arg in {"sentence", "who"}]


def _words(tree: ast.Module) -> Iterator[tuple[str, int]]:
    named = _assigned(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            for word in _of(node, named):
                yield word, node.lineno
        elif isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                if (
                    isinstance(key, ast.Constant)
                    and isinstance(key.value, str)
                    and _is_sentence(value)
                    and key.value != "description"
                ):
                    yield key.value, node.lineno


def _of(call: ast.Call, named: dict[str, list[str]]) -> list[str]:
    name = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
    at = WHERE.get(name)
    if at is None:
        first = call.args[0] if len(call.args) > 1 and _is_sentence(call.args[1]) else None
        return _literals(first, {}) if isinstance(first, ast.Constant) else []
    return _literals(call.args[at], named) if len(call.args) > at else []


def _literals(node: ast.expr, named: dict[str, list[str]]) -> list[str]:
    """Words that an expression can be: a literal, one of two, or a name that the module gives such a value."""
    if isinstance(node, ast.Constant):
        return [node.value] if isinstance(node.value, str) and WORD.fullmatch(node.value) else []
    if isinstance(node, ast.BoolOp):
        return [word for value in node.values for word in _literals(value, named)]
    if isinstance(node, ast.IfExp):
        return [*_literals(node.body, named), *_literals(node.orelse, named)]
    return named.get(node.id, []) if isinstance(node, ast.Name) else []


def _assigned(tree: ast.Module) -> dict[str, list[str]]:
    """Name -> words that some line gives it; the first of a pair too, since a reason and its sentence are often one."""
    found: dict[str, list[str]] = {}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Assign):
            continue
        for target in node.targets:
            targets, values = [target], [node.value]
            if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                targets, values = target.elts, node.value.elts
            for one, value in zip(targets, values, strict=False):
                if isinstance(one, ast.Name):
                    found.setdefault(one.id, []).extend(_literals(value, {}))
    return found


def _is_sentence(node: ast.expr) -> bool:
    """Words for a person: they end as a sentence does."""
    if isinstance(node, ast.JoinedStr):
        node = node.values[-1]
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and bool(re.search(r" .*[.!]$", node.value))
