"""The keys that work on every page, and those that the status line names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from agent.core.clouds import Ability
from gui.state import State
from gui.strings import tr
from gui.window.top_bar import KEYS, Page

STATUS_KEYS: Mapping[Page, tuple[str, ...]] = {
    Page.ORDERS: ("keys.pick", "keys.next", "keys.back", "keys.lines", "keys.f9", "keys.f11"),
    Page.OUTBOX: ("keys.choose", "keys.do", "keys.discard", "keys.f1"),
}
KITCHEN_KEYS = ("keys.pick", "keys.next", "keys.back", "keys.lines", "keys.recall", "keys.f9")
SETUP_KEYS = ("keys.f1", "setup.keys.back", "setup.keys.next")
COMMON_KEYS = ("keys.f1", "keys.f2", "keys.f4", "keys.f9")
NEEDS = {"keys.f4": Ability.OUTLET, "keys.f9": Ability.ORDERS, "keys.f11": Ability.ORDERS}
LOOK_KEYS = {"Ctrl++": "larger", "Ctrl+=": "larger", "Ctrl+-": "smaller", "Ctrl+0": "normal"}


def bind(window: QWidget, acts: Mapping[str, Callable[[], None]]) -> None:
    """Each key does its act as long as this window lives."""
    for key, act in acts.items():
        QShortcut(QKeySequence(key), window).activated.connect(act)


def page_acts(show: Callable[[Page], None]) -> dict[str, Callable[[], None]]:
    """The key of each tab."""
    return {key: partial(show, page) for page, key in KEYS.items()}


def look_acts(change: Callable[[str], None]) -> dict[str, Callable[[], None]]:
    """The keys of the zoom."""
    return {key: partial(change, word) for key, word in LOOK_KEYS.items()}


def hints(page: Page, state: State, *, in_kitchen: bool = False, in_setup: bool = False) -> tuple[str, ...]:
    """What the status line says can be pressed here, the most useful first."""
    keys = SETUP_KEYS if in_setup else KITCHEN_KEYS if in_kitchen else STATUS_KEYS.get(page, COMMON_KEYS)
    return tuple(tr(key) for key in keys if key not in NEEDS or state.can(NEEDS[key]))
