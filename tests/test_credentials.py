"""The key and the PIN in memory: nobody waits for a store, and a change counts once it is taken up."""

from __future__ import annotations

from pathlib import Path

from agent.credentials import Credentials
from agent.paths import Home
from agent.secrets import API_KEY, MANAGER_PIN, Secrets


async def test_what_a_person_changed_counts_once_it_is_taken_up(tmp_path: Path) -> None:
    env = {"CATA_BRIDGE_SECRETS": "file"}
    secrets = Secrets(Home(tmp_path).prepare(), env=env)
    credentials = Credentials(secrets)
    assert (credentials.api_key(), credentials.manager_pin()) == (None, None)
    secrets.set(API_KEY, "ck_one")
    secrets.set(MANAGER_PIN, "2468")
    assert credentials.api_key() is None
    await credentials.refresh()
    assert (credentials.api_key(), credentials.manager_pin()) == ("ck_one", "2468")
    secrets.clear(API_KEY)
    await credentials.refresh()
    assert credentials.api_key() is None
