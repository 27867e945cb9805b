from __future__ import annotations

import json
from typing import Any

import pytest

from agent.paths import Home
from agent.secrets import API_KEY, Secrets
from tests.cli.conftest import Run
from tests.support.agent_peer import AgentPeer, agent_peer

WHOAMI = {
    "authenticated": True,
    "tenantId": "7d0f6c1e-5a52-4b3e-9c0e-3a4c1f1b2d90",
    "subdomain": "kopikita",
    "apiKeyId": 42,
    "expiresAt": "2099-01-31T00:00:00Z",
}


def examined(run: Run) -> tuple[dict[str, bool], str]:
    ended = run("doctor", "--json")
    assert ended.code == 1
    probes: list[dict[str, Any]] = json.loads(ended.out)["probes"]
    return {probe["name"]: probe["ok"] for probe in probes}, ended.err


def test_a_till_without_anything_lacks_its_set_up(run: Run, home: Home) -> None:
    probes, sentence = examined(run)
    assert probes == {"settings": True, "disk": True, "set-up": False, "agent": False}
    assert sentence.startswith("Set-up still lacks the cloud's address and the outlet and the key.")
    assert "Who can fix it: IT" in sentence
    assert not home.root.exists()


def test_settings_that_cannot_be_read_come_first(run: Run, set_up: Home) -> None:
    set_up.config.write_text("[outlet]\nnam = 'x'\n")
    probes, sentence = examined(run)
    assert probes == {"settings": False}
    assert sentence.startswith("There is no setting outlet.nam; the nearest is outlet.name.")


def test_behind_the_agent_the_network_is_tried_too(run: Run, set_up: Home) -> None:
    Secrets(set_up).set(API_KEY, "ck_test_key")
    probes, sentence = examined(run)
    assert probes == {"settings": True, "disk": True, "set-up": True, "agent": False, "name": True, "connection": False}
    assert sentence.startswith("Cata Bridge is not running on this till. Who can fix it: The shop")


def test_the_key_is_tried_at_the_cloud(run: Run, set_up: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    with agent_peer() as cloud:
        cloud.answers["GET /api/v1/auth/whoami"] = (200, WHOAMI)
        monkeypatch.setenv("CATA_BRIDGE_CLOUD__BASE_URL", cloud.url)
        monkeypatch.setenv("CATA_BRIDGE_SECRET_API_KEY", "ck_test_key")
        probes, _ = examined(run)
    assert [name for name, ok in probes.items() if not ok] == ["agent"]
    assert "clock" in probes


def test_the_key_is_tried_at_cockato_too(run: Run, set_up: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    with agent_peer() as cloud:
        cloud.answers["POST /pos-transaction"] = (401, {"success": False, "error": "no", "code": "invalid_api_key"})
        monkeypatch.setenv("CATA_BRIDGE_CLOUD__PROVIDER", "cockato")
        monkeypatch.setenv("CATA_BRIDGE_CLOUD__BASE_URL", cloud.url)
        monkeypatch.setenv("CATA_BRIDGE_SECRET_API_KEY", "ck_test_key")
        probes, _ = examined(run)
    assert [name for name, ok in probes.items() if not ok] == ["agent", "key"]


def test_a_bad_file_of_certificates_is_named(run: Run, set_up: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CATA_BRIDGE_CLOUD__CA_FILE", "/no/such/file.pem")
    ended = run("doctor")
    assert (ended.code, ended.err) == (1, "The certificates in /no/such/file.pem cannot be read.\n")


def test_an_agent_with_nothing_broken_ends_with_0(run: Run, peer: AgentPeer) -> None:
    peer.answers["GET /v1/doctor"] = (200, {"probes": []})
    assert run("doctor").code == 0
