from __future__ import annotations

import json

from tests.cli.conftest import Run
from tests.support.agent_peer import AgentPeer, refused

GONE = {"entries": 3, "orders": 1, "deliveries": 0}
ERASE = "POST /v1/members/erase"


def test_a_member_is_erased_and_the_rest_is_said(run: Run, peer: AgentPeer) -> None:
    peer.answers[ERASE] = (200, GONE)
    ended = run("member", "erase", "+6591234567")
    assert (ended.code, peer.calls[0].body) == (0, {"identifier": "+6591234567"})
    assert ended.out.startswith("Erased here: 3 entries, 1 orders")
    assert "Cata keeps its own record" in ended.out
    assert json.loads(run("member", "erase", "x", "--json").out) == GONE


def test_who_it_is_need_not_stand_in_the_command_line(run: Run, peer: AgentPeer) -> None:
    peer.answers[ERASE] = (200, GONE)
    assert run("member", "erase", "--pin", stdin="mei@example.test\n4711\n").code == 0
    assert peer.calls[0].body == {"identifier": "mei@example.test", "pin": "4711"}


def test_a_member_with_something_open_is_not_erased(run: Run, peer: AgentPeer) -> None:
    peer.answers[ERASE] = refused(409, "member_busy", "Something of this member has not ended yet.")
    ended = run("member", "erase", "+6591234567")
    assert (ended.code, ended.err) == (1, "Something of this member has not ended yet.\n")
    peer.answers[ERASE] = refused(403, "pin_required", "This needs the manager's PIN.")
    assert run("member", "erase", "+6591234567").code != 0
