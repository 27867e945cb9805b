from __future__ import annotations

import json
from typing import Any

import pytest

from agent.cli import outbox, terminal
from tests.cli.conftest import Run
from tests.support.agent_peer import ENTRY, AgentPeer, Answer, refused

GONE = {**ENTRY, "state": "discarded"}
PIN_REQUIRED = refused(403, "pin_required", "This needs the manager's PIN.")


def guarded(body: Any) -> Answer:
    return (200, GONE) if body.get("pin") == "4711" else PIN_REQUIRED


def test_entries_are_listed(run: Run, peer: AgentPeer) -> None:
    out = run("outbox", "list", "--state", "parked", "--kind", "earn", "--limit", "5", "--after", "e-0").out
    assert peer.lines() == ["GET /v1/outbox?state=parked&kind=earn&limit=5&after=e-0"]
    assert "Cata does not know this member." in out
    assert "91234567" not in out


def test_a_longer_list_says_how_to_go_on(run: Run, peer: AgentPeer) -> None:
    peer.answers["GET /v1/outbox"] = (200, {"entries": [{**ENTRY, "error": None, "points": None}], "next": "e-1"})
    assert run("outbox", "list").out.endswith("There are more: --after e-1\n")
    assert json.loads(run("outbox", "list", "--json").out)["next"] == "e-1"


def test_one_entry_is_shown_without_its_member(run: Run, peer: AgentPeer) -> None:
    out = run("outbox", "show", "e-1").out
    assert "Cata does not know this member. (member_unknown)" in out
    assert "cb1-0" in out
    assert "91234567" not in out
    assert json.loads(run("outbox", "show", "e-1", "--json").out) == ENTRY


def test_an_entry_is_sent_now(run: Run, peer: AgentPeer) -> None:
    peer.answers["POST /v1/outbox/e-1/retry"] = (200, {**ENTRY, "state": "sending", "error": None})
    ended = run("outbox", "retry", "e-1")
    assert (ended.code, peer.lines()) == (0, ["POST /v1/outbox/e-1/retry"])
    assert "sending" in ended.out


def test_an_id_cannot_reach_another_route(run: Run, peer: AgentPeer) -> None:
    assert run("outbox", "show", "../status").code == 1
    assert peer.lines() == ["GET /v1/outbox/..%2Fstatus"]


def test_discarding_needs_a_reason_and_keeps_it(run: Run, peer: AgentPeer) -> None:
    peer.answers["POST /v1/outbox/e-1/discard"] = (200, GONE)
    assert run("outbox", "discard", "e-1", "--reason", "paid in cash").code == 0
    assert peer.calls[0].body == {"reason": "paid in cash"}


def test_the_pin_comes_from_stdin(run: Run, peer: AgentPeer) -> None:
    peer.answers["POST /v1/outbox/e-1/discard"] = guarded
    ended = run("outbox", "discard", "e-1", "--reason", "double", "--pin", stdin="4711\n")
    assert ended.code == 0
    assert "4711" not in ended.out + ended.err


def test_a_wrong_pin_is_refused_once(run: Run, peer: AgentPeer) -> None:
    peer.answers["POST /v1/outbox/e-1/discard"] = guarded
    ended = run("outbox", "discard", "e-1", "--reason", "double", "--pin", stdin="0000\n")
    assert (ended.code, ended.err, len(peer.calls)) == (1, "This needs the manager's PIN.\n", 1)


def test_a_script_without_a_pin_is_refused(run: Run, peer: AgentPeer) -> None:
    peer.answers["POST /v1/outbox/e-1/discard"] = guarded
    assert run("outbox", "discard", "e-1", "--reason", "double", stdin="4711\n").code == 1


def test_a_person_is_asked_for_the_pin_when_it_is_needed(run: Run, peer: AgentPeer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "is_person", lambda: True)
    monkeypatch.setattr(terminal, "is_person", lambda: True)
    monkeypatch.setattr("getpass.getpass", lambda prompt: "4711")
    peer.answers["POST /v1/outbox/e-1/discard"] = guarded
    assert run("outbox", "discard", "e-1", "--reason", "double").code == 0
    assert len(peer.calls) == 2


def test_the_relay_comes_later_and_says_so(run: Run) -> None:
    ended = run("relay")
    assert ended.code == 1
    assert ended.err.endswith("not part of this version of Cata Bridge.\n")
