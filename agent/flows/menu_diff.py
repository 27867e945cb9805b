"""What changed between two menus, in sentences that staff can act on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from agent.core.catalogue import RowProblem
from agent.core.errors import Refused
from agent.flows.menu_wire import SentItem

NAMED = 3
"""Up to so many changes of a sort are named one by one; more are counted."""


def differences(before: Mapping[str, SentItem], after: Mapping[str, SentItem]) -> list[str]:
    """One sentence a change, or one a sort of change where there are many; empty when nothing changed."""
    if not before:
        return [f"{counted(len(after), 'item')} sent for the first time."] if after else []
    both = [(before[code], after[code]) for code in after if code in before]
    dearer = [(old, new) for old, new in both if Decimal(new.price) > Decimal(old.price)]
    cheaper = [(old, new) for old, new in both if Decimal(new.price) < Decimal(old.price)]
    renamed = [(old, new) for old, new in both if old.name != new.name]
    other = [new for old, new in both if (old.name, old.price) == (new.name, new.price) and old.rest != new.rest]
    return [
        *_sort([f"{new.name} now costs {new.price} instead of {old.price}." for old, new in dearer], "price", "up"),
        *_sort([f"{new.name} now costs {new.price} instead of {old.price}." for old, new in cheaper], "price", "down"),
        *_sort([f"{after[code].name} added." for code in after if code not in before], "item", "added"),
        *_sort([f"{before[code].name} removed." for code in before if code not in after], "item", "removed"),
        *_sort([f"{old.name} renamed {new.name}." for old, new in renamed], "item", "renamed"),
        *_sort([f"{new.name} changed in its details or choices." for new in other], "item", "changed in details or choices"),
    ]


def check_sane(before: Mapping[str, SentItem], after: Mapping[str, SentItem], *, max_drop_percent: int) -> None:
    """Raises Refused `catalogue_empty` or `catalogue_shrunken`: a push replaces all, so what is missing in it disappears."""
    if not after:
        raise Refused("catalogue_empty", "The POS gave no items that can be sold, so the menu stays as it is.", status=409)
    gone = sum(1 for code in before if code not in after)
    if gone * 100 > len(before) * max_drop_percent:
        missing = f"{counted(gone, 'item')} of {len(before)} would disappear"
        message = f"{missing}, so the menu stays as it is until somebody confirms it."
        raise Refused("catalogue_shrunken", message, status=409)


def complaints(problems: Sequence[RowProblem]) -> list[str]:
    """What was left out of the menu and why."""
    if len(problems) <= NAMED:
        return [_complaint(problem) for problem in problems]
    rest = len(problems) - NAMED
    return [
        *(_complaint(problem) for problem in problems[:NAMED]),
        f"{counted(rest, 'more row')} of the POS cannot be sent as they are.",
    ]


def _complaint(problem: RowProblem) -> str:
    return f"{problem.where}: {problem.message}" if problem.where else problem.message


def counted(count: int, thing: str) -> str:
    """`1 item`, `2 items`."""
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"


def _sort(sentences: Sequence[str], thing: str, what: str) -> Sequence[str]:
    return sentences if len(sentences) <= NAMED else [f"{counted(len(sentences), thing)} {what}."]
