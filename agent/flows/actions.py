"""What each kind of entry says to the cloud."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, cast

from agent.core.entry import Entry, EntryKind
from agent.core.errors import InvalidInput, Refused
from agent.core.member import MemberRef
from agent.core.roles import Cloud
from agent.db.cache import Cache
from agent.flows.line.recording import SOURCE
from agent.flows.line.sender import Action
from agent.flows.menu.wire import for_cloud

TellChannel = Callable[[str, str, Mapping[str, object]], Awaitable[None]]
"""Tells the POS device of a name the status of an order that it brought; raises as `roles.BringsOrders` does."""


def to_channel(tell: TellChannel) -> Action:
    """The action for statuses of orders that a POS brought."""

    async def order_status(entry: Entry) -> None:
        payload = dict(entry.payload)
        await tell(str(payload.pop(SOURCE, "")), entry.order_id or "", payload)

    return order_status


def actions(cloud: Cloud, cache: Cache, *, outlet_id: str, tell_channel: TellChannel) -> Mapping[EntryKind, Action]:
    """The table from kind to call; every call repeats the entry's own key."""
    told = to_channel(tell_channel)

    async def uuid_of(member: MemberRef | None) -> str:
        assert member is not None, "a loyalty entry always names a member"
        if member.uuid is not None:
            return member.uuid
        identifier = cast("str", member.identifier)
        known = await cache.uuid_for(identifier)
        if known is None:
            try:
                profile = await cloud.lookup(identifier)
            except Refused as error:
                # Nothing of the entry itself has left, and its key must not be spent on a slip of the finger.
                raise InvalidInput(error.reason, error.message) from error
            await cache.link(identifier, profile.uuid)
            known = profile.uuid
        return known

    async def earn(entry: Entry) -> None:
        await cloud.earn(await uuid_of(entry.member), entry.points or 0, entry.ref_code, str(entry.payload.get("note", "")))

    async def burn(entry: Entry) -> None:
        await cloud.burn(await uuid_of(entry.member), entry.points or 0, entry.ref_code)

    async def order_status(entry: Entry) -> None:
        if entry.payload.get(SOURCE):
            await told(entry)
        else:
            await cloud.order_status(entry.order_id or "", dict(entry.payload))

    async def snooze(entry: Entry) -> None:
        await cloud.snooze(outlet_id, cast("list[dict[str, object]]", entry.payload["items"]))

    async def outlet(entry: Entry) -> None:
        payload = cast("dict[str, Any]", entry.payload)
        await cloud.outlet(outlet_id, payload["verb"], payload["body"])

    async def menu_push(entry: Entry) -> None:
        style, menu = for_cloud(entry.payload)
        await cloud.push_menu(style, menu)

    return {
        EntryKind.EARN: earn,
        EntryKind.BURN: burn,
        EntryKind.ORDER_STATUS: order_status,
        EntryKind.SNOOZE: snooze,
        EntryKind.OUTLET: outlet,
        EntryKind.MENU_PUSH: menu_push,
    }
