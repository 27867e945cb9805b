"""The words of the product stand alone: they need the standard library only, and each says what it is."""

from __future__ import annotations

import importlib
import pkgutil
import sys
from types import ModuleType

import agent.core


def modules() -> list[ModuleType]:
    return [importlib.import_module(f"agent.core.{found.name}") for found in pkgutil.iter_modules(agent.core.__path__)]


def test_core_needs_the_standard_library_only() -> None:
    for module in modules():
        origins = {getattr(value, "__module__", "") or "" for value in vars(module).values()}
        roots = {origin.split(".")[0] for origin in origins if origin}
        assert roots <= {*sys.stdlib_module_names, "agent"}, module.__name__
        assert all(origin.startswith("agent.core") for origin in origins if origin.startswith("agent")), module.__name__


def test_every_word_is_explained() -> None:
    for module in modules():
        assert module.__doc__
        classes = [value for value in vars(module).values() if isinstance(value, type) and value.__module__ == module.__name__]
        assert all(each.__doc__ for each in classes)
