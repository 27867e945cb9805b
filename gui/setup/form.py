"""A form made of what a driver says that it has to be told: one line a setting, its sentence below its name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from PySide6.QtWidgets import QVBoxLayout, QWidget

from gui.link.fields import Json, flag, text
from gui.setup.setting_words import described, name_of
from gui.strings import tr
from gui.style import Look
from gui.widgets.buttons import Button, Kind
from gui.widgets.field import Field
from gui.widgets.flow import flowing
from gui.widgets.panels import column, holder, row
from gui.widgets.text import Text

FIELD_WIDTH = 640
ENTERED = frozenset({"text", "whole", "number", "flag", "choice", "list"})
"""Kinds that a form can take; tables of values are written into the file by somebody who knows them."""


class Choice(QWidget):
    """One of a few, each a button; the chosen one is filled."""

    def __init__(
        self, look: Look, name: str, choices: Sequence[tuple[object, str]], chosen: object, on_choice: Callable[[], None]
    ) -> None:
        super().__init__()
        self.value = chosen
        self._on_choice = on_choice
        self._buttons = {
            value: Button(look, words, name=f"{name}: {words}", on_press=partial(self.choose, value)) for value, words in choices
        }
        self.setLayout(column([flowing(list(self._buttons.values()), look.gap(8))]))
        self._mark()

    def choose(self, value: object) -> None:
        """Another one."""
        self.value = value
        self._mark()
        self._on_choice()

    def _mark(self) -> None:
        for value, button in self._buttons.items():
            button.kind = Kind.PRIMARY if value == self.value else Kind.SECONDARY
            button.setAccessibleDescription(tr("setup.chosen") if value == self.value else "")
            button.update()


class Form(QWidget):
    """Settings by key; what has a usable default is shown on demand."""

    def __init__(
        self,
        look: Look,
        fields: Sequence[Json],
        values: Mapping[str, object],
        on_change: Callable[[], None],
        *,
        kind: str = "",
        wanted: Callable[[Json], bool] | None = None,
    ) -> None:
        """`kind` is the driver's, if it is one; `wanted` says what is shown at once; left out, what has no usable default."""
        super().__init__()
        self._look, self._on_change, self._kind, self._wanted = look, on_change, kind, wanted
        self._fields = [one for one in fields if text(one, "kind") in ENTERED]
        self._values: dict[str, object] = dict(values)
        self._controls: dict[str, Field | Choice] = {}
        self._rows = QVBoxLayout()
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(look.gap(16))
        self._fine = holder(self._list([one for one in self._fields if not self._is_wanted(one)]))
        self._fine.hide()
        self._more = Button(look, tr("setup.finer"), kind=Kind.QUIET, on_press=self._show_fine)
        if all(self._is_wanted(one) for one in self._fields):
            self._more.hide()
        at_once = self._list([one for one in self._fields if self._is_wanted(one)])
        self.setLayout(column([at_once, look.gap(8), row([self._more, None]), self._fine]))

    def _is_wanted(self, one: Json) -> bool:
        if self._wanted is not None:
            return self._wanted(one)
        return flag(one, "required") or one.get("default") in ("", None) or text(one, "key") in self._values

    def _list(self, fields: Sequence[Json]) -> QVBoxLayout:
        layout = QVBoxLayout()
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(self._look.gap(16))
        for one in fields:
            layout.addWidget(self._row(one))
        return layout

    def _row(self, one: Json) -> QWidget:
        look, key = self._look, text(one, "key")
        name = name_of(self._kind, key)
        control = self._control(one, name)
        self._controls[key] = control
        locked = text(one, "locked")
        control.setEnabled(not locked)
        pieces: list[QWidget] = [Text(look, name, weight=600)]
        if words := described(self._kind, key, text(one, "description")):
            pieces.append(Text(look, words, size=14, tone="ink2", wrap=True))
        if locked:
            pieces.append(Text(look, tr(f"setup.locked.{locked}"), size=14, tone="attention", wrap=True))
        return holder(column([*pieces, look.gap(4), control]))

    def _control(self, one: Json, name: str) -> Field | Choice:
        look, value = self._look, self._values.get(text(one, "key"), one.get("default"))
        if text(one, "kind") == "flag":
            yes_no = [(True, tr("setup.yes")), (False, tr("setup.no"))]
            return Choice(look, name, yes_no, bool(value), self._on_change)
        choices = one.get("choices")
        if text(one, "kind") == "choice" and isinstance(choices, list):
            return Choice(look, name, [(each, str(each)) for each in choices], value, self._on_change)
        field = Field(look, name, height=48, size=16)
        field.setMaximumWidth(look.gap(FIELD_WIDTH))
        shown = ", ".join(str(each) for each in value) if isinstance(value, list) else "" if value is None else str(value)
        field.setText(shown)
        field.textChanged.connect(lambda _text: self._on_change())
        return field

    def _show_fine(self) -> None:
        self._fine.setVisible(self._fine.isHidden())

    def put(self, key: str, value: str) -> None:
        """Enter something that was chosen elsewhere."""
        control = self._controls.get(key)
        if isinstance(control, Field):
            control.setText(value)

    def values(self) -> dict[str, object]:
        """What differs from the defaults, as the agent is told; texts that are no number are left for the agent to refuse."""
        found: dict[str, object] = {}
        for one in self._fields:
            key, control = text(one, "key"), self._controls[text(one, "key")]
            value = control.value if isinstance(control, Choice) else _typed(text(one, "kind"), control.text().strip())
            if value != one.get("default") and not (value == "" and one.get("default") is None):
                found[key] = value
        kept = {key: value for key, value in self._values.items() if key not in self._controls}
        return kept | found

    def changes(self) -> dict[str, object]:
        """What was entered anew: everything that is not as it was shown."""
        found: dict[str, object] = {}
        for one in self._fields:
            key, control = text(one, "key"), self._controls[text(one, "key")]
            before = self._values.get(key, one.get("default"))
            value = control.value if isinstance(control, Choice) else _typed(text(one, "kind"), control.text().strip())
            if not (value == before or (before in (None, []) and value in ("", [])) or str(value) == str(before)):
                found[key] = value
        return found

    def missing(self) -> str:
        """The first setting that needs a value, in words; empty when none does."""
        for one in self._fields:
            control = self._controls[text(one, "key")]
            if flag(one, "required") and isinstance(control, Field) and not control.text().strip():
                return name_of(self._kind, text(one, "key"))
        return ""


def _typed(kind: str, words: str) -> object:
    if kind == "list":
        return [part.strip() for part in words.split(",") if part.strip()]
    try:
        return int(words) if kind == "whole" else float(words) if kind == "number" else words
    except ValueError:
        return words
