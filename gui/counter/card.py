"""The member at the counter: name, balance with its proof, what is on the way and what expires."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QBoxLayout, QFrame, QWidget

from gui import formats
from gui.state import Link, State
from gui.strings import again, tr
from gui.style import Look
from gui.widgets.buttons import Button
from gui.widgets.marks import Glyph
from gui.widgets.panels import Piece, column, row, rule
from gui.widgets.text import Elided, Text
from gui.wire.members import MemberSeen
from gui.wire.status import StatusSeen


class MemberCard(QFrame):
    """Never shows a whole phone number, e-mail or birthday; pending points never enter the balance."""

    def __init__(self, look: Look, on_dismiss: Callable[[], None], on_redeem: Callable[[], None]) -> None:
        super().__init__()
        self._look = look
        self.setProperty("part", "panel")
        self._name = Text(look, size=24 if look.folded else 32, weight=600, wrap=True)
        self._found = Elided(look, tone="ink2")
        self._dismiss = Button(look, tr("member.dismiss"), key="" if look.folded else tr("key.esc"), on_press=on_dismiss)
        self._balance = Text(look, size=72, weight=700)
        self._points = Text(look, tr("word.points"), size=20, weight=600)
        self._proof_glyph = Glyph(look, "ready", "ok", 16)
        self._proof = Text(look, wrap=True)
        self._meaning = Text(look, tr("member.open_rest"), tone="ink2", wrap=True)
        self._way = _Fact(look, "clock", "offline")
        self._expiry = _Fact(look, "diamond", "attention")
        self._perks = _Fact(look, "ready", "ok")
        self.redeem = Button(look, tr("member.redeem"), on_press=on_redeem)
        self._rule = rule(look)
        self._build()

    def _build(self) -> None:
        look = self._look
        beside: list[Piece] = [self._found if look.folded else column([self._name, self._found]), self._dismiss]
        head: QBoxLayout = row(beside, gap=look.gap(16))
        head.setAlignment(self._dismiss, Qt.AlignmentFlag.AlignTop)
        head.setStretch(0, 1)
        if look.folded:
            head = column([self._name, head])
        proof = row([self._proof_glyph, self._proof], gap=look.gap(8))
        proof.setStretch(1, 1)
        if look.folded:
            balance = column([row([self._balance, look.gap(16), self._points, None]), proof])
        else:
            line = row([self._balance, look.gap(24), column([None, self._points, proof, None])])
            line.setStretch(2, 1)
            balance = column([line])
        across, down = QBoxLayout.Direction.LeftToRight, QBoxLayout.Direction.TopToBottom
        self._facts = QBoxLayout(down if look.folded else across)
        for fact in (self._way, self._expiry):
            self._facts.addWidget(fact, 1)
        perks = row([self._perks, self.redeem], gap=look.gap(16), margins=(0, look.gap(14), 0, 0))
        perks.setStretch(0, 1)
        below: list[Piece] = [self._rule, look.gap(17), self._meaning, self._facts, perks]
        pieces: list[Piece] = [head, look.gap(14), balance, look.gap(22), *below]
        side = look.gap(32)
        self.setLayout(column(pieces, margins=(side, look.gap(26), side, look.gap(26))))

    def show_member(self, member: MemberSeen, found_by: str, state: State, now: datetime) -> None:
        """Everything about the member, or that nobody knows who it is yet."""
        self._meaning.setVisible(not member.is_looked_up)
        self._show_perks(member)
        if not member.is_looked_up:
            self._show_open(member)
            return
        self._name.setText(member.display)
        self._name.setAccessibleName(tr("member.spoken", name=member.display, balance=formats.number(member.balance)))
        self._found.show_text(tr("member.phone", tail=member.phone_tail) if member.phone_tail else str(again(found_by)))
        self._balance.setText(formats.number(member.balance))
        self._show_proof(member, state)
        self._show_way(member)
        self._show_expiry(member, state, now)
        way, expiry = not self._way.isHidden(), not self._expiry.isHidden()
        self._rule.setVisible(way or expiry or not self._perks.isHidden())
        for fact in (self._way, self._expiry):
            fact.set_flat(way != expiry and not self._look.folded)

    def _show_open(self, member: MemberSeen) -> None:
        self._name.setText(tr("member.open"))
        hidden = str(again(member.display))
        self._name.setAccessibleName(f"{tr('member.open')}, {hidden}")
        self._found.show_text(hidden)
        self._balance.setText(tr("member.no_balance"))
        self._proof_glyph.show_glyph("clock", "offline")
        self._proof.setText(tr("member.open_proof"))
        self._proof.set_tone("offline")
        self._rule.show()
        for fact in (self._way, self._expiry):
            fact.hide()

    def _show_proof(self, member: MemberSeen, state: State) -> None:
        where = formats.zone(state.status.timezone if state.status else "Asia/Singapore")
        offline = state.link is not Link.CONNECTED or not (state.status and state.status.reachable)
        if member.fresh:
            self._proof_glyph.show_glyph("ready", "ok")
            self._proof.setText(tr("member.proof", time=formats.clock_exact(member.as_of, where)))
        else:
            self._proof_glyph.show_glyph("clock", "offline")
            key = "member.cached_offline" if offline else "member.cached"
            self._proof.setText(tr(key, time=formats.clock(member.as_of, where)))
        self._proof.set_tone("ok" if member.fresh else "offline")

    def _show_perks(self, member: MemberSeen) -> None:
        """A reward or offer that waits, and how far the punch cards are; nothing where the cloud has no such things."""
        cards = [tr("member.punches", name=name, punches=punches, needed=needed) for name, punches, needed in member.punches]
        self._perks.setVisible(bool(member.ready or cards))
        self.redeem.setVisible(member.ready is not None)
        ready = [tr("member.reward" if member.ready.card else "member.offer", name=member.ready.name)] if member.ready else []
        title, *rest = [*map(str, ready), *map(str, cards)] or [""]
        self._perks.say(title, " · ".join(rest))

    def _show_way(self, member: MemberSeen) -> None:
        coming, going = member.pending_earn, member.pending_burn
        parts = [formats.signed(coming)] if coming else []
        parts += [formats.signed(-going)] if going else []
        self._way.setVisible(bool(parts))
        self._way.say(tr("member.on_the_way", points=" ".join(parts)), tr("member.not_in_balance"))

    def _show_expiry(self, member: MemberSeen, state: State, now: datetime) -> None:
        status = state.status or StatusSeen(state="", sentence="")
        where = formats.zone(status.timezone)
        self._expiry.setVisible(bool(member.expiring and member.expires_at))
        if member.expires_at is not None:
            days = formats.days_until(member.expires_at, now, where)
            when = tr("member.expiry", day=formats.day(member.expires_at, where), span=formats.counted("day", max(0, days)))
            self._expiry.say(tr("member.expiring", points=formats.number(member.expiring)), when)


class _Fact(QWidget):
    """A shape, a bold line and a quiet one."""

    def __init__(self, look: Look, glyph: str, tone: str) -> None:
        super().__init__()
        self._title = Text(look, size=16 if look.folded else 20, weight=600, wrap=True)
        self._sub = Text(look, tone="ink2", wrap=True)
        mark = Glyph(look, glyph, tone, 24)
        self._lines = column([self._title, self._sub])
        self._lines.setStretch(1, 1)
        line = row([mark, self._lines], gap=look.gap(12))
        line.setStretch(1, 1)
        self.setLayout(line)

    def set_flat(self, flat: bool) -> None:
        """Alone it takes one line."""
        across, down = QBoxLayout.Direction.LeftToRight, QBoxLayout.Direction.TopToBottom
        self._lines.setDirection(across if flat else down)
        self._lines.setStretch(0, 1 if flat else 0)
        self._lines.setSpacing(12 if flat else 0)

    def say(self, title: str, sub: str) -> None:
        """The two lines."""
        self._title.setText(title)
        self._sub.setText(sub)
