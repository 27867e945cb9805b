from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from subprocess import Popen

import pytest

from agent.cli.in_force import IN_FORCE
from agent.core.errors import CataBridgeError, Unreachable
from agent.instance import running
from agent.paths import Home
from agent.secrets import API_KEY, Secrets
from agent.settings import DeviceSettings, Settings, load
from agent.setup import first_scan as first_scan_module
from agent.setup.first_scan import first_scan
from tests.cli.conftest import Run
from tests.support.agent_peer import AgentPeer, agent_peer, refused

KEY = "ck_test_key"
WHOAMI = {"authenticated": True, "tenantId": "t", "subdomain": "kopikita", "apiKeyId": 1, "expiresAt": "2099-01-31T00:00:00Z"}
NO_DEVICES = ["n", "n", "n", "n"]


@pytest.fixture
def cloud() -> Iterator[AgentPeer]:
    with agent_peer() as peer:
        peer.answers["GET /api/v1/auth/whoami"] = (200, WHOAMI)
        yield peer


def typed(*answers: str) -> str:
    return "".join(f"{answer}\n" for answer in answers)


def test_a_till_is_set_up_by_answering(run: Run, home: Home, cloud: AgentPeer) -> None:
    ended = run("setup", stdin=typed(cloud.url + "/", KEY, "o-1", "Kopi", "", *NO_DEVICES))
    assert ended.code == 0, ended.err
    assert "Cata knows this key: kopikita, until 2099-01-31." in ended.out
    assert KEY not in ended.out + ended.err
    settings = load(home)
    assert (settings.cloud.base_url, settings.outlet.id, settings.outlet.name) == (cloud.url, "o-1", "Kopi")
    assert Secrets(home).get(API_KEY) == KEY
    assert KEY not in home.config.read_text()


def test_answers_that_are_there_already_are_kept(run: Run, set_up: Home, cloud: AgentPeer) -> None:
    Secrets(set_up).set(API_KEY, KEY)
    assert run("setup", stdin=typed(cloud.url, "", "", "", "", *NO_DEVICES)).code == 0
    assert load(set_up).outlet.id == "o-1"
    assert Secrets(set_up).get(API_KEY) == KEY


def test_a_till_of_cockato_is_set_up_by_answering(run: Run, home: Home, cloud: AgentPeer) -> None:
    cloud.answers["POST /functions/v1/pos-transaction"] = (400, {"success": False, "error": "no", "code": "invalid_request"})
    url = f"{cloud.url}/functions/v1"
    ended = run("setup", "--cloud", "cockato", stdin=typed(url, "odd-key", "o-1", "Kopi", "", *NO_DEVICES))
    assert ended.code == 0, ended.err
    assert "Cockato accepts this key." in ended.out
    assert "does not look like one of Cockato's keys" in ended.err
    assert (load(home).cloud.provider, load(home).cloud.base_url) == ("cockato", url)
    again = run("setup", stdin=typed("", "", "", "", "", *NO_DEVICES))
    assert (again.code, load(home).cloud.provider) == (0, "cockato")


def test_a_refused_key_is_asked_for_again(run: Run, home: Home, cloud: AgentPeer) -> None:
    answers = [refused(401, "unauthorized", "no"), (200, {**WHOAMI, "expiresAt": None})]
    cloud.answers["GET /api/v1/auth/whoami"] = lambda body: answers.pop(0)
    ended = run("setup", stdin=typed(cloud.url, "wrong", "y", "", KEY, "o-1", "Kopi", "", *NO_DEVICES))
    assert "kopikita, for good" in ended.out
    assert Secrets(home).get(API_KEY) == KEY


def test_a_cloud_that_does_not_answer_can_be_kept(run: Run, home: Home) -> None:
    ended = run("setup", stdin=typed("ftp://x", KEY, "http://127.0.0.1:1", KEY, "n", "o-1", "Kopi", "", *NO_DEVICES))
    assert ended.code == 0
    assert load(home).cloud.base_url == "http://127.0.0.1:1"


def test_questions_that_are_not_answered_change_nothing(run: Run, home: Home, cloud: AgentPeer) -> None:
    ended = run("setup", stdin=typed(cloud.url, KEY, "o-1"))
    assert ended.code == 1
    assert ended.err.endswith("The questions were not answered to the end, so nothing was changed.\n")
    assert not home.config.exists()
    assert Secrets(home).get(API_KEY) is None


