"""A whole menu in the outbox: packed on the disk, read only by who looks inside, and the same when it comes out."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.core.entry import EntryKind
from agent.core.ref_code import payload_hash
from agent.db.database import Database
from agent.db.outbox import Outbox
from agent.db.outbox_rows import LARGE, LargePayload
from tests.db.drafts import a_draft, open_outbox
from tests.support.clock import FakeClock

CHOICES = [
    {"code": "EGG", "price": "0.50", "visible": True, "sort": 1},
    {"code": "EGG", "price": "0.50", "visible": 1, "sort": 1},
]
MENU: dict[str, object] = {
    "style": "v2",
    "menu": {"products": [{"itemCode": f"I{number}", "options": CHOICES, "tags": ["a", "b"]} for number in range(2_000)]},
}


def size_of(database: Database, folder: Path) -> int:
    return (folder / "bridge.db").stat().st_size + (folder / "bridge.db-wal").stat().st_size


async def test_it_comes_back_as_it_went_in_also_after_a_restart(tmp_path: Path, clock: FakeClock) -> None:
    database, outbox = await open_outbox(tmp_path, clock)
    entry = (await outbox.record(a_draft("menu", kind=EntryKind.MENU_PUSH, member=None, points=0, payload=MENU))).entry
    await database.close()
    database, outbox = await open_outbox(tmp_path, clock)
    again = await outbox.get(entry.id)
    await database.close()
    assert again is not None
    assert isinstance(again.payload, LargePayload)
    assert (dict(again.payload.items()), again.payload["style"], len(again.payload), list(again.payload)) == (
        MENU,
        "v2",
        2,
        ["style", "menu"],
    )
    assert again.payload_hash == payload_hash(MENU) == payload_hash(dict(again.payload.items()))


async def test_a_list_of_it_is_read_one_by_one(outbox: Outbox) -> None:
    entry = (await outbox.record(a_draft("menu", kind=EntryKind.MENU_PUSH, member=None, points=0, payload=MENU))).entry
    assert isinstance(entry.payload, LargePayload)
    listed = entry.payload.listed("menu", "products", hook=lambda one: one.get("itemCode", "a choice"))
    assert [next(listed), next(listed), *listed][::1_000] == ["I0", "I1000"]
    for place in (("menu", "nothing"), ("nothing",)):
        with pytest.raises(KeyError):
            entry.payload.listed(*place, hook=dict)
    with pytest.raises(KeyError):
        entry.payload["nothing"]


async def test_what_is_alike_is_one_object_and_what_only_looks_alike_is_not(outbox: Outbox) -> None:
    entry = (await outbox.record(a_draft("menu", kind=EntryKind.MENU_PUSH, member=None, points=0, payload=MENU))).entry
    read = dict(entry.payload.items())
    first, last = (read["menu"]["products"][place]["options"] for place in (0, -1))  # type: ignore[index]
    assert first[0] is last[0]
    assert (first[0]["visible"], first[1]["visible"]) == (True, 1)
    assert type(first[1]["visible"]) is int


async def test_it_takes_little_room_and_a_small_one_is_read_at_once(tmp_path: Path, clock: FakeClock) -> None:
    database, outbox = await open_outbox(tmp_path, clock)
    small = (await outbox.record(a_draft(payload={"note": "x"}))).entry
    before = size_of(database, tmp_path)
    await outbox.record(a_draft("menu", kind=EntryKind.MENU_PUSH, member=None, points=0, payload=MENU))
    grown = size_of(database, tmp_path) - before
    await database.close()
    assert type(small.payload) is dict
    assert grown < LARGE


@pytest.mark.parametrize("length", [LARGE - 20, LARGE + 20])
async def test_the_limit_itself_makes_no_difference(outbox: Outbox, length: int) -> None:
    entry = (await outbox.record(a_draft(payload={"note": "ü" * (length // 6)}))).entry
    assert dict(entry.payload.items()) == {"note": "ü" * (length // 6)}
