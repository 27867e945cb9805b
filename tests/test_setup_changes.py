"""Settings and secrets go in together or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.core.errors import NotSaved
from agent.paths import Home
from agent.secrets import Secrets
from agent.setup.changes import Changes, plan, write


class FullStore(Secrets):
    """A store whose disk takes no more."""

    def set(self, name: str, value: str) -> None:
        raise NotSaved("secret_not_saved", "The disk is full.")


@pytest.mark.parametrize("before", [None, '[outlet]\nname = "Own"  # ours\n'])
def test_a_secret_that_cannot_be_kept_leaves_the_settings_as_they_were(tmp_path: Path, before: str | None) -> None:
    home = Home(tmp_path / "home").prepare()
    if before is not None:
        home.config.write_text(before)
    store = FullStore(home, {"CATA_BRIDGE_SECRETS": "file"})
    ready = plan(home, Changes({"outlet.name": "Kopi"}, {"api-key": "k"}))
    with pytest.raises(NotSaved):
        write(home, store, ready)
    assert (home.config.read_text() if home.config.exists() else None) == before


def test_an_empty_secret_is_forgotten_and_comments_stay(tmp_path: Path) -> None:
    home = Home(tmp_path / "home").prepare()
    home.config.write_text('[outlet]\nname = "Own"  # ours\ncity = "Singapore"\n')
    store = Secrets(home, {"CATA_BRIDGE_SECRETS": "file"})
    store.set("manager-pin", "2468")
    ready = plan(home, Changes({"outlet.till": "till-2", "outlet.city": None}, {"manager-pin": ""}))
    assert ready.names == ["outlet.till", "outlet.city", "secrets.manager-pin"]
    settings = write(home, store, ready)
    assert (settings.outlet.till, settings.outlet.city, store.get("manager-pin")) == ("till-2", "", None)
    assert "# ours" in home.config.read_text()
