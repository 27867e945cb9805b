"""What waits can be moved to another home, and a till that gives up keeps nothing back."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from agent import evacuation_file
from agent.cli.stored_outbox import opened
from agent.core.clock import SystemClock
from agent.core.entry import Draft, EntryKind
from agent.core.ids import RandomIds
from agent.core.member import MemberRef
from agent.core.money import Points
from agent.core.ref_code import ref_code_for_entry
from agent.db.journal import read
from agent.instance import Instance
from agent.paths import Home
from agent.secrets import MANAGER_PIN, Secrets
from tests.cli.conftest import Run
from tests.support.agent_peer import AgentPeer, refused

WORDS = "kopi and kaya toast\n"
CONFIG = '[outlet]\nid = "o-1"\nname = "Kopi"\n[cloud]\nbase_url = "http://127.0.0.1:9"\n'


@pytest.fixture(autouse=True)
def quick_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evacuation_file, "SCRYPT_N", 2**4)


@pytest.fixture
def other(tmp_path: Path) -> Home:
    return a_home(tmp_path / "other", CONFIG)


def a_home(root: Path, config: str) -> Home:
    home = Home(root).prepare()
    home.config.write_text(config)
    return home


def fill(home: Home, count: int) -> None:
    """Entries that nobody could send."""

    async def work() -> None:
        ids, now = RandomIds(), SystemClock().now()
        async with opened(home) as stored:
            for entry_id in [ids.new() for _ in range(count)]:
                await stored.outbox.record(
                    Draft(
                        id=entry_id,
                        kind=EntryKind.EARN,
                        lane=f"member:{entry_id}",
                        ref_code=ref_code_for_entry(entry_id),
                        payload={},
                        created_at=now,
                        member=MemberRef(identifier="+6591234567"),
                        points=Points(5),
                    )
                )

    asyncio.run(work())


def listed(run: Run, home: Home) -> list[Any]:
    ended = run("outbox", "list", "--limit", "500", "--json", "--home", str(home.root))
    assert ended.code == 0, ended.err
    entries: list[Any] = json.loads(ended.out)["entries"]
    return entries


def keys(entries: list[Any]) -> list[str]:
    return [entry["ref_code"] for entry in entries]


def export(run: Run, file: Path, *more: str, stdin: str = WORDS) -> str:
    ended = run("outbox", "export", str(file), "--passphrase-stdin", *more, stdin=stdin)
    assert ended.code == 0, ended.err
    return ended.out


def test_entries_are_listed_and_shown_without_an_agent(run: Run, set_up: Home) -> None:
    assert run("outbox", "list").out == "There are no such entries.\n"
    fill(set_up, 2)
    first, _ = listed(run, set_up)
    assert json.loads(run("outbox", "show", first["id"], "--json").out) == first
    assert run("outbox", "show", "e-0").err == "There is no such entry here.\n"


def test_a_home_that_is_none_has_no_outbox(run: Run, home: Home) -> None:
    assert run("outbox", "list").code == 4


def test_an_agent_that_is_starting_keeps_the_database_to_itself(run: Run, set_up: Home) -> None:
    with Instance(set_up):
        assert run("outbox", "list").code == 3


def test_what_waits_moves_to_another_home(run: Run, set_up: Home, other: Home, tmp_path: Path) -> None:
    fill(set_up, 450)
    file = tmp_path / "unsent.cbx"
    assert export(run, file).startswith("450 entries are in ")
    assert b"9123" not in file.read_bytes()
    take = ("outbox", "import", str(file), "--passphrase-stdin", "--home", str(other.root))
    assert run(*take, stdin=WORDS).out == "450 entries were taken in, 0 were here already.\n"
    assert run(*take, stdin=WORDS).out == "0 entries were taken in, 450 were here already.\n"
    assert listed(run, other) == listed(run, set_up)


def test_nothing_to_move_makes_no_file(run: Run, set_up: Home, tmp_path: Path) -> None:
    assert export(run, tmp_path / "file") == "Nothing waits to be sent, so there is no file.\n"
    assert not (tmp_path / "file").exists()


def test_a_file_that_is_there_is_never_written_over(run: Run, set_up: Home, tmp_path: Path) -> None:
    fill(set_up, 1)
    (tmp_path / "file").write_text("precious")
    assert run("outbox", "export", str(tmp_path / "file"), "--passphrase-stdin", stdin=WORDS).code == 1
    assert (tmp_path / "file").read_text() == "precious"


@pytest.mark.parametrize("spoil", ["bit", "passphrase", "no passphrase"])
def test_what_cannot_be_opened_changes_nothing(run: Run, set_up: Home, other: Home, tmp_path: Path, spoil: str) -> None:
    fill(set_up, 1)
    file = tmp_path / "file"
    export(run, file)
    whole = file.read_bytes()
    file.write_bytes(whole[:-1] + bytes([whole[-1] ^ (spoil == "bit")]))
    words = {"bit": WORDS, "passphrase": "another one\n", "no passphrase": "\n"}[spoil]
    ended = run("outbox", "import", str(file), "--passphrase-stdin", "--home", str(other.root), stdin=words)
    assert (ended.code, ended.out, ended.err.count("\n")) == (1, "", 1)
    assert listed(run, other) == []


def test_another_outlets_file_is_refused(run: Run, set_up: Home, tmp_path: Path) -> None:
    fill(set_up, 1)
    export(run, tmp_path / "file")
    stranger = a_home(tmp_path / "stranger", CONFIG.replace("o-1", "o-2"))
    take = ("outbox", "import", str(tmp_path / "file"), "--passphrase-stdin", "--home", str(stranger.root))
    ended = run(*take, stdin=WORDS)
    assert (ended.code, ended.err) == (1, "This file is from another outlet, so nothing of it was taken in.\n")
    assert listed(run, stranger) == []


def test_the_managers_pin_is_asked_for_without_an_agent_too(run: Run, set_up: Home, tmp_path: Path) -> None:
    fill(set_up, 1)
    Secrets(set_up).set(MANAGER_PIN, "4711")
    ended = run("outbox", "export", str(tmp_path / "file"), "--passphrase-stdin", stdin=WORDS)
    assert (ended.code, ended.err) == (1, "This needs the manager's PIN.\n")
    assert export(run, tmp_path / "file", "--pin", "--json", stdin=WORDS + "4711\n")


def test_a_running_agent_is_asked_page_by_page(run: Run, peer: AgentPeer, tmp_path: Path) -> None:
    def page(body: Any) -> tuple[int, object]:
        assert body["pin"] == "4711"
        return 200, {"outlet_id": "o-1", "entries": [{"id": body["after"]}], "next": 7 if body["after"] == 0 else None}

    peer.answers["POST /v1/outbox/export"] = page
    out = export(run, tmp_path / "file", "--pin", "--json", stdin=WORDS + "4711\n")
    assert json.loads(out)["entries"] == 2
    peer.answers["POST /v1/outbox/import"] = (200, {"recorded": 1, "known": 0, "overtaken": 1, "different": ["e-9"]})
    ended = run("outbox", "import", str(tmp_path / "file"), "--passphrase-stdin", stdin=WORDS)
    assert ended.code == 1
    assert "a newer menu" in ended.out
    assert ended.err.endswith("left out: e-9.\n")
    peer.answers["POST /v1/outbox/import"] = refused(413, "too_large", "The request is too large.")
    ended = run("outbox", "import", str(tmp_path / "file"), "--passphrase-stdin", stdin=WORDS)
    assert ended.err.startswith("An entry is too large while Cata Bridge is running.")


def test_an_import_that_was_killed_is_completed_by_the_next(run: Run, set_up: Home, other: Home, tmp_path: Path) -> None:
    fill(set_up, 480)
    file = tmp_path / "file"
    content = asyncio.run(_content(set_up))
    evacuation_file.write(file, WORDS.strip(), content)
    command = [sys.executable, "-c", SLOWLY, str(other.root), str(file)]
    root = Path(__file__).parents[2]
    with subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, env={**os.environ}) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"one part is in\n"
        process.kill()
    partly = listed(run, other)
    assert 0 < len(partly) < 480
    take = ("outbox", "import", str(file), "--passphrase-stdin", "--home", str(other.root))
    assert run(*take, stdin=WORDS).out == f"{480 - len(partly)} entries were taken in, {len(partly)} were here already.\n"
    assert keys(listed(run, other)) == keys(listed(run, set_up))
    intents = [line.record["id"] for line in read(other.journal).lines]
    assert sorted(map(str, intents)) == sorted(entry["id"] for entry in listed(run, set_up))


SLOWLY = """
import sys
from pathlib import Path
from agent import evacuation_file
from agent.cli.evacuation import parts
from agent.cli.stored_outbox import StoredOutbox
from agent.paths import Home
evacuation_file.SCRYPT_N = 2**4
content = evacuation_file.read(Path(sys.argv[2]), "kopi and kaya toast")
for part in parts(content["entries"]):
    StoredOutbox(Home(Path(sys.argv[1]))).bring({**content, "entries": part}, None)
    print("one part is in", flush=True)
    sys.stdin.read(0) or __import__("time").sleep(0.05)
"""


async def _content(home: Home) -> dict[str, Any]:
    from agent.cli.stored_outbox import taken

    async with opened(home) as stored:
        page, entries = await taken(stored.desk, 0), []
        entries += page["entries"]
        while page["next"] is not None:
            page = await taken(stored.desk, page["next"])
            entries += page["entries"]
    return {"outlet_id": "o-1", "written_at": "2026-11-22T04:00:00Z", "final": True, "entries": entries}
