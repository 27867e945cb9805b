"""The first three steps: where the cloud is, the key, and whose till this is."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtWidgets import QWidget

from agent.core.clouds import CATA, COCKATO
from gui.setup.acceptance import known
from gui.setup.draft import Draft
from gui.setup.flow import SetupFlow
from gui.setup.form import FIELD_WIDTH, Choice
from gui.strings import tr
from gui.style import Look
from gui.widgets.field import Field
from gui.widgets.marks import Glyph
from gui.widgets.panels import Piece, column, holder, row
from gui.widgets.text import Text

PROVIDERS = tuple((traits.name.lower(), traits.name) for traits in (CATA, COCKATO))


class Body(Protocol):
    """What every step shows."""

    def refresh(self, draft: Draft) -> None:
        """Show the draft."""
        ...


class AddressStep(QWidget):
    """Which cloud, and its address."""

    def __init__(self, look: Look, flow: SetupFlow) -> None:
        super().__init__()
        self._flow = flow
        draft = flow.draft
        self.provider = Choice(look, tr("setup.provider"), PROVIDERS, draft.provider, self._changed)
        self.url = line(look, tr("setup.url"), draft.url, self._changed)
        locked = draft.locked.get("cloud.base_url", "")
        self.url.setEnabled(not locked)
        self.setLayout(
            column(
                [
                    named(look, tr("setup.provider"), self.provider),
                    look.gap(16),
                    named(look, tr("setup.url"), self.url, why(locked)),
                ]
            )
        )

    def _changed(self) -> None:
        self._flow.change(provider=self.provider.value, url=self.url.text(), cloud_ok=False, has_key=False)

    def refresh(self, draft: Draft) -> None:
        """What was loaded while this was shown."""
        if draft.url and not self.url.text():
            self.url.setText(draft.url)


class KeyStep(QWidget):
    """The key, tried before anything is written."""

    def __init__(self, look: Look, flow: SetupFlow) -> None:
        super().__init__()
        self._look, self._flow = look, flow
        draft = flow.draft
        self.key = line(look, tr("setup.key"), draft.key, self._changed, secret=True)
        hint = tr("setup.key_kept") if draft.has_key else ""
        self.pin = line(look, tr("setup.pin"), draft.pin, self._changed, secret=True)
        self._said = Text(look, "", weight=600, tone="ok", wrap=True)
        glyph = Glyph(look, "ready", "ok", 24)
        layout = row([glyph, self._said], gap=look.gap(12), margins=(look.gap(16), look.gap(12), look.gap(16), look.gap(12)))
        layout.setStretch(1, 1)
        self._strip = holder(layout, "strip", "ok")
        pieces: list[Piece] = [named(look, tr("setup.key"), self.key, hint)]
        if draft.pin_set:
            pieces += [look.gap(16), named(look, tr("setup.pin"), self.pin, tr("setup.pin_why"))]
        self.setLayout(column([*pieces, look.gap(16), self._strip]))
        self.refresh(draft)

    def _changed(self) -> None:
        self._flow.change(key=self.key.text().strip(), pin=self.pin.text(), cloud_ok=False)

    def refresh(self, draft: Draft) -> None:
        """Who the cloud says that we are."""
        self._strip.setVisible(draft.cloud_ok)
        self._said.setText(known(draft) if draft.cloud_ok else "")


class OutletStep(QWidget):
    """Outlet and till."""

    def __init__(self, look: Look, flow: SetupFlow) -> None:
        super().__init__()
        self._flow = flow
        draft = flow.draft
        self.id = line(look, tr("setup.outlet_id"), draft.outlet_id, self._changed)
        self.name = line(look, tr("setup.outlet_name"), draft.outlet_name, self._changed)
        self.till = line(look, tr("setup.till"), draft.till, self._changed)
        pieces: list[Piece] = []
        for field, key, label in (
            (self.id, "outlet.id", "setup.outlet_id"),
            (self.name, "outlet.name", "setup.outlet_name"),
            (self.till, "outlet.till", "setup.till"),
        ):
            locked = draft.locked.get(key, "")
            field.setEnabled(not locked)
            pieces += [named(look, tr(label), field, why(locked)), look.gap(16)]
        self.setLayout(column(pieces))

    def _changed(self) -> None:
        self._flow.change(outlet_id=self.id.text(), outlet_name=self.name.text(), till=self.till.text())

    def refresh(self, draft: Draft) -> None:
        """Nothing comes from elsewhere."""


def why(locked: str) -> str:
    """Why something cannot be changed, or nothing."""
    return tr(f"setup.locked.{locked}") if locked else ""


def line(look: Look, name: str, value: str, on_change: object, *, secret: bool = False) -> Field:
    """A field with what is known."""
    field = Field(look, name, secret=secret)
    field.setMaximumWidth(look.gap(FIELD_WIDTH))
    field.setText(value)
    field.textChanged.connect(lambda _text: on_change())  # type: ignore[operator]
    return field


def named(look: Look, name: str, control: QWidget, hint: str = "") -> QWidget:
    """A control under its name."""
    pieces: list[Piece] = [Text(look, name, weight=600)]
    if hint:
        pieces.append(Text(look, hint, size=14, tone="ink2", wrap=True))
    return holder(column([*pieces, look.gap(6), control]))
