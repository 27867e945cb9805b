"""One reading statement with bound values, and no other; pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

_PART = re.compile(
    r"""'(?:[^']|'')*' | "(?:[^"]|"")*" | \[[^\]]*\] | `[^`]*` | --[^\n]* | /\*.*?\*/ | :: | :[A-Za-z_]\w* | ; | \?""",
    re.VERBOSE | re.DOTALL,
)
"""What a statement is looked through for; text in quotes and comments is passed over whole."""
_COMMENT = re.compile(r"\s*(?:--[^\n]*\n|/\*.*?\*/)", re.DOTALL)
_READS = re.compile(r"\s*\(*\s*(select|with)\b", re.IGNORECASE)


def checked(sql: str, names: Collection[str]) -> str:
    """The statement; raises ValueError with a sentence unless it is one SELECT whose values are all among `names`."""
    sql = sql.strip().rstrip(";").rstrip()
    beginning = sql
    while comment := _COMMENT.match(beginning):
        beginning = beginning[comment.end() :]
    if not _READS.match(beginning):
        raise ValueError("a query has to begin with SELECT or WITH: nothing is ever written.")
    for part in _special(sql):
        if part == ";":
            raise ValueError("a query has to be one statement.")
        if part == "?":
            raise ValueError("values are bound by name, such as :limit, and not by question marks.")
        if part[1:] not in names:
            raise ValueError(f"{part} is no value that can be bound here; known are {', '.join(f':{name}' for name in names)}.")
    return sql


def bound(sql: str) -> set[str]:
    """Names of the values that a statement wants."""
    return {part[1:] for part in _special(sql) if part.startswith(":")}


def positional(sql: str, values: Mapping[str, object]) -> tuple[str, list[object]]:
    """The same statement with question marks, and the values in their order."""
    found: list[object] = []

    def place(match: re.Match[str]) -> str:
        part = match.group()
        if part == "::" or not part.startswith(":"):
            return part
        found.append(values[part[1:]])
        return "?"

    return _PART.sub(place, sql), found


def _special(sql: str) -> Iterator[str]:
    parts = (match.group() for match in _PART.finditer(sql))
    return (part for part in parts if part in (";", "?") or (part.startswith(":") and part != "::"))
