"""What happens at the counter: from presses and scans to calls, and from answers to the next desk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from PySide6.QtCore import QObject, Signal

from agent.core.clouds import Ability
from agent.core.money import Money, points_for
from gui.counter import desk as desks
from gui.counter.desk import Desk, Mode, Undo, Verdict
from gui.formats import step
from gui.link.client import Answer, Done
from gui.outbox.words import masked
from gui.session import Session
from gui.strings import said, tr
from gui.wire.entries import EntrySeen, read_entry
from gui.wire.members import MemberSeen, read_member
from gui.wire.sales import SaleSeen
from gui.wire.scans import ScanSeen

CLOUD_SILENT = frozenset({"offline", "slow"})
"""Reasons for which nobody can say who a code is, and points can be saved for it."""
BY_HAND = frozenset({"reason_needed", "pin_required"})
"""Refusals of points without a receipt that a reason and a PIN would turn."""
ASK_WHO_EVERY = timedelta(seconds=5)


class CounterFlow(QObject):
    """Holds the desk; widgets show it and press its methods."""

    changed = Signal()
    by_hand_asked = Signal(str)
    """Points without a receipt need a reason and a PIN here; with what was wrong about those that came, or nothing."""
    found = Signal()
    """A member stands at the counter."""

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._desk = Desk()
        self._asked_at = session.now()
        session.scanned.connect(self.take_scan)
        session.entry_moved.connect(self._entry_moved)

    @property
    def desk(self) -> Desk:
        """Who and what is at the counter."""
        return self._desk

    @desk.setter
    def desk(self, desk: Desk) -> None:
        if desk != self._desk:
            self._desk = desk
            self.changed.emit()

    def currency(self) -> str:
        """The outlet's currency."""
        status = self._session.state.status
        return status.currency if status else "SGD"

    def amount(self) -> Money:
        """What is typed, as money."""
        return Money(self._desk.digits * step(self.currency()), self.currency())

    def points(self) -> int | None:
        """Points that what is typed gives or takes; None when only the agent can tell."""
        if self._desk.mode is not Mode.AMOUNT:
            return self._desk.digits
        status = self._session.state.status
        rate = status.points_per_unit if status else None
        return None if rate is None else int(points_for(self.amount(), rate))

    def offers_points(self) -> bool:
        """Whether points can be given by their number, and not by the amount of the sale alone."""
        return self._session.state.can(Ability.POINTS)

    def can_act(self) -> bool:
        """Whether the primary would do something."""
        desk = self._desk
        return desk.member is not None and desk.digits > 0 and not desk.sending and desk.answer is None and self.points() != 0

    def take_scan(self, scan: ScanSeen) -> None:
        """A scan of a member brings the member to the counter; anything else is said in the status line."""
        if scan.member is not None:
            self._serve(scan.member, tr("member.by_scan", time=self._session.clock_text(scan.at)), scan.code, scan.id)
        elif scan.is_open_question:
            self._serve_open(scan.code)
        elif scan.kind in {"unknown", "refused"}:
            self._session.noticed.emit(said(scan.reason, scan.message) or tr("scan.unknown"))

    def find(self, typed: str) -> None:
        """Look a typed phone number, e-mail or code up."""
        identifier = typed.strip()
        if not identifier or self._desk.sending:
            return
        self.desk = replace(self._desk, sending=True)

        def done(answer: Answer) -> None:
            self.desk = replace(self._desk, sending=False)
            member = read_member(answer.body) if answer.ok else None
            if member is not None:
                self._serve(member, masked(_as_phone(identifier)), identifier)
            elif answer.reason in CLOUD_SILENT:
                self._serve_open(identifier)
            else:
                self._session.noticed.emit(answer.message or tr("find.nobody"))

        self._session.lookup(identifier, done)

    def _serve(self, member: MemberSeen, found_by: str, identifier: str, scan_id: str = "") -> None:
        self.desk = desks.serving(self._desk, member, found_by, identifier, scan_id)
        self.found.emit()

    def _serve_open(self, identifier: str) -> None:
        """Nobody can say who this is now; points can be saved all the same."""
        if desks.is_same(self._desk, nobody(identifier), identifier):
            return
        self._asked_at = self._session.now()
        self._serve(nobody(identifier), "", identifier)

    def dismiss(self) -> None:
        """Not this member: the counter is empty again; nothing that was saved is touched."""
        self.desk = Desk(undo=self._desk.undo)

    def attach(self, sale: SaleSeen) -> None:
        """The sale is for the member who stands here, or for the next one."""
        self.desk = desks.with_sale(self._desk, sale)

    def type(self, text: str) -> None:
        """Digits of the keypad."""
        self.desk = desks.typed(self._desk, text)

    def erase(self) -> None:
        """Backspace."""
        self.desk = desks.erased(self._desk)

    def switch(self, mode: Mode) -> None:
        """Amount, points or redeeming; nobody redeems before Cata has said who they are."""
        if mode is Mode.REDEEM and self._desk.member is not None and not self._desk.member.is_looked_up:
            self._session.noticed.emit(tr("redeem.not_looked_up"))
            return
        if mode is Mode.POINTS and not self.offers_points():
            return
        self.desk = desks.switched(self._desk, mode)

    def act(self) -> None:
        """The primary: earn, claim or redeem what is typed; nothing while it would be nothing."""
        if not self.can_act():
            return
        key = self._desk.key or self._session.ids.new()
        self.desk = replace(self._desk, sending=True, key=key)
        if self._desk.mode is Mode.REDEEM:
            self._redeem(self._desk.digits, key)
        elif self._desk.sale is not None:
            self._claim(self._desk.sale)
        else:
            self._earn(key)

    def redeem_ready(self) -> None:
        """Redeem the reward or the offer that waits for the member who stands here."""
        member = self._desk.member
        if member is None or member.ready is None or self._desk.sending or self._desk.answer is not None:
            return
        key = self._session.ids.new()
        self.desk = replace(self._desk, sending=True, key=key, ready=member.ready)
        self._redeem(0, key)

    def earn_by_hand(self, note: str, pin: str) -> None:
        """The same intent once more, with a reason and the manager's PIN."""
        if self.can_act():
            self.desk = replace(self._desk, sending=True)
            self._earn(self._desk.key or self._session.ids.new(), {"note": note, "pin": pin})

    def _earn(self, key: str, approval: Mapping[str, object] | None = None) -> None:
        desk = self._desk
        worth = {"amount": str(self.amount())} if desk.mode is Mode.AMOUNT else {"points": desk.digits}
        self._session.earn({"member": self._whom(), **worth, **(approval or {})}, key, self._earned_by(approval))

    def _claim(self, sale: SaleSeen) -> None:
        self._session.claim(sale.receipt, self._whom(), self._earned)

    def _whom(self) -> dict[str, object]:
        """Whom the points are for, as the till API takes it."""
        member = self._desk.member
        assert member is not None
        return {"uuid": member.uuid} if member.is_looked_up else {"identifier": self._desk.identifier}

    def _earned_by(self, approval: Mapping[str, object] | None) -> Done:
        def done(answer: Answer) -> None:
            if answer.reason in BY_HAND:
                self.desk = replace(self._desk, sending=False)
                self.by_hand_asked.emit(answer.message if approval else "")
            else:
                self._earned(answer)

        return done

    def _earned(self, answer: Answer) -> None:
        """Saved: the amount is empty again and can be taken back. Not saved: what was typed stays, under the same key."""
        entry = read_entry(answer.body)
        if not answer.ok:
            self.desk = replace(self._desk, sending=False)
            self._session.noticed.emit(answer.message)
            return
        identifier = entry.identifier or self._desk.identifier  # as the agent reads it, so that its entries are recognised
        self.desk = replace(desks.settled(self._desk), undo=self._undo(entry), identifier=identifier)

    def _undo(self, entry: EntrySeen) -> Undo | None:
        status, member = self._session.state.status, self._desk.member
        seconds = status.undo_s if status else 0
        if not seconds or not entry.id:
            return None
        return Undo(entry.id, entry.points, member.display if member else "", self._session.now() + timedelta(seconds=seconds))

    def _redeem(self, points: int, key: str, pin: str = "") -> None:
        assert self._desk.member is not None
        self.desk = replace(self._desk, answer=desks.Answer(Verdict.ASKING, points))

        def done(answer: Answer) -> None:
            self.desk = replace(self._desk, sending=False)
            if answer.ok:
                self.desk = desks.answered(self._desk, read_entry(answer.body))
                return
            unknown = answer.status == 0
            verdict = Verdict.UNKNOWN if unknown else Verdict.DECLINED
            self.desk = replace(self._desk, answer=desks.Answer(verdict, points, answer.message, answer.reason))

        self._session.burn(self._desk.member.uuid, points, key, done, scan_id=self._desk.scan_id, pin=pin, ready=self._desk.ready)

    def ask_again(self, pin: str = "") -> None:
        """The same intent again while its end is unknown; a new one after it was declined, with a manager's PIN if one came."""
        answer = self._desk.answer
        if answer is None or answer.verdict is Verdict.ASKING or self._desk.member is None:
            return
        key = self._desk.key if answer.verdict is Verdict.UNKNOWN and self._desk.key else self._session.ids.new()
        self.desk = replace(self._desk, sending=True, key=key)
        self._redeem(answer.points, key, pin)

    def go_on(self) -> None:
        """Leave the answer; what is still on its way goes on by itself."""
        if self._desk.answer is not None and self._desk.answer.verdict is not Verdict.ASKING:
            self.desk = desks.settled(self._desk)

    def take_back(self) -> None:
        """Undo the last earn while it is offered."""
        undo = self._desk.undo
        if undo is None:
            return
        self.desk = replace(self._desk, undo=None)
        self._session.reverse(undo.entry_id, "taken_back", self._taken_back)

    def _taken_back(self, answer: Answer) -> None:
        self._session.noticed.emit(tr("undo.done") if answer.ok else answer.message)

    def tick(self) -> None:
        """A second passed: the offer to take back ends."""
        if self._desk.undo is not None and self._session.now() >= self._desk.undo.until:
            self.desk = replace(self._desk, undo=None)
        self._ask_who()

    def _ask_who(self) -> None:
        """Whoever was not looked up is asked for again while Cata answers."""
        desk, now, status = self._desk, self._session.now(), self._session.state.status
        if desk.member is None or desk.member.is_looked_up or status is None or not status.reachable:
            return
        if now - self._asked_at < ASK_WHO_EVERY:
            return
        self._asked_at = now
        self._session.lookup(desk.identifier, lambda answer: self._told_who(answer, desk.identifier))

    def _told_who(self, answer: Answer, identifier: str) -> None:
        member = read_member(answer.body) if answer.ok else None
        if member is not None and self._desk.identifier == identifier:
            self.desk = desks.serving(self._desk, member, "", identifier)
        elif answer.reason == "member_unknown":
            self._session.noticed.emit(answer.message)

    def refresh(self) -> None:
        """A newer word on the member who stands here."""
        member = self._desk.member
        newer = self._session.state.members.get(member.uuid) if member else None
        if newer is not None and newer is not member:
            self.desk = replace(self._desk, member=newer)

    def _entry_moved(self, entry: EntrySeen) -> None:
        if self._desk.answer is not None and self._desk.answer.verdict is not Verdict.ASKING:
            self.desk = desks.moved(self._desk, entry)
        if desks.concerns(self._desk, entry) and self._desk.member is not None and self._desk.member.is_looked_up:
            self._ask_balance()

    def _ask_balance(self) -> None:
        """The member's points have moved: ask for them again; `refresh` shows what comes."""
        if self._desk.identifier:
            self._session.lookup(self._desk.identifier, lambda _answer: None)


def nobody(identifier: str) -> MemberSeen:
    """Somebody of whom only the code is known."""
    return MemberSeen(uuid="", display=masked(_as_phone(identifier)))


def _as_phone(typed: str) -> str:
    return "+" + typed.replace(" ", "") if typed.replace(" ", "").replace("+", "").isdigit() else typed
