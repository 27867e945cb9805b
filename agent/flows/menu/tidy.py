"""The POS's catalogue made fit to send: tidy texts, every code once, and what cannot be sent left out and counted."""

from __future__ import annotations

from dataclasses import dataclass, replace

from agent.core.catalogue import Catalogue, CatalogueItem, ModifierGroup, ModifierOption, RowProblem
from agent.core.ticket import clean

LONGEST_CODE = 100
LONGEST_NAME = 200
LONGEST_TEXT = 2_000


class _Problems:
    """What was left out so far."""

    def __init__(self, known: tuple[RowProblem, ...]) -> None:
        self.rows = list(known)

    def add(self, where: str, reason: str, message: str) -> None:
        self.rows.append(RowProblem(where, reason, message))


def tidied(catalogue: Catalogue, currency: str) -> Catalogue:
    """The catalogue in a stable order of codes; rows that cannot be sent become problems of it."""
    problems = _Problems(catalogue.problems)
    known = _Known(currency)
    items: dict[str, CatalogueItem] = {}
    for item in catalogue.items:
        fit = _item(item, known, problems)
        if fit is None:
            continue
        if fit.code in items:
            problems.add(fit.code, "code_twice", f"The code {fit.code} is used twice; {fit.name} is left out.")
        else:
            items[fit.code] = fit
    return Catalogue(items=tuple(items[code] for code in sorted(items)), problems=tuple(problems.rows))


@dataclass(frozen=True, slots=True)
class _Fit:
    """A group of choices made fit."""

    source: ModifierGroup
    """What it was made of; kept, so that its identity cannot come to stand for another."""
    group: ModifierGroup | None
    """None when nothing of it can be sent."""
    has_lost: bool
    """Some of its choices cannot be sent."""


class _Known:
    """Groups that were made fit already: thousands of items share a few."""

    def __init__(self, currency: str) -> None:
        self.currency = currency
        self._made: dict[int, _Fit] = {}

    def fit(self, group: ModifierGroup) -> _Fit:
        """The same result for the same object."""
        return self._made.get(id(group)) or self._made.setdefault(id(group), _group(group, self.currency))


def _item(item: CatalogueItem, known: _Known, problems: _Problems) -> CatalogueItem | None:
    currency = known.currency
    code, name = clean(item.code), clean(item.name)
    where = code or name or "a row"
    if not code or len(code) > LONGEST_CODE:
        problems.add(where, "code_missing", f"{name or 'A row'} has no usable code.")
    elif not name:
        problems.add(where, "name_missing", f"The item with code {code} has no name.")
    elif item.price.currency != currency:
        problems.add(where, "currency_mismatch", f"{name} has a price in {item.price.currency} instead of {currency}.")
    elif item.price.minor < 0:
        problems.add(where, "price_negative", f"{name} has a price below zero.")
    else:
        return replace(
            item,
            code=code,
            name=name[:LONGEST_NAME],
            category=clean(item.category)[:LONGEST_NAME],
            description=clean(item.description)[:LONGEST_TEXT],
            image_url=item.image_url.strip(),
            groups=_groups(item, known, problems),
        )
    return None


def _groups(item: CatalogueItem, known: _Known, problems: _Problems) -> tuple[ModifierGroup, ...]:
    groups: dict[str, ModifierGroup] = {}
    for group in item.groups:
        fit = known.fit(group)
        if fit.has_lost:
            problems.add(item.code, "option_left_out", f"A choice of {clean(item.name)} cannot be sent.")
        if fit.group is not None and fit.group.code not in groups:
            groups[fit.group.code] = fit.group
        else:
            problems.add(item.code, "group_left_out", f"A group of choices of {clean(item.name)} cannot be sent.")
    return tuple(groups.values())


def _group(group: ModifierGroup, currency: str) -> _Fit:
    code, name = clean(group.code)[:LONGEST_CODE], clean(group.name)[:LONGEST_NAME]
    options = _options(group, currency)
    has_lost = len(options) < len(group.options)
    if not code or not options:
        return _Fit(group, None, has_lost)
    least = min(max(group.min_selection, 0), len(options))
    most = max(group.max_selection, least, 1)
    made = ModifierGroup(code=code, name=name or code, min_selection=least, max_selection=most, options=options)
    return _Fit(group, made, has_lost)


def _options(group: ModifierGroup, currency: str) -> tuple[ModifierOption, ...]:
    options: dict[str, ModifierOption] = {}
    for option in group.options:
        code, name = clean(option.code)[:LONGEST_CODE], clean(option.name)[:LONGEST_NAME]
        if code and code not in options and option.price.currency == currency:
            options[code] = replace(option, code=code, name=name or code)
    return tuple(options.values())
