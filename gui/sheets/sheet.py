"""What stands on a sheet: a title, when it was made, and sections of lines with a mark; pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """One line: what, more about it, and how it is."""

    title: str
    sub: str = ""
    mark: str = ""
    tone: str = ""
    """`ok`, `attention`, `late`, `offline`, or nothing."""


@dataclass(frozen=True, slots=True)
class Section:
    """Lines under a heading; without lines it says `nothing`."""

    title: str
    lines: tuple[Line, ...] = ()
    nothing: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet."""

    title: str
    place: str
    """Which shop and till."""
    made: str
    """When, in words."""
    sections: tuple[Section, ...]
    signature: str = ""
    """Before a line to sign on; empty for none."""
