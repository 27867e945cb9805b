"""The POS's menu, normalised: what is pushed to the cloud and compared with the last push."""

from __future__ import annotations

from dataclasses import dataclass, field

from agent.core.money import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class ModifierOption:
    """One choice of a modifier group."""

    code: str
    name: str
    price: Money
    available: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ModifierGroup:
    """A question asked about an item."""

    code: str
    name: str
    min_selection: int = 0
    max_selection: int = 1
    options: tuple[ModifierOption, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueItem:
    """One thing that can be sold."""

    code: str
    """The POS's item code, `itemCode` on the wire and `plu` in orders."""
    name: str
    price: Money
    category: str = ""
    description: str = ""
    image_url: str = ""
    available: bool = True
    groups: tuple[ModifierGroup, ...] = ()


@dataclass(frozen=True, slots=True)
class RowProblem:
    """A row of a catalogue that could not be read; the others stand."""

    where: str
    """File and line, or the item's code."""
    reason: str
    """Stable machine word."""
    message: str
    """One plain sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """Everything the POS sells, with what could not be read of it."""

    items: tuple[CatalogueItem, ...]
    problems: tuple[RowProblem, ...] = field(default=())
