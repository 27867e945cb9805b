"""Bits on a wire: what a serial port set one way reads of a device that is set another way."""

from __future__ import annotations

import termios

from agent.core.scanner_profile import Line

SPEEDS = {getattr(termios, name): int(name[1:]) for name in dir(termios) if name[0] == "B" and name[1:].isdigit()}


def speed_of(handle: int) -> int:
    """Bits a second, as whoever opened the terminal has set it."""
    return SPEEDS[termios.tcgetattr(handle)[4]]


def as_read(data: bytes, sent: Line, port: Line) -> bytes:
    """The bytes that the port makes of these; a byte whose stop bit or parity is not there is read as NUL."""
    wire = [level for byte in data for level in _frame(byte, sent)]
    found, at = bytearray(), 0.0
    step = sent.baud / port.baud
    while (start := next((place for place in range(int(at), len(wire)) if not wire[place]), None)) is not None:
        at = max(at, float(start))
        bits = [_level(wire, at + (place + 1.5) * step) for place in range(port.bytesize + (port.parity != "N") + 1)]
        byte = sum(bit << place for place, bit in enumerate(bits[: port.bytesize]))
        is_right = bits[-1] and (port.parity == "N" or sum(bits[:-1]) % 2 == (port.parity == "O"))
        found.append(byte if is_right else 0)
        at += (len(bits) + 0.5) * step
        while at < len(wire) and not _level(wire, at):  # it waits for the line to rest
            at += step / 4
    return bytes(found)


def _frame(byte: int, line: Line) -> list[int]:
    bits = [byte >> place & 1 for place in range(line.bytesize)]
    parity = [] if line.parity == "N" else [sum(bits) % 2 ^ (line.parity == "O")]
    return [0, *bits, *parity, 1]


def _level(wire: list[int], at: float) -> int:
    return wire[int(at)] if at < len(wire) else 1
