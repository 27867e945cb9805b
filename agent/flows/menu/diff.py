"""What changed between two menus, in sentences that staff can act on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from agent.core.catalogue import RowProblem
from agent.core.errors import Refused
from agent.core.sentence import Sentence
from agent.flows.menu.wire import SentItem

NAMED = 3
"""Up to so many changes of a sort are named one by one; more are counted."""


def differences(before: Mapping[str, SentItem], after: Mapping[str, SentItem]) -> list[str]:
    """One sentence a change, or one a sort of change where there are many; empty when nothing changed."""
    if not before:
        first = Sentence(f"{counted(len(after), 'item')} sent for the first time.", "menu_first", count=len(after))
        return [first] if after else []
    both = [(before[code], after[code]) for code in after if code in before]
    dearer = [(old, new) for old, new in both if Decimal(new.price) > Decimal(old.price)]
    cheaper = [(old, new) for old, new in both if Decimal(new.price) < Decimal(old.price)]
    renamed = [(old, new) for old, new in both if old.name != new.name]
    added, removed = [code for code in after if code not in before], [code for code in before if code not in after]
    other = [new for old, new in both if (old.name, old.price) == (new.name, new.price) and old.rest != new.rest]
    return [
        *_sort([_price(old, new) for old, new in dearer], "menu_prices_up", "price", "up"),
        *_sort([_price(old, new) for old, new in cheaper], "menu_prices_down", "price", "down"),
        *_sort([_one("menu_added", after[code].name) for code in added], "menu_items_added", "item", "added"),
        *_sort([_one("menu_removed", before[code].name) for code in removed], "menu_items_removed", "item", "removed"),
        *_sort([_renamed(old, new) for old, new in renamed], "menu_items_renamed", "item", "renamed"),
        *_sort([_one("menu_changed", new.name) for new in other], "menu_items_changed", "item", "changed in details or choices"),
    ]


def check_sane(before: Mapping[str, SentItem], after: Mapping[str, SentItem], *, max_drop_percent: int) -> None:
    """Raises Refused `catalogue_empty` or `catalogue_shrunken`: a push replaces all, so what is missing in it disappears."""
    if not after:
        raise Refused("catalogue_empty", "The POS gave no items that can be sold, so the menu stays as it is.", status=409)
    gone = sum(1 for code in before if code not in after)
    if gone * 100 > len(before) * max_drop_percent:
        missing = f"{counted(gone, 'item')} of {len(before)} would disappear"
        message = f"{missing}, so the menu stays as it is until somebody confirms it."
        raise Refused("catalogue_shrunken", message, status=409, values={"gone": gone, "of": len(before)})


def complaints(problems: Sequence[RowProblem]) -> list[str]:
    """What was left out of the menu and why."""
    if len(problems) <= NAMED:
        return [_complaint(problem) for problem in problems]
    rest = len(problems) - NAMED
    return [
        *(_complaint(problem) for problem in problems[:NAMED]),
        Sentence(f"{counted(rest, 'more row')} of the POS cannot be sent as they are.", "menu_rows_left_out", count=rest),
    ]


def _complaint(problem: RowProblem) -> str:
    words = f"{problem.where}: {problem.message}" if problem.where else problem.message
    return Sentence(words, "menu_row_left_out", where=problem.where)


def counted(count: int, thing: str) -> str:
    """`1 item`, `2 items`."""
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"


ONE = {
    "menu_added": "{item} added.",
    "menu_removed": "{item} removed.",
    "menu_changed": "{item} changed in its details or choices.",
}


def _one(reason: str, item: str) -> Sentence:
    return Sentence(ONE[reason].format(item=item), reason, item=item)


def _price(old: SentItem, new: SentItem) -> Sentence:
    words = f"{new.name} now costs {new.price} instead of {old.price}."
    return Sentence(words, "menu_price", item=new.name, price=str(new.price), before=str(old.price))


def _renamed(old: SentItem, new: SentItem) -> Sentence:
    return Sentence(f"{old.name} renamed {new.name}.", "menu_renamed", item=old.name, name=new.name)


def _sort(sentences: Sequence[str], reason: str, thing: str, what: str) -> Sequence[str]:
    count = len(sentences)
    return sentences if count <= NAMED else [Sentence(f"{counted(count, thing)} {what}.", reason, count=count)]
