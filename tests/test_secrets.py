"""Secrets: where they lie, who wins, and that a weak or locked store is never mistaken for a good one."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from keyring.backend import KeyringBackend
from keyring.errors import PasswordDeleteError

from agent.core.errors import DamagedData, InvalidInput, NeedsPerson, NotSaved
from agent.file_lock import FileLock, waiting
from agent.paths import Home
from agent.redaction import redact
from agent.secret_stores import SystemStore, in_time, system_store
from agent.secrets import Secrets


class Desktop(KeyringBackend):
    """A store as a desktop offers it; it can be locked, or hang."""

    priority = 1

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.kept: dict[tuple[str, str], str] = {}
        self.locked = False
        self.hangs = threading.Event()
        self.hangs.set()

    def _ask(self) -> None:
        self.hangs.wait()
        if self.locked:
            raise OSError

    def get_password(self, service: str, username: str) -> str | None:
        self._ask()
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self._ask()
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if (service, username) not in self.kept:
            raise PasswordDeleteError
        del self.kept[service, username]


@pytest.fixture
def desktop() -> Iterator[Desktop]:
    made = Desktop()
    yield made
    made.hangs.set()


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


def in_file(home: Home, **env: str) -> Secrets:
    return Secrets(home, {"CATA_BRIDGE_SECRETS": "file"} | env)


def on(home: Home, desktop: Desktop) -> Secrets:
    return Secrets(home, {}, find_system=lambda service: SystemStore(service, desktop, limit_s=0.5))


def nowhere(_service: str) -> None:
    return None


def test_a_secret_is_kept_sealed_and_private(home: Home) -> None:
    secrets = in_file(home)
    secrets.set("api-key", " ck_test_123 \n")
    assert in_file(home).get("api-key") == "ck_test_123"
    assert secrets.is_weak
    for path in home.secrets.iterdir():
        assert path.stat().st_mode & 0o077 == 0
        assert b"ck_test_123" not in path.read_bytes()


def test_the_environment_wins(home: Home) -> None:
    secrets = in_file(home, CATA_BRIDGE_SECRET_API_KEY="from env", CATA_BRIDGE_SECRET_DEVICE_KDS_1="d")
    secrets.set("api-key", "kept")
    assert (secrets.get("api-key"), secrets.get("device/kds-1")) == ("from env", "d")
    assert in_file(home).get("api-key") == "kept"


def test_a_secret_that_was_seen_is_in_no_log(home: Home) -> None:
    in_file(home).set("api-key", "opaque words of a key")
    assert in_file(home, CATA_BRIDGE_SECRET_RELAY_KEY="another opaque key").get("relay-key")
    assert redact("opaque words of a key, another opaque key") == "[secret], [secret]"


def test_names_tell_what_is_there_and_clearing_removes(home: Home) -> None:
    secrets = in_file(home, CATA_BRIDGE_SECRET_RELAY_KEY="r")
    secrets.seal_key()
    secrets.set("device/kds", "x")
    assert secrets.names() == ["device/kds", "relay-key"]
    secrets.clear("device/kds")
    secrets.clear("device/kds")
    assert secrets.get("device/kds") is None
    assert secrets.names() == ["relay-key"]


@pytest.mark.parametrize("name", ["apikey", "device/", "device/../x", "names", ""])
def test_an_unknown_name_is_refused(home: Home, name: str) -> None:
    with pytest.raises(InvalidInput, match="unknown_secret"):
        in_file(home).set(name, "x")


@pytest.mark.parametrize("value", ["", "  ", "a\nb", "x" * 5000])
def test_an_unusable_value_is_refused(home: Home, value: str) -> None:
    with pytest.raises(InvalidInput, match="invalid_secret"):
        in_file(home).set("api-key", value)


def test_the_sealing_key_is_made_once_even_by_many(home: Home) -> None:
    made: list[bytes] = []
    threads = [threading.Thread(target=lambda: made.append(in_file(home).seal_key())) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 6
    assert len(set(made)) == 1
    assert len(made[0]) == 32


@pytest.mark.parametrize("kept", ["short", "not base64!", "YQ=="])
def test_a_damaged_sealing_key_is_said(home: Home, kept: str) -> None:
    secrets = in_file(home)
    secrets.set("seal-key", kept)
    with pytest.raises(DamagedData):
        secrets.seal_key()


@pytest.mark.parametrize("damage", ["secrets.sealed", "secrets.key"])
def test_a_damaged_file_is_said_and_not_replaced(home: Home, damage: str) -> None:
    in_file(home).set("api-key", "k" * 10)
    path = home.secrets / damage
    path.write_bytes(path.read_bytes()[:-1] + b"\x00")
    before = (home.secrets / "secrets.sealed").read_bytes()
    with pytest.raises(DamagedData):
        in_file(home).get("api-key")
    with pytest.raises(DamagedData):
        in_file(home).set("relay-key", "x")
    assert (home.secrets / "secrets.sealed").read_bytes() == before


def test_a_file_that_cannot_be_written_is_said(home: Home) -> None:
    secrets = in_file(home)
    (home.secrets / "secrets.lock").mkdir()
    with pytest.raises(NotSaved):
        secrets.set("api-key", "x")


def test_the_desktop_s_store_is_used_where_there_is_one(home: Home, desktop: Desktop) -> None:
    secrets = on(home, desktop)
    secrets.set("api-key", "k")
    assert not secrets.is_weak
    assert on(home, desktop).get("api-key") == "k"
    assert not (home.secrets / "secrets.sealed").exists()
    secrets.clear("api-key")
    secrets.clear("api-key")
    assert secrets.get("api-key") is None


def test_two_homes_do_not_share_secrets(home: Home, tmp_path: Path, desktop: Desktop) -> None:
    on(home, desktop).set("api-key", "k")
    assert on(Home(tmp_path / "other"), desktop).get("api-key") is None


def test_a_locked_store_is_never_replaced_by_an_empty_file(home: Home, desktop: Desktop) -> None:
    secrets = on(home, desktop)
    secrets.set("api-key", "k")
    desktop.locked = True
    with pytest.raises(NeedsPerson, match="secret_store_locked"):
        secrets.get("api-key")
    with pytest.raises(NeedsPerson, match="secret_store_locked"):
        Secrets(home, {}, find_system=nowhere)


def test_a_file_chosen_once_stays_chosen(home: Home, desktop: Desktop) -> None:
    Secrets(home, {}, find_system=nowhere).set("api-key", "k")
    assert on(home, desktop).get("api-key") == "k"


def test_a_store_that_hangs_is_given_up(desktop: Desktop) -> None:
    desktop.hangs.clear()
    with pytest.raises(NeedsPerson):
        SystemStore("s", desktop, limit_s=0.05).get("api-key")


def test_a_platform_s_store_is_probed(monkeypatch: pytest.MonkeyPatch, desktop: Desktop) -> None:
    monkeypatch.setattr("agent.secret_stores.import_module", lambda _name: type("Module", (), {"Keyring": lambda: desktop}))
    assert system_store("s", platform="linux") is not None
    assert desktop.kept == {}
    desktop.locked = True
    assert system_store("s", platform="linux") is None
    assert system_store("s", platform="plan9") is None


def test_a_platform_without_its_store_has_none() -> None:
    assert system_store("s", platform="win32", limit_s=5.0) is None


def test_work_in_time_hands_over_result_and_error() -> None:
    assert in_time(lambda: 5, 5.0) == 5
    with pytest.raises(ZeroDivisionError):
        in_time(lambda: 1 // 0, 5.0)


def test_a_lock_excludes_and_is_freed(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    holder = FileLock(path)
    assert holder.take()
    assert not FileLock(path).take()
    with pytest.raises(NotSaved, match="locked"), waiting(path, tries=2):
        pass
    holder.free()
    holder.free()
    with waiting(path):
        assert not holder.take()
    assert holder.take()
    holder.free()
