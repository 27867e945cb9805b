"""A ticket as the bytes of an ESC/POS printer."""

from __future__ import annotations

import functools
import importlib
import tempfile
import threading
from dataclasses import dataclass, replace
from typing import Any

from agent.core.ticket import Emphasis, Ticket, TicketLine, clean
from drivers.printer.layout import plain, split_indent, wrap
from drivers.printer.raster import DOTS_PER_COLUMN, Ink, blank

_IMPORTING = threading.Lock()


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """What one printer can do."""

    columns: int
    codepage: str
    """Python's name of the code page, such as `cp437`."""
    font_file: str = ""
    open_drawer: bool = False


@dataclass(frozen=True, slots=True)
class Encoded:
    """A ticket ready to send."""

    data: bytes
    missing: frozenset[str]
    """Letters that could not be printed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Style:
    """How one emphasis looks on paper."""

    wide: int = 1
    high: int = 1
    picture: float = 1
    """Scale of the letters where they are a picture: the same from all sides, as letters are made to be read."""
    bold: bool = False
    inverse: bool = False
    fills: bool = False
    """Black from edge to edge."""
    gap: int = 0
    """Blank dots above the line."""


STYLES = {
    Emphasis.BODY: _Style(),
    Emphasis.STRONG: _Style(bold=True),
    Emphasis.LARGE: _Style(high=2, picture=1.5, bold=True, gap=10),
    Emphasis.HUGE: _Style(wide=2, high=2, picture=2, bold=True, gap=10),
    Emphasis.NOTE: _Style(high=2, picture=1.25, bold=True, inverse=True, gap=6),
    Emphasis.BANNER: _Style(high=2, picture=1.25, bold=True, inverse=True, fills=True, gap=6),
    Emphasis.RULE: _Style(gap=6),
}
ON_WIDE_PAPER = {
    Emphasis.LARGE: replace(STYLES[Emphasis.LARGE], wide=2, picture=1.75),
    Emphasis.HUGE: replace(STYLES[Emphasis.HUGE], wide=3, high=3, picture=3),
    Emphasis.BANNER: replace(STYLES[Emphasis.BANNER], wide=2, picture=1.5),
}
"""Where there is room, letters are large in both directions."""
WIDE_PAPER = 42
"""Columns."""


def encode(ticket: Ticket, paper: Paper) -> Encoded:
    """The bytes of a ticket with its cut; blocking, since fonts are read from disk. The drawer opens only if told to."""
    printer = _recorder()
    printer.hw("INIT")
    printer.charcode(paper.codepage.upper())
    if paper.open_drawer:
        printer.cashdraw(2)
    missing: set[str] = set()
    for line in ticket.lines:
        missing |= _write(printer, line, paper)
    if missing:
        _write(printer, TicketLine("! Some letters (?) have no font on this till."), paper)
    printer.set(bold=False, invert=False, custom_size=True, width=1, height=1)
    printer.cut()
    return Encoded(bytes(printer.output), frozenset(missing))


def _write(printer: Any, line: TicketLine, paper: Paper) -> frozenset[str]:
    style = STYLES[line.emphasis]
    if paper.columns >= WIDE_PAPER:
        style = ON_WIDE_PAPER.get(line.emphasis, style)
    if style.gap:
        printer._raw(blank(style.gap).command())
    text = "-" * paper.columns if line.emphasis is Emphasis.RULE else plain(clean_line(line.text))
    if _fits(text, paper.codepage):
        _write_text(printer, text, line, paper, style)
        return frozenset()
    return _write_pictures(printer, text, line, paper, style)


def _write_text(printer: Any, text: str, line: TicketLine, paper: Paper, style: _Style) -> None:
    width = paper.columns // style.wide
    printer.set(bold=style.bold, custom_size=True, width=style.wide, height=style.high)
    for piece in wrap(text, width - 2 * style.inverse, hang=line.hang):
        indent, body = split_indent(piece)
        if style.inverse:
            body = body.center(width) if style.fills else f" {body} "
            printer._raw(indent.encode())
            printer.set(invert=True)
        else:
            body = indent + body
        printer._raw(body.encode(paper.codepage))
        if style.inverse:
            printer.set(invert=False)
        printer._raw(b"\n")


def _write_pictures(printer: Any, text: str, line: TicketLine, paper: Paper, style: _Style) -> frozenset[str]:
    ink = Ink(round(24 * style.picture), is_bold=style.bold, font_file=paper.font_file)
    most = paper.columns * DOTS_PER_COLUMN
    missing: frozenset[str] = frozenset()
    for piece in wrap(text, most - 2 * DOTS_PER_COLUMN * style.inverse, hang=line.hang, measure=ink.width):
        picture = ink.draw(piece, most, is_inverse=style.inverse, fills=style.fills)
        printer._raw(picture.command())
        missing |= picture.missing
    return missing


def clean_line(text: str) -> str:
    """A line that cannot steer the printer, whoever made it; the indentation is kept."""
    return " " * (len(text) - len(text.lstrip(" "))) + clean(text)


def _fits(text: str, codepage: str) -> bool:
    try:
        text.encode(codepage)
    except UnicodeEncodeError:
        return False
    return True


def _recorder() -> Any:
    """python-escpos' printer that only records; imported late, since that takes half a second and leaves a folder behind."""
    with _IMPORTING, tempfile.TemporaryDirectory() as scratch:
        # On import it makes a folder of its own for a cache; made inside ours, it goes away with ours.
        original = tempfile.mkdtemp
        tempfile.mkdtemp = functools.partial(original, dir=scratch)  # type: ignore[assignment]
        try:
            return importlib.import_module("escpos.printer").Dummy()
        finally:
            tempfile.mkdtemp = original
