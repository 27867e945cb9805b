"""A manager's switch on the command line: the worst case is shown in money and typed before anything is switched on."""

from __future__ import annotations

import json

import pytest

from tests.cli.conftest import Run
from tests.support.agent_peer import AgentPeer, refused

ROOM = "/v1/offline-burn"


def standing(**changes: object) -> dict[str, object]:
    money = {"currency": "SGD"}
    found: dict[str, object] = {
        "allowed": True,
        "on": False,
        "why": "never_on",
        "since": None,
        "worst_case": {"minor": 50_000, **money},
        "device_cap": {"minor": 5_000, **money},
        "devices": 10,
        "granted": {"minor": 0, **money},
        "unsettled": 0,
        "losses": 0,
        "lost": {"minor": 0, **money},
        "unseen": 0,
    }
    return found | changes


def test_the_worst_case_is_shown_typed_and_sent_with_the_pin(run: Run, peer: AgentPeer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.cli.offline_burn.is_person", lambda: True)
    peer.answers[f"GET {ROOM}"] = (200, standing())
    peer.answers[f"POST {ROOM}/on"] = (200, standing(on=True, why=""))
    ended = run("offline-burn", "on", "--by", "Ann", stdin="500.00\n4711\n")
    assert (ended.code, peer.calls[-1].body) == (0, {"worst_case": "500.00", "pin": "4711", "by": "Ann"})
    assert "this costs SGD 500.00 in one outage" in ended.out
    assert "10 tills x SGD 50.00" in ended.out


def test_another_amount_switches_nothing_on(run: Run, peer: AgentPeer) -> None:
    peer.answers[f"POST {ROOM}/on"] = refused(409, "worst_case_differs", "The worst case is SGD 500.00.")
    ended = run("offline-burn", "on", "--worst-case", "50", stdin="4711\n")
    assert (ended.code, ended.err) == (1, "The worst case is SGD 500.00.\n")


def test_it_is_switched_off_and_seen(run: Run, peer: AgentPeer) -> None:
    peer.answers[f"POST {ROOM}/off"] = (200, standing(why="by_hand"))
    assert "Switched off by hand." in run("offline-burn", "off").out
    peer.answers[f"POST {ROOM}/seen"] = (200, standing(losses=2, lost={"minor": 700, "currency": "SGD"}))
    assert "SGD 7.00, 2 of 30 days" in run("offline-burn", "seen").out
    peer.answers[f"POST {ROOM}/seen"] = refused(403, "pin_required", "This needs the manager's PIN.")
    assert run("offline-burn", "seen", stdin="4711\n").code != 0
    assert peer.calls[-1].body == {"pin": "4711"}


def test_how_it_stands_is_for_people_and_for_programs(run: Run, peer: AgentPeer) -> None:
    peer.answers[f"GET {ROOM}"] = (200, standing())
    assert "A manager has to switch it on" in run("offline-burn", "status").out
    assert json.loads(run("offline-burn", "status", "--json").out)["worst_case"] == {"minor": 50_000, "currency": "SGD"}
    peer.answers[f"GET {ROOM}"] = (200, standing(allowed=False, why="denied", worst_case=None, device_cap=None, granted=None))
    assert "do not allow it" in run("offline-burn", "status").out
