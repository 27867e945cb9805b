"""The outlet that the settings name, among those that an account has."""

from __future__ import annotations

from collections.abc import Sequence

from agent.core.errors import NeedsPerson
from agent.core.pos import RemoteOutlet

MOST_NAMED = 8
"""More would be no sentence."""


def chosen(outlets: Sequence[RemoteOutlet], wanted: str, what: str) -> RemoteOutlet:
    """The one with this id; raises NeedsPerson `outlet_unknown` that names those there are. `what`: the vendor's word for one."""
    for outlet in outlets:
        if outlet.id == wanted:
            return outlet
    named = ", ".join(f"{outlet.id} ({outlet.name})" for outlet in outlets[:MOST_NAMED]) or "none at all"
    raise NeedsPerson("outlet_unknown", f"This account has no {what} {wanted}; there is {named}.")
