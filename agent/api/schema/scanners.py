"""Learning a scanner: how far a lesson is, and what it came to."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, JsonValue

from agent.api.schema.shape import Answer


class SerialLine(Answer):
    """How a serial port has to be read."""

    baud: int
    parity: Literal["N", "E", "O"]
    bytesize: int


class ScannerProfile(Answer):
    """How a scanner sends its codes."""

    interface: Literal["screen", "hid", "serial", "network"]
    layout: str
    """Country that it types for; empty for one that does not type, and while its codes could not tell."""
    swaps_case: bool
    median_ms: int
    """From one key to the next; 0 for one that does not type."""
    slowest_ms: int
    prefix: str
    code_id_length: int
    has_aim: bool
    symbologies: list[str]
    """Kinds of codes that it named."""
    tail: str
    ending: Literal["cr", "lf", "crlf", "tab", "etx", "none"]
    check_digit: Literal["", "sent", "left_out"]
    line: SerialLine | None


class ScannerLesson(Answer):
    """A scanner that is being learnt, or was."""

    name: str
    state: Literal["opening", "listening", "learnt", "failed", "ended"]
    heard: int
    """Scans so far, with those that taught nothing."""
    count: int
    """Of them those that count; three are enough."""
    numbers: list[int]
    """Test codes that came through, from 1."""
    trouble: Literal["", "typed", "garbage", "unequal", "twice", "ends_differ", "caps_lock"]
    """What was wrong with the last scan."""
    profile: ScannerProfile | None
    options: dict[str, JsonValue] = Field(default_factory=dict)
    """Settings that have to change; none when the scanner is set up right."""
    reason: str = ""
    sentence: str = ""
    """Why it failed."""
