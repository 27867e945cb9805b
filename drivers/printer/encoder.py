"""A ticket as the bytes of an ESC/POS printer."""

from __future__ import annotations

import functools
import importlib
import tempfile
import threading
from dataclasses import dataclass
from typing import Any

from agent.core.ticket import Emphasis, Ticket, TicketLine, clean
from drivers.printer.layout import plain, wrap
from drivers.printer.raster import draw

_IMPORTING = threading.Lock()
SCALES = {Emphasis.BODY: 1, Emphasis.STRONG: 1, Emphasis.HUGE: 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """What one printer can do."""

    columns: int
    codepage: str
    """Python's name of the code page, such as `cp437`."""
    font_file: str = ""


@dataclass(frozen=True, slots=True)
class Encoded:
    """A ticket ready to send."""

    data: bytes
    missing: frozenset[str]
    """Letters that could not be printed."""


def encode(ticket: Ticket, paper: Paper) -> Encoded:
    """The bytes of a ticket with its cut; blocking, since fonts are read from disk. No drawer is ever kicked."""
    printer = _recorder()
    printer.hw("INIT")
    printer.charcode(paper.codepage.upper())
    missing: set[str] = set()
    for line in ticket.lines:
        missing |= _write(printer, line, paper)
    if missing:
        _write(printer, TicketLine("! Some letters (?) have no font on this till."), paper)
    printer.set(bold=False, normal_textsize=True)
    printer.cut()
    return Encoded(bytes(printer.output), frozenset(missing))


def _write(printer: Any, line: TicketLine, paper: Paper) -> frozenset[str]:
    scale, bold = SCALES[line.emphasis], line.emphasis is not Emphasis.BODY
    text = plain(clean_line(line.text))
    printer.set(bold=bold, normal_textsize=scale == 1, double_width=scale == 2, double_height=scale == 2)
    missing: frozenset[str] = frozenset()
    for piece in wrap(text, paper.columns // scale):
        if _fits(piece, paper.codepage):
            printer._raw(piece.encode(paper.codepage) + b"\n")
            continue
        picture = draw(piece, columns=paper.columns, scale=scale, bold=bold, font_file=paper.font_file)
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
