"""JSON pointers, and templates that build one JSON document out of another; pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

MARK = "$"
"""A string that starts with it in a template is a pointer into the order; `$$` is a plain `$`."""
EACH, AS = "$each", "$as"


def look_up(document: Any, pointer: str) -> Any:
    """What an RFC 6901 pointer points at, or None when there is nothing; the empty pointer is the document."""
    found = document
    for part in pointer.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        if isinstance(found, Mapping):
            found = found.get(name)
        elif isinstance(found, list) and name.isdecimal() and int(name) < len(found):
            found = found[int(name)]
        else:
            return None
    return found


def is_pointer(text: str) -> bool:
    """Whether a text can be a pointer."""
    return text == "" or text.startswith("/")


def fill(template: Any, document: Any) -> Any:
    """The template with `"$/pointer"` replaced by values, and `{"$each": pointer, "$as": template}` by one entry a row."""
    if isinstance(template, str):
        return _filled_text(template, document)
    if isinstance(template, list):
        return [fill(inner, document) for inner in template]
    if isinstance(template, Mapping):
        if EACH in template:
            rows = look_up(document, template[EACH])
            return [fill(template.get(AS, "$"), row) for row in rows] if isinstance(rows, list) else []
        return {name: fill(inner, document) for name, inner in template.items()}
    return template


def _filled_text(template: str, document: Any) -> Any:
    if template.startswith(MARK * 2):
        return template[1:]
    return look_up(document, template[1:]) if template.startswith(MARK) else template
