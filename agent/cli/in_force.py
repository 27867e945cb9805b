"""What was written becomes what is in force: a running agent takes it up at once, any other at its next start."""

from __future__ import annotations

import time
from dataclasses import dataclass

from agent.cli.connection import IMPOSTOR, TillApi
from agent.core.clock import SystemClock
from agent.core.errors import CataBridgeError, NeedsPerson, Refused, Unreachable
from agent.instance import RunningAgent, running
from agent.paths import Home

PATIENCE_S = 60.0
"""Longest wait for the agent that is built anew: the one before it ends what it has begun."""
LOOK_EVERY_S = 0.1
ROUTE_UNKNOWN = 404
"""From an agent of a version that could not do this yet."""


@dataclass(frozen=True, slots=True)
class Became:
    """What became of settings that were written."""

    in_force: bool
    sentence: str


IN_FORCE = Became(True, "Cata Bridge works with the new settings now.")
AT_THE_START = Became(False, "Cata Bridge uses the new settings from its next start on.")
RESTART = Became(False, "Restart Cata Bridge so that it uses the new settings.")


def take_up(home: Home, *, patience_s: float = PATIENCE_S) -> Became:
    """Have the agent of this home work with what is written now, and wait until it does.

    Raises NeedsPerson `not_taken_up` where it goes on with what it had, Unreachable when it did not come back.
    """
    agent = running(home)
    if agent is None:
        return AT_THE_START
    try:
        TillApi(agent).post("setup", "take-up")
    except CataBridgeError as error:
        if _is_helped_by_a_restart(error):
            return RESTART
        raise NeedsPerson("not_taken_up", f"{error.message} This till goes on with its earlier settings.") from error
    complaint = TillApi(_next_after(agent, home, patience_s)).get("setup")["complaint"]
    if complaint:
        raise NeedsPerson("not_taken_up", complaint)
    return IN_FORCE


def _is_helped_by_a_restart(error: CataBridgeError) -> bool:
    if isinstance(error, Unreachable):
        return error.reason != IMPOSTOR
    return isinstance(error, Refused) and error.status == ROUTE_UNKNOWN


def _next_after(before: RunningAgent, home: Home, patience_s: float) -> RunningAgent:
    """The agent in its place: each leaves a note with a token of its own once it listens."""
    clock = SystemClock()
    ends = clock.monotonic() + patience_s
    while (agent := running(home)) is not None and agent.token == before.token and clock.monotonic() < ends:
        time.sleep(LOOK_EVERY_S)
    if agent is None:
        sentence = "The settings are written, but Cata Bridge ended when it took them up. Start it with: cata-bridge agent"
        raise Unreachable("agent_not_running", sentence, maybe_applied=True)
    if agent.token == before.token:
        sentence = "The settings are written, but Cata Bridge has not come back with them yet. Look with: cata-bridge status"
        raise Unreachable("agent_silent", sentence, maybe_applied=True)
    return agent
