"""Every setting that IT may write is read somewhere: none is a promise that nobody keeps."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from agent.settings import Settings

ROOT = Path(__file__).resolve().parents[2]


def fields(model: type[BaseModel]) -> Iterator[tuple[str, FieldInfo]]:
    for name, info in model.model_fields.items():
        yield name, info
        if isinstance(info.annotation, type) and issubclass(info.annotation, BaseModel):
            yield from fields(info.annotation)


def test_every_setting_is_used() -> None:
    code = "\n".join(
        path.read_text(encoding="utf-8") for path in (ROOT / "agent").rglob("*.py") if path.name != "settings_schema.py"
    )
    assert [key for key in sorted({name for name, _ in fields(Settings)}) if not re.search(rf"\.{key}\b", code)] == []


def test_every_setting_is_described() -> None:
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    named = {info.alias or name for name, info in fields(Settings)}
    assert [key for key in sorted(named) if not re.search(rf"\b{key}\b", page)] == []
