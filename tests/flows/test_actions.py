"""Every kind of entry says its own thing to the cloud, with its own key."""

from __future__ import annotations

from pathlib import Path

from agent.core.entry import EntryKind, Outcome
from agent.core.member import MemberRef
from tests.support.desk import open_desk
from tests.support.ledger_cloud import MEI_CODE


async def test_each_kind_reaches_its_own_call(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        entries = [
            await desk.put(kind=EntryKind.SNOOZE, lane="snooze", payload={"items": [{"itemCode": "LAKSA", "snoozeEnd": None}]}),
            await desk.put(kind=EntryKind.OUTLET, lane="outlet", payload={"verb": "busy", "body": {"isBusy": True}}),
            await desk.put(kind=EntryKind.MENU_PUSH, lane="menu", payload={"style": "v2", "menu": {"products": []}}),
            await desk.put(kind=EntryKind.ORDER_STATUS, lane="order:o-1"),
        ]
        assert {one.outcome for one in await desk.until_ended(*entries)} == {Outcome.CONFIRMED}
        said = [("snooze", "LAKSA"), ("outlet", "busy"), ("push_menu", "v2"), ("order_status", "o-1 READY")]
        assert sorted(desk.cloud.calls) == sorted(said)


async def test_a_member_known_by_code_alone_is_looked_up_once(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        entries = [await desk.put(lane="member:fp", member=MemberRef(identifier=MEI_CODE)) for _ in range(3)]
        await desk.until_ended(*entries)
        assert desk.cloud.sent("lookup") == [MEI_CODE]
        assert desk.cloud.effects == {entry.ref_code: 1 for entry in entries}