def test_devices_are_asked_for_until_they_fit(run: Run, home: Home, cloud: AgentPeer) -> None:
    scanner = ["y", "nonsense", "tcp-scanner", "bad name!", "front", "n", "", "", "shop-scanner", "no port", "4001", "n"]
    pos = ["y", "simulated-pos", "", "n", "", "pos-key", "n"]
    ended = run("setup", stdin=typed(cloud.url, KEY, "o-1", "Kopi", "", *scanner, "n", "n", *pos, "n"))
    assert ended.code == 0, ended.err
    front, pos_device = load(home).devices
    assert (front.name, front.driver) == ("front", "tcp-scanner")
    assert front.options == {"host": "shop-scanner", "port": 4001}
    assert pos_device.driver == "simulated-pos"
    assert Secrets(home).get("device/simulated-pos") == "pos-key"


def test_the_test_scan_reads_a_code(run: Run, home: Home, cloud: AgentPeer, tmp_path: Path) -> None:
    feed = tmp_path / "scans.txt"
    stop = threading.Event()
    writer = threading.Thread(target=scan_until, args=(feed, "M-1234", stop))
    writer.start()
    try:
        scanner = ["y", "simulated-scanner", "", "n", str(feed), "n"]
        ended = run("setup", stdin=typed(cloud.url, KEY, "o-1", "Kopi", "", *scanner, "n", "n", "n", "y"))
    finally:
        stop.set()
        writer.join()
    assert "The scanner read: M-1234" in ended.out, ended.err


def test_a_scanner_that_is_silent_does_not_undo_the_set_up(
    run: Run, home: Home, cloud: AgentPeer, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.prepare()
    home.config.write_text(
        '[[devices]]\nname="a"\ndriver="simulated-scanner"\n[[devices]]\nname="b"\ndriver="tcp-scanner"\nhost="127.0.0.1"\nport=9\n'
    )
    ended = run("setup", stdin=typed(cloud.url, KEY, "o-1", "Kopi", "", *NO_DEVICES, "y", "2"))
    assert ended.code == 0, ended.err
    assert "Already there: a (simulated-scanner)" in ended.out
    assert "The set-up is kept" in ended.err
    assert load(home).outlet.id == "o-1"


def test_without_an_agent_it_takes_effect_at_the_next_start(run: Run, home: Home, cloud: AgentPeer) -> None:
    ended = run("setup", stdin=typed(cloud.url, KEY, "o-1", "Kopi", "", *NO_DEVICES))
    assert "from its next start on" in ended.out
    assert "Restart" not in ended.out


def test_a_running_agent_works_with_the_answers_at_once(run: Run, set_up: Home, cloud: AgentPeer, agent: Popen[bytes]) -> None:
    again = typed(cloud.url, KEY, "", "Kopi C", "", *NO_DEVICES)
    ended = run("setup", stdin=again)
    assert (ended.code, ended.out.endswith(f"{IN_FORCE.sentence}\n")) == (0, True), ended
    status = json.loads(run("status", "--json").out)
    assert (status["outlet"]["name"], agent.poll()) == ("Kopi C", None)
    before = running(set_up)
    ended = run("setup", stdin=typed(*[""] * 5, *NO_DEVICES))
    assert (ended.out.endswith("Set-up is complete.\n"), running(set_up)) == (True, before)


def scan_until(feed: Path, code: str, stop: threading.Event) -> None:
    while not stop.wait(0.2):
        with feed.open("a") as file:
            file.write(f"{code}\n")


def scanned(home: Home, options: dict[str, object], wait_s: float) -> str:
    device = DeviceSettings(name="front", driver="simulated-scanner", options=options)
    return asyncio.run(first_scan(home, Settings(), device, lambda sentence: None, wait_s=wait_s)).text


def test_waiting_for_a_scan_ends(home: Home, tmp_path: Path) -> None:
    with pytest.raises(Unreachable, match="no_scan"):
        scanned(home, {"feed": str(tmp_path / "f")}, 0.05)


def test_a_scanner_whose_settings_do_not_fit_is_refused(home: Home) -> None:
    with pytest.raises(CataBridgeError):
        scanned(home, {"feeed": ""}, 1)


def test_what_the_scanner_refuses_is_said(home: Home) -> None:
    async def refuse() -> list[str]:
        said: list[str] = []
        sink = first_scan_module._Sink(said.append)
        sink.refuse_scan("too_long", "This is no code.")
        await sink.sale(None)  # type: ignore[arg-type]
        return said

    assert asyncio.run(refuse()) == ["This is no code."]
