"""A till is signed off only when nothing of it can be lost."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from agent import evacuation_file
from agent.core.errors import DamagedData
from agent.instance import Instance
from agent.paths import Home
from agent.secrets import API_KEY, MANAGER_PIN, SEAL_KEY, Secrets
from tests.cli.conftest import Run
from tests.cli.test_evacuation import WORDS, a_home, fill, listed
from tests.support.agent_peer import AgentPeer

NO_WAIT = ("--wait-s", "0")


@pytest.fixture(autouse=True)
def quick_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evacuation_file, "SCRYPT_N", 2**4)


def test_an_empty_till_goes_after_its_name_was_typed(run: Run, set_up: Home) -> None:
    Secrets(set_up).set(API_KEY, "ck_test")
    ended = run("reset", *NO_WAIT, stdin="till-1\n")
    assert (ended.code, ended.out) == (0, "This till is signed off and its files are gone.\n"), ended.err
    assert not set_up.root.exists()


def test_what_is_not_confirmed_stays(run: Run, set_up: Home) -> None:
    fill(set_up, 1)
    for typed in ("yes\n", ""):
        ended = run("reset", *NO_WAIT, "--evacuate", str(set_up.root.parent / "f"), "--passphrase-stdin", stdin=WORDS + typed)
        assert ended.code == 1
    assert len(listed(run, set_up)) == 1
    assert not (set_up.root.parent / "f").exists()


def test_entries_that_cannot_be_sent_insist_on_a_file(run: Run, set_up: Home) -> None:
    fill(set_up, 3)
    ended = run("reset", "--wait-s", "0.3", stdin="till-1\n")
    assert (ended.code, ended.out) == (1, "")
    assert ended.err.splitlines()[0] == "Sending: 3 entries wait."
    assert ended.err.endswith("3 entries could not be sent. Name a file for them: cata-bridge reset --evacuate FILE\n")
    assert len(listed(run, set_up)) == 3


def test_what_is_left_goes_into_the_file_and_from_there_into_another_till(run: Run, set_up: Home, tmp_path: Path) -> None:
    fill(set_up, 3)
    before = listed(run, set_up)
    other = a_home(tmp_path / "other", set_up.config.read_text())
    file = tmp_path / "unsent.cbx"
    ended = run("reset", *NO_WAIT, "--evacuate", str(file), "--passphrase-stdin", "--json", stdin=WORDS + "till-1\n")
    assert json.loads(ended.out) == {"entries": 3, "path": str(file)}, ended.err
    assert not set_up.root.exists()
    assert evacuation_file.read(file, WORDS.strip())["final"] is True
    assert run("outbox", "import", str(file), "--passphrase-stdin", "--home", str(other.root), stdin=WORDS).code == 0
    assert [entry["ref_code"] for entry in listed(run, other)] == [entry["ref_code"] for entry in before]


def test_a_file_that_does_not_read_back_removes_nothing(run: Run, set_up: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    def damaged(path: Path, passphrase: str) -> None:
        raise DamagedData("bits", "Bits were flipped.")

    fill(set_up, 1)
    monkeypatch.setattr(evacuation_file, "read", damaged)
    file = str(set_up.root.parent / "f")
    ended = run("reset", *NO_WAIT, "--evacuate", file, "--passphrase-stdin", stdin=WORDS + "till-1\n")
    assert ended.code == 5
    assert ended.err.endswith("does not read as it was written, so nothing was removed.\n")
    assert len(listed(run, set_up)) == 1


def test_a_file_in_the_folder_that_goes_is_refused(run: Run, set_up: Home) -> None:
    ended = run("reset", "--evacuate", str(set_up.root / "f"))
    assert (ended.code, ended.err) == (1, "The file must lie outside of the folder that is removed.\n")


def test_what_others_keep_there_stays(run: Run, set_up: Home) -> None:
    (set_up.root / "letter.txt").write_text("dear shop")
    assert run("reset", *NO_WAIT, stdin="till-1\n").code == 0
    assert [path.name for path in set_up.root.iterdir()] == ["letter.txt"]


def test_the_managers_pin_is_needed_where_one_is_set(run: Run, set_up: Home) -> None:
    Secrets(set_up).set(MANAGER_PIN, "4711")
    assert run("reset", *NO_WAIT, stdin="0000\ntill-1\n").err == "This needs the manager's PIN.\n"
    assert run("reset", *NO_WAIT, stdin="4711\ntill-1\n").code == 0


def test_nothing_of_a_running_agent_is_removed(run: Run, set_up: Home, peer: AgentPeer) -> None:
    assert run("reset", stdin="till-1\n").code == 3
    set_up.run_file.unlink()
    with Instance(set_up):
        assert run("reset", stdin="till-1\n").code == 3
    assert set_up.config.exists()


def test_where_nothing_is_nothing_is_removed(run: Run, home: Home) -> None:
    ended = run("reset")
    assert ended.err == f"There is nothing of Cata Bridge in {home.root}.\n"
    assert not home.root.exists()


def test_the_secrets_go_too(run: Run, set_up: Home) -> None:
    Secrets(set_up).set(API_KEY, "ck_test")
    fill(set_up, 1)
    file = str(set_up.root.parent / "f")
    assert run("reset", *NO_WAIT, "--evacuate", file, "--passphrase-stdin", stdin=WORDS + "till-1\n").code == 0
    again = Secrets(set_up)
    assert (again.get(API_KEY), again.get(SEAL_KEY)) == (None, None)


def test_another_outlet_or_cloud_is_refused_while_entries_wait(run: Run, set_up: Home, tmp_path: Path) -> None:
    fill(set_up, 2)
    for text in ('[outlet]\nid = "o-2"', '[cloud]\nbase_url = "http://127.0.0.1:8"'):
        (tmp_path / "f.toml").write_text(text)
        ended = run("provision", str(tmp_path / "f.toml"))
        assert ended.code == 1
        assert "2 entries wait to be sent" in ended.err
        assert "cata-bridge reset" in ended.err
    assert 'id = "o-1"' in set_up.config.read_text()
    (tmp_path / "f.toml").write_text('[outlet]\nid = "o-1"\nname = "Kopi C"')
    assert run("provision", str(tmp_path / "f.toml")).code == 0


def test_the_questions_refuse_another_outlet_while_entries_wait(run: Run, set_up: Home, peer: AgentPeer) -> None:
    peer.answers["GET /api/v1/auth/whoami"] = (200, {"authenticated": True, "tenantId": "t", "subdomain": "k", "apiKeyId": 1})
    answers = [peer.url, "ck_test_key", "o-2", "Kopi", ""]
    ended = run("setup", stdin="".join(f"{answer}\n" for answer in answers))
    assert ended.code == 1
    assert "3 entries wait to be sent" in ended.err


def test_an_empty_till_may_move(run: Run, set_up: Home, tmp_path: Path) -> None:
    (tmp_path / "f.toml").write_text('[outlet]\nid = "o-2"')
    assert run("provision", str(tmp_path / "f.toml")).code == 0
    fill(set_up, 0)
    (tmp_path / "f.toml").write_text('[outlet]\nid = "o-3"')
    assert run("provision", str(tmp_path / "f.toml")).code == 0
