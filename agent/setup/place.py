"""Whose till this is may only change while nothing waits: entries belong to their outlet and nowhere else."""

from __future__ import annotations

from operator import attrgetter

from agent.core.errors import NeedsPerson
from agent.settings import Settings

PLACE = ("outlet.id", "cloud.base_url")
"""The settings that say whose till this is."""


def moves(*changes: tuple[object, object]) -> bool:
    """Whether one of the places, each given as it is and as it is to be, becomes another; from nowhere is no move."""
    return any(before and before != after for before, after in changes)


def is_another(before: Settings, after: Settings) -> bool:
    """Whether settings as a whole move a till that has a place."""
    return moves(*((attrgetter(key)(before), attrgetter(key)(after)) for key in PLACE))


def refuse_while_waiting(count: int) -> None:
    """Raises NeedsPerson `entries_wait` where entries would end up at another outlet, or nowhere."""
    if count:
        sentence = (
            f"{count} entries wait to be sent to the outlet that this till belongs to, so it stays with that one. "
            "Let them be sent first, or take them away with: cata-bridge reset"
        )
        raise NeedsPerson("entries_wait", sentence)
