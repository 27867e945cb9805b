"""What commands say to people and ask of them; a secret is never shown while it is typed."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Mapping
from contextlib import suppress
from io import TextIOWrapper
from typing import TYPE_CHECKING

from agent.core.errors import InvalidInput

if TYPE_CHECKING:
    from rich.console import RenderableType


def tolerate_any_text() -> None:
    """Let a terminal that lacks a character show a stand-in for it instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def say(text: str) -> None:
    """One line of the answer, on stdout."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def complain(sentence: str) -> None:
    """One sentence about why not, on stderr."""
    sys.stderr.write(f"{sentence}\n")
    sys.stderr.flush()


def show(*views: RenderableType) -> None:
    """Views for people; colours only where a person looks."""
    from rich.console import Console

    console = Console(highlight=False, soft_wrap=not sys.stdout.isatty())
    for view in views:
        console.print(view, markup=False)


def is_person() -> bool:
    """Whether somebody sits in front of this."""
    return sys.stdin.isatty()


def hidden(prompt: str, *, optional: bool = False) -> str:
    """A secret, typed without echo, or the next line of stdin; raises InvalidInput `no_answer` when there is none."""
    text = ""
    with suppress(EOFError):
        text = getpass.getpass(f"{prompt}: ") if is_person() else sys.stdin.readline()
    if not text.strip() and not optional:
        raise InvalidInput("no_answer", f"Nothing was entered for: {prompt}.")
    return text.strip()


def ask(prompt: str, default: str = "") -> str:
    """An answer, or the default for an empty one; raises InvalidInput `no_answer` at the end of the input."""
    sys.stderr.write(f"{prompt} [{default}]: " if default else f"{prompt}: ")
    sys.stderr.flush()
    line = sys.stdin.readline()
    if not line:
        raise InvalidInput("no_answer", "The questions were not answered to the end, so nothing was changed.")
    return line.strip() or default


def confirm(prompt: str, *, default: bool) -> bool:
    """A yes or no."""
    return ask(f"{prompt} (y/n)", "y" if default else "n").lower().startswith("y")


def choose(prompt: str, options: Mapping[str, str]) -> str:
    """One of the options (name -> explanation) by number or by name, the first for an empty answer; asks until it is one."""
    names = list(options)
    for number, (name, explanation) in enumerate(options.items(), 1):
        complain(f"  {number}  {name}{f': {explanation}' if explanation else ''}")
    while True:
        answer = ask(prompt, names[0])
        if answer in options:
            return answer
        if answer.isdecimal() and 1 <= int(answer) <= len(names):
            return names[int(answer) - 1]
        complain("That is none of them.")
