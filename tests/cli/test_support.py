from __future__ import annotations

import json
import subprocess
import sys

import pytest

from agent.paths import Home
from tests.cli.conftest import Run
from tests.support.agent_peer import STATUS, TOKEN, AgentPeer, refused

STATUS_VIEW = """\
state    ready
         Nothing is waiting to be sent.
outlet   Kopi Toa Payoh, till-1
cloud    reachable, 12 ms
outbox   2 waiting, 1 for a person, the oldest for 30 s
orders   3 open, 1 not answered
menu     5 items, sent never
printer  ready  The printer is ready.
version  1.2.3
"""


def lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.splitlines()]


def test_status_is_exactly_what_the_agent_says(run: Run, peer: AgentPeer) -> None:
    ended = run("status", "--json")
    assert (ended.code, json.loads(ended.out)) == (0, STATUS)
    assert peer.calls[0].authorization == f"Bearer {TOKEN}"


def test_status_for_people(run: Run, peer: AgentPeer) -> None:
    assert lines(run("status").out) == lines(STATUS_VIEW)


def test_status_of_a_till_that_is_cut_off(run: Run, peer: AgentPeer) -> None:
    cloud = {**STATUS["cloud"], "reachable": False, "last_ok_at": None}  # type: ignore[dict-item]
    peer.answers["GET /v1/status"] = (200, {**STATUS, "cloud": cloud, "sandbox": True})
    out = run("status").out
    assert "no answer, last never" in out
    assert "1.2.3, practice cloud" in out


def test_status_of_a_cloud_without_orders_says_so(run: Run, peer: AgentPeer) -> None:
    cloud = {**STATUS["cloud"], "name": "Cockato", "abilities": ["punches"]}  # type: ignore[dict-item]
    peer.answers["GET /v1/status"] = (200, {**STATUS, "cloud": cloud, "orders": {"open": 0, "unacknowledged": 0}})
    out = run("status").out
    assert "orders   Cockato has no paid orders and no menu" in out
    assert "\nmenu " not in out


@pytest.mark.parametrize("command", [["status"], ["devices"], ["orders"], ["outbox", "list"]])
def test_a_till_that_is_not_set_up_says_what_to_run(run: Run, home: Home, command: list[str]) -> None:
    ended = run(*command)
    assert (ended.code, ended.out) == (4, "")
    assert ended.err == "This till is not set up yet. Run: cata-bridge setup\n"
    assert not home.root.exists()


@pytest.mark.parametrize("command", [["status"], ["devices"], ["orders"], ["outbox", "retry", "e-1"]])
def test_an_agent_that_does_not_run_is_said(run: Run, set_up: Home, command: list[str]) -> None:
    ended = run(*command)
    assert ended.code == 1
    assert ended.err == "Cata Bridge is not running on this till. Start it with: cata-bridge agent\n"


def test_the_note_of_a_dead_agent_does_not_count(run: Run, set_up: Home) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    note = {"pid": gone.pid, "version": "1", "url": "http://127.0.0.1:1", "token": "t"}
    set_up.run_file.write_text(json.dumps(note))
    assert run("status").err.startswith("Cata Bridge is not running")


def test_an_agent_that_does_not_answer_is_said(run: Run, home: Home) -> None:
    AgentPeer(url="http://127.0.0.1:1").announce(home.root)
    ended = run("status")
    assert (ended.code, ended.err) == (1, "Cata Bridge is running on this till but does not answer.\n")


@pytest.mark.parametrize("answer", [(200, "<html>"), (500, {"error": "no"}), (200, {"state": "ready"}), (500, [])])
def test_an_answer_that_is_not_ours_is_said(run: Run, peer: AgentPeer, answer: tuple[int, object]) -> None:
    peer.answers["GET /v1/status"] = answer
    ended = run("status")
    assert (ended.code, ended.err) == (1, "What runs on this till did not answer like Cata Bridge.\n")


@pytest.mark.parametrize(("status", "code"), [(401, 1), (403, 1), (404, 1), (409, 1), (422, 1), (503, 1), (507, 5)])
def test_what_the_agent_refuses_is_its_own_sentence(run: Run, peer: AgentPeer, status: int, code: int) -> None:
    peer.answers["GET /v1/status"] = refused(status, "some_reason", "The till says no.")
    ended = run("status")
    assert (ended.code, ended.err) == (code, "The till says no.\n")


def test_the_doctor_names_the_first_broken_link_and_who_fixes_it(run: Run, peer: AgentPeer) -> None:
    ended = run("doctor")
    assert lines(ended.out) == ["disk  ok  900 MB of disk are free.", "key   broken  Cata refuses the key."]
    assert (ended.code, ended.err) == (1, "Cata refuses the key. Who can fix it: A manager.\n")


def test_the_doctor_finds_nothing(run: Run, peer: AgentPeer) -> None:
    probe = {"name": "disk", "ok": True, "sentence": "Fine.", "who": ""}
    peer.answers["GET /v1/doctor"] = (200, {"probes": [probe | {"who_reason": "", "reason": "", "values": {}}]})
    ended = run("--json", "doctor")
    assert (ended.code, json.loads(ended.out), ended.err) == (
        0,
        {"probes": [probe | {"who_reason": "", "reason": "", "values": {}}]},
        "",
    )


def test_devices(run: Run, peer: AgentPeer) -> None:
    assert "escpos-network" in run("devices").out
    assert json.loads(run("devices", "--json").out)["devices"][0]["name"] == "printer"


def test_the_kinds_of_devices_need_no_agent(run: Run) -> None:
    rows = json.loads(run("devices", "--drivers", "--json").out)["drivers"]
    assert "serial-scanner" in [row["kind"] for row in rows]
    shown = run("devices", "--drivers").out
    assert "simulated-scanner" in shown
    assert "repeat_window_s" in shown


def test_orders_are_shown_without_their_customers(run: Run, peer: AgentPeer) -> None:
    out = run("orders", "--all").out
    assert peer.lines() == ["GET /v1/orders?state=all"]
    assert "A17" in out
    assert "SGD 12.50" in out
    assert "not answered" in out
    assert "Mei" not in out
    assert "91234567" not in out


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        (["devices"], "No device is set up.\n"),
        (["orders"], "There are no open orders.\n"),
        (["orders", "--all"], "There are no orders.\n"),
        (["outbox", "list"], "There are no such entries.\n"),
    ],
)
def test_an_empty_list_is_a_sentence(run: Run, peer: AgentPeer, command: list[str], sentence: str) -> None:
    peer.answers |= {
        "GET /v1/devices": (200, {"devices": []}),
        "GET /v1/orders": (200, {"orders": []}),
        "GET /v1/outbox": (200, {"entries": [], "next": None}),
    }
    assert run(*command).out == sentence


def test_open_orders_as_json(run: Run, peer: AgentPeer) -> None:
    assert json.loads(run("orders", "--json").out)["orders"][0]["id"] == "o-1"
    assert peer.lines() == ["GET /v1/orders?state=open"]
