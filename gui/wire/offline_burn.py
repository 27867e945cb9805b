"""How redeeming without a connection stands, as the till API tells it."""

from __future__ import annotations

from dataclasses import dataclass

from agent.core.money import Money
from gui.link.fields import Json, flag, money, text, whole


@dataclass(frozen=True, slots=True, kw_only=True)
class OfflineBurnSeen:
    """Money is None where the settings deny it."""

    allowed: bool = False
    on: bool = False
    why: str = ""
    """Why it is off, in the agent's word."""
    worst_case: Money | None = None
    device_cap: Money | None = None
    devices: int = 0
    granted: Money | None = None
    lost: Money | None = None


def read_offline_burn(source: Json) -> OfflineBurnSeen:
    """The mode."""
    return OfflineBurnSeen(
        allowed=flag(source, "allowed"),
        on=flag(source, "on"),
        why=text(source, "why"),
        worst_case=money(source, "worst_case"),
        device_cap=money(source, "device_cap"),
        devices=whole(source, "devices"),
        granted=money(source, "granted"),
        lost=money(source, "lost"),
    )
