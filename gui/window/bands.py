"""What stands above every page: the top bar, and below it the bands that say what must not be missed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from PySide6.QtWidgets import QWidget

from gui.alarms.band import AlarmBand
from gui.alarms.rules import Alarm
from gui.practice import Practice
from gui.state import State
from gui.style import Look
from gui.widgets.panels import column
from gui.window.banner import Banner, PracticeBand
from gui.window.top_bar import Lamp, Page, TopBar


@dataclass(frozen=True, slots=True)
class Leads:
    """Where the bands lead."""

    to_page: Callable[[Page], None]
    to_order: Callable[[str], None]
    order_seen: Callable[[str], None]
    training_ends: Callable[[], None] | None = None
    """Set while this is a training."""


class Bands(QWidget):
    """The band of the training stands first, so that nobody takes it for a real shift; that of a demo last."""

    def __init__(self, look: Look, leads: Leads, practice: Practice | None = None) -> None:
        super().__init__()
        self.top = TopBar(look, leads.to_page)
        self.banner = Banner(look)
        self.alarm = AlarmBand(look, leads.to_order, leads.order_seen)
        pieces: list[QWidget] = [self.top, self.banner, self.alarm]
        if practice is not None:
            at = 1 if leads.training_ends else len(pieces)
            pieces.insert(at, PracticeBand(look, practice, leads.training_ends))
        self.setLayout(column([*pieces]))

    def refresh(self, state: State, clock: str, lamp: Lamp, *, details_below: bool) -> None:
        """The state; a page that says the same in more detail needs no band for it."""
        self.top.refresh(state, clock, lamp)
        self.banner.refresh(state, details_below=details_below)

    def alert(self, alarms: Sequence[Alarm], now: datetime, *, board_shown: bool) -> None:
        """What has to be seen by whoever cannot hear it."""
        self.alarm.refresh(alarms, now, board_shown=board_shown)
