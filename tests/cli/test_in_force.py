"""What became of written settings is said as it is: taken up, refused, or in need of a restart."""

from __future__ import annotations

import pytest

from agent.cli.in_force import AT_THE_START, RESTART, take_up
from agent.core.errors import CataBridgeError
from agent.paths import Home
from tests.support.agent_peer import AgentPeer, Answer, refused

TAKE_UP = "POST /v1/setup/take-up"


def told(home: Home) -> CataBridgeError:
    with pytest.raises(CataBridgeError) as raised:
        take_up(home, patience_s=0.2)
    return raised.value


def test_an_agent_that_cannot_do_it_or_is_silent_needs_a_restart(home: Home, peer: AgentPeer) -> None:
    assert take_up(home) == RESTART
    assert peer.lines() == [TAKE_UP]
    peer.url = "http://127.0.0.1:1"
    peer.announce(home.root)
    assert take_up(home) == RESTART


def test_a_program_that_took_the_port_is_named_and_no_restart_is_promised(home: Home, peer: AgentPeer) -> None:
    peer.knows_token = False
    assert "Another program answers" in told(home).message


def test_what_the_agent_refuses_is_said_with_what_goes_on(home: Home, peer: AgentPeer) -> None:
    peer.answers[TAKE_UP] = refused(503, "entries_wait", "2 entries wait.")
    assert told(home).message == "2 entries wait. This till goes on with its earlier settings."


def test_an_agent_that_does_not_come_back_is_not_called_in_force(home: Home, peer: AgentPeer) -> None:
    peer.answers[TAKE_UP] = (200, {"changed": []})
    assert told(home).reason == "agent_silent"


def test_an_agent_that_ended_over_it_is_to_be_started(home: Home, peer: AgentPeer) -> None:
    def end(body: object) -> Answer:
        home.run_file.unlink()
        return 200, {"changed": []}

    peer.answers[TAKE_UP] = end
    assert told(home).reason == "agent_not_running"
    assert take_up(home) == AT_THE_START
