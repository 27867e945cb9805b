"""Every setting that IT may write is read somewhere: none is a promise that nobody keeps."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel

from agent.settings import Settings

ROOT = Path(__file__).resolve().parents[2]


def keys(model: type[BaseModel]) -> Iterator[str]:
    for name, info in model.model_fields.items():
        yield name
        if isinstance(info.annotation, type) and issubclass(info.annotation, BaseModel):
            yield from keys(info.annotation)


def test_every_setting_is_used() -> None:
    code = "\n".join(
        path.read_text(encoding="utf-8") for path in (ROOT / "agent").rglob("*.py") if path.name != "settings_schema.py"
    )
    assert [key for key in sorted(set(keys(Settings))) if not re.search(rf"\.{key}\b", code)] == []
