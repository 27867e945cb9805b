"""One run of the command line: where the home is and how answers are wanted."""

from __future__ import annotations

import json
from dataclasses import dataclass

import typer

from agent.cli.terminal import say
from agent.paths import Home

EVERYWHERE = "--home DIR, --json and --debug may stand anywhere in the line."


@dataclass(frozen=True, slots=True, kw_only=True)
class Invocation:
    """What was typed before any command has run."""

    home: Home
    home_was_named: bool
    """By `--home`; the environment and the platform's place do not count."""
    as_json: bool
    debug: bool

    @classmethod
    def of(cls, context: typer.Context) -> Invocation:
        """The invocation a command runs in."""
        invocation = context.obj
        assert isinstance(invocation, cls)
        return invocation


def say_json(value: object) -> None:
    """The answer for a program: one JSON value on one line."""
    say(json.dumps(value, ensure_ascii=False, default=str))
