"""`python -m tests.gui.gallery OUTDIR`: every view as a picture, in three themes, three languages and at two zooms."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("QT_LOGGING_RULES", "qt.text.font.db=false")

from PySide6.QtCore import QEvent, QPoint, QRectF
from PySide6.QtGui import QColor, QPainter, QPixmap
from PySide6.QtWidgets import QApplication, QWidget

from agent.core.scan import TEST_CODES
from gui.counter.desk import Answer, Desk, Undo, Verdict
from gui.counter.flow import CounterFlow, nobody
from gui.doctor.learning import Lecture
from gui.icons.glyphs import draw
from gui.setup.devices_step import DeviceEditor
from gui.setup.draft import Step
from gui.state import Link, with_link
from gui.style import Look, Theme
from gui.widgets.dialogs import Question
from gui.window.main import MainWindow
from gui.window.top_bar import Page
from gui.window.tray import DARK_BAR, LIGHT_BAR, SIZES
from gui.wire.entries import read_entry
from gui.wire.offline_burn import read_offline_burn
from tests.gui import sample

CODE = "KK-MEI-001"
LONG = "There is no connection and this member has not been here lately."
PROBLEMS = ["square-pos: The POS refused the order.", "The items come to S$9.00, but S$8.50 was paid; check it."]
Scene = Callable[[MainWindow], None]
LANGUAGES = ("en", "zh", "ta")
WAYS = [(code, zoom) for code in LANGUAGES for zoom in (100, 200)]
LOOKS = [Look(theme, zoom, language=code) for theme in Theme for zoom in (100, 200) for code in LANGUAGES]


def ready(window: MainWindow) -> None:
    window.show_page(Page.COUNTER)


def member(window: MainWindow) -> None:
    state = sample.base(
        sample.status("working", outbox={"pending": 1, "parked": 0, "oldest_s": 60}),
        entries=[
            sample.entry("t1", "12:40", "earn", sample.MEI, 12, "R-2040", state="pending", outcome="queued"),
            sample.entry("t2", "08:52", "burn", sample.MEI, 100, "R-1987"),
            sample.entry("t3", "08:51", "earn", sample.MEI, 6, "R-1987"),
        ],
        sales=[],
    )
    window._session.state = state
    serve(window.flow, Desk(member=state.members[sample.MEI], digits=2450, receipt="R-2042"))
    window.show_page(Page.COUNTER)


def offline(window: MainWindow) -> None:
    declined = {"reason": "offline", "message": "There is no connection to Cata."}
    queued = {"reason": "offline", "message": "Saved."}
    state = sample.base(
        sample.status("offline", outbox={"pending": 4, "parked": 0, "oldest_s": 560}, **sample.OFFLINE),
        entries=[
            sample.entry("o1", "12:22", "earn", sample.RAVI, 8, "R-2029"),
            sample.entry("o2", "12:40", "burn", sample.RAVI, 200, "R-2046", outcome="declined", error=declined),
            sample.entry("o3", "12:41", "earn", sample.RAVI, 42, "R-2046", state="pending", outcome="queued", error=queued),
            *sample.OUTBOX[3:],
        ],
        sales=[],
    )
    window._session.state = state
    cached = sample.known(sample.RAVI, fresh=False, as_of=sample.at("12:28"), pending_earn=42)
    state = replace(state, members={**state.members, sample.RAVI: cached})
    window._session.state = state
    answer = Answer(Verdict.DECLINED, 200, "There is no connection to Cata.", "offline", "o2")
    undo = Undo("o3", 42, "Ravi K.", sample.NOW + timedelta(seconds=8))
    serve(window.flow, Desk(member=cached, answer=answer, undo=undo))
    window.show_page(Page.COUNTER)


def not_looked_up(window: MainWindow) -> None:
    saved = sample.entry("q1", "12:40", "earn", "", 18, "R-2044", state="pending", outcome="queued", member={"identifier": CODE})
    state = sample.base(
        sample.status("offline", outbox={"pending": 1, "parked": 0, "oldest_s": 60}, **sample.OFFLINE), entries=[saved], sales=[]
    )
    window._session.state = state
    serve(window.flow, Desk(member=nobody(CODE), identifier=CODE, digits=2450))
    window.show_page(Page.COUNTER)


def long_sentences(window: MainWindow) -> None:
    scans = [
        {"scan_id": "l1", "kind": "refused", "at": sample.at("12:40"), "message": LONG},
        {"scan_id": "l2", "kind": "member", "code": CODE, "at": sample.at("12:39"), "reason": "offline", "message": LONG},
        {"scan_id": "l3", "kind": "unknown", "at": sample.at("12:38"), "message": "There is no member with this number."},
    ]
    window._session.state = sample.base(sample.status("offline", **sample.OFFLINE), scans=scans, sales=[])
    window.show_page(Page.COUNTER)


def board(window: MainWindow) -> None:
    window.show_page(Page.ORDERS)


def alarmed(window: MainWindow) -> None:
    """An order changed, one was cancelled, one cannot be put into the POS."""
    changed = {
        **sample.ORDERS[4],
        "lines": [sample.line(2, "Laksa", "Large"), sample.line(1, "Teh")],
        "notes": "No cockles, please",
    }
    window._session.hear("order", changed)
    window._session.hear("order", {**sample.ORDERS[2], "status": "CANCELLED"})
    window._session.hear("order", {**sample.ORDERS[3], "problems": PROBLEMS})
    pass_time(window, 2)
    window.show_page(Page.ORDERS)


def pass_time(window: MainWindow, seconds: float) -> None:
    """Later, when nothing flashes any more."""
    clock = window._session._clock
    assert isinstance(clock, sample.FrozenClock)
    clock.moment += timedelta(seconds=seconds)


def reject(window: MainWindow) -> None:
    """Why, of the first order that waits for an answer."""
    board(window)
    window.board.asks.reject(next(order for order in window.orders.orders() if order.status == "PAID"))


def reject_which(window: MainWindow) -> None:
    """Which dishes are sold out."""
    board(window)
    order = next(order for order in window.orders.orders() if order.status == "PAID")
    coded = tuple(replace(line, code=f"C{at}") for at, line in enumerate(order.lines))
    window.board.asks._which(replace(order, lines=coded))


def recall(window: MainWindow) -> None:
    for number, ready in ((101, sample.ORDERS[6]), (103, sample.ORDERS[0]), (107, sample.ORDERS[2])):
        window._session.hear("order", {**ready, "id": f"A{number}", "ref_no": f"A{number}", "status": "COMPLETED"})
    board(window)
    window.board.asks.recall()


def to_make(window: MainWindow) -> None:
    board(window)
    window.board.asks.to_make()


def busy(window: MainWindow) -> None:
    board(window)
    window.ask_busy()


def kitchen(window: MainWindow) -> None:
    window.resize(1920, 1080)
    window.in_kitchen = True
    window.set_look(window._look)
    window.orders.strike(window.orders.orders()[2], 1)


def outbox(window: MainWindow) -> None:
    window._session.state = sample.base(
        sample.status("attention", outbox={"pending": 4, "parked": 2, "oldest_s": 680}, **sample.OFFLINE), entries=sample.OUTBOX
    )
    window.show_page(Page.OUTBOX)


def discard(window: MainWindow) -> None:
    outbox(window)
    window.outbox._actions.discard(read_entry(sample.OUTBOX[0]))


def choose_member(window: MainWindow) -> None:
    outbox(window)
    window.outbox._actions.do(read_entry(sample.OUTBOX[0]))


def by_hand(window: MainWindow) -> None:
    """Points without a receipt."""
    member(window)
    window.flow.by_hand_asked.emit("")


def menu(window: MainWindow) -> None:
    window.show_page(Page.MENU)


def devices(window: MainWindow) -> None:
    window._session.state = sample.base(
        sample.status("attention", sentence="The receipt printer is out of paper.", devices=sample.TROUBLED)
    )
    window.show_page(Page.DEVICES)


def gone(window: MainWindow) -> None:
    serve(window.flow, Desk())
    window._session.state = with_link(window._session.state, Link.GONE)
    window.show_page(Page.COUNTER)


def impostor(window: MainWindow) -> None:
    serve(window.flow, Desk())
    window._session.state = with_link(window._session.state, Link.IMPOSTOR)
    window.show_page(Page.COUNTER)


def help_page(window: MainWindow) -> None:
    window._show("help")


def quietly(scene: Scene) -> Scene:
    """The same with nobody waiting for an answer to an order."""

    def shown(window: MainWindow) -> None:
        scene(window)
        state = window._session.state
        window._session.state = replace(state, orders={key: replace(o, unacknowledged=False) for key, o in state.orders.items()})
        window.refresh()

    return shown


def set_up(window: MainWindow, step: Step, **entered: Any) -> None:
    window.open_setup()
    window.setting_up.drivers = sample.DRIVERS
    window.setting_up.change(**{**sample.SET_UP, "step": step, **entered})


def setup_address(window: MainWindow) -> None:
    set_up(window, Step.ADDRESS)


def setup_key(window: MainWindow) -> None:
    set_up(window, Step.KEY, cloud_ok=True, cloud_name="kopikita", cloud_until=sample.NOW, pin_set=True)


def setup_outlet(window: MainWindow) -> None:
    set_up(window, Step.OUTLET, locked={"outlet.till": "policy"})


def setup_pos(window: MainWindow) -> None:
    set_up(window, Step.POS)
    editor = window.setup._step
    assert isinstance(editor, DeviceEditor)
    editor.open(sample.DRIVERS[0])


def setup_scanner(window: MainWindow) -> None:
    set_up(window, Step.SCANNER, codes=frozenset(TEST_CODES[:2]), scanner="front-scanner")


def setup_printer(window: MainWindow) -> None:
    set_up(window, Step.PRINTER, problem="The printer is out of paper.")


def setup_order(window: MainWindow) -> None:
    set_up(window, Step.ORDER, order_id="A104")


def handover(window: MainWindow) -> None:
    window._session.state = sample.base(
        sample.status("attention", outbox={"pending": 4, "parked": 2, "oldest_s": 680}, devices=sample.TROUBLED),
        entries=sample.OUTBOX,
    )
    window.open_page("handover")


def menu_checked(window: MainWindow) -> None:
    window.show_page(Page.MENU)
    window.menu.show_findings(sample.FINDINGS)


def doctor(window: MainWindow) -> None:
    window.show_page(Page.DEVICES)
    window.open_page("doctor")
    window.doctor._scanners.addWidget(window.doctor.panel("front-scanner", sample.QUALITY))
    window.doctor._codes = frozenset(TEST_CODES[:1])
    window.doctor._show_lesson()


def lecture(window: MainWindow, **fields: Any) -> None:
    """A lesson as it stands."""
    window.show_page(Page.DEVICES)
    window.open_page("doctor")
    learning = window.doctor._learning
    learning.now = Lecture(**fields)
    learning.changed.emit()


def doctor_trouble(window: MainWindow) -> None:
    lecture(window, count=1, numbers=frozenset({1}), trouble="twice")


def doctor_learnt(window: MainWindow) -> None:
    lecture(window, state="learnt", count=3, numbers=frozenset({1, 2, 3}), profile=sample.TYPED_PROFILE)


def doctor_serial(window: MainWindow) -> None:
    window.setting_up.change(pin_set=True)
    options = {"baud": 115200, "parity": "E", "bytesize": 7, "prefix": "#"}
    profile = sample.SERIAL_PROFILE
    lecture(window, name="front-scanner", state="learnt", count=3, profile=profile, options=options)


def preferences(window: MainWindow) -> None:
    window.show_page(Page.DEVICES)
    window.open_page("settings")
    window.preferences.show_settings(sample.SETTINGS)
    window.preferences.offline_burn.show_seen(read_offline_burn(sample.OFFLINE_BURN))


def offline_burn(window: MainWindow) -> None:
    """What it can cost at worst, before anybody switches it on."""
    preferences(window)
    window.preferences.offline_burn.ask()


def granted(window: MainWindow) -> None:
    """A discount given without a connection: granted, and not confirmed."""
    state = sample.base(sample.status("offline", outbox={"pending": 1, "parked": 0, "oldest_s": 9}, **sample.OFFLINE), sales=[])
    window._session.state = state
    cached = sample.known(sample.RAVI, fresh=False, as_of=sample.at("12:28"), pending_burn=200)
    window._session.state = replace(state, members={**state.members, sample.RAVI: cached})
    serve(window.flow, Desk(member=cached, answer=Answer(Verdict.GRANTED, 200, entry_id="g1", slip="7K2M")))
    window.show_page(Page.COUNTER)


def setup_finished(window: MainWindow) -> None:
    set_up(window, Step.FINISHED, cloud_ok=True, cloud_name="kopikita", codes=frozenset(TEST_CODES), printed=True)


LOUD: dict[str, Scene] = {
    "01b-counter-new-order": ready,
    "04-board": board,
    "04b-board-alarms": alarmed,
    "04c-board-reject": reject,
    "04d-board-sold-out": reject_which,
    "04e-board-recall": recall,
    "04f-board-to-make": to_make,
    "04g-board-busy": busy,
    "05-kitchen": kitchen,
}
QUIET: dict[str, Scene] = {
    "01-counter-ready": ready,
    "02-counter-member": member,
    "03-counter-offline": offline,
    "03b-counter-not-looked-up": not_looked_up,
    "03d-counter-granted": granted,
    "03e-counter-by-hand": by_hand,
    "03c-last-scans-long": long_sentences,
    "06-not-sent-yet": outbox,
    "06b-discard": discard,
    "06c-choose-member": choose_member,
    "07-menu": menu,
    "08-devices": devices,
    "10-agent-gone": gone,
    "10b-impostor": impostor,
    "11-help": help_page,
    "07b-menu-checked": menu_checked,
    "12-handover": handover,
    "13-settings": preferences,
    "13b-offline-burn": offline_burn,
    "14-scanner-doctor": doctor,
    "14b-scanner-doctor-trouble": doctor_trouble,
    "14c-scanner-doctor-learnt": doctor_learnt,
    "14d-scanner-doctor-serial": doctor_serial,
    "20-setup-address": setup_address,
    "21-setup-key": setup_key,
    "22-setup-outlet": setup_outlet,
    "23-setup-pos": setup_pos,
    "24-setup-scanner": setup_scanner,
    "25-setup-printer": setup_printer,
    "26-setup-order": setup_order,
    "27-setup-finished": setup_finished,
}


def alone(scene: Scene) -> Scene:
    """The same with no question left open by another scene."""

    def shown(window: MainWindow) -> None:
        for question in window.findChildren(Question):
            question.reject()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
        scene(window)

    return shown


ALL = {**LOUD, **{key: quietly(each) for key, each in QUIET.items()}}
SCENES = {key: alone(scene) for key, scene in sorted(ALL.items())}


def front(window: MainWindow) -> QWidget:
    """What can be worked with: the question that is open, else the window."""
    return next((each for each in window.findChildren(Question) if each.isVisible()), window)


def serve(flow: CounterFlow, desk: Desk) -> None:
    flow.desk = desk


def picture(app: QApplication, look: Look, scene: Scene, width: int = 1280, height: int = 800) -> QPixmap:
    """One view in one look."""
    window = MainWindow(look, sample.session(sample.base()))
    window.resize(width, height)
    window.show()
    scene(window)
    for _ in range(3):
        app.processEvents()
        window.tick()
    app.processEvents()
    drawn = window.grab()
    if (question := front(window)) is not window:
        over = question.grab()
        painter = QPainter(drawn)
        painter.drawPixmap(QPoint((drawn.width() - over.width()) // 2, (drawn.height() - over.height()) // 2), over)
        painter.end()
    window.close()
    window.deleteLater()
    app.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    return drawn


def tray_sheet() -> QPixmap:
    """The six states at all sizes on both taskbars."""
    sheet = QPixmap(720, 480)
    sheet.fill(QColor("#F3F3F3"))
    painter = QPainter(sheet)
    painter.fillRect(360, 0, 360, 480, QColor("#1C1C1C"))
    for y, name in enumerate(LIGHT_BAR):
        for left, colours in ((20, LIGHT_BAR), (380, DARK_BAR)):
            x = left
            for size in SIZES:
                draw(painter, name, QRectF(x, 16 + y * 78, size, size), QColor(colours[name]))
                x += size + 24
    painter.end()
    return sheet


def main(folder: Path, only: str = "") -> None:
    """Write all pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    app = QApplication.instance() or QApplication([])
    assert isinstance(app, QApplication)
    for look in LOOKS:
        for name, scene in SCENES.items():
            label = f"{name}-{look.theme}-{look.language}-{look.zoom}"
            if only in label:
                picture(app, look, scene).save(str(folder / f"{label}.png"))
    for name in (
        "01-counter-ready",
        "02-counter-member",
        "03-counter-offline",
        "03b-counter-not-looked-up",
        "03c-last-scans-long",
        "04-board",
    ):
        if only in name + "-narrow":
            picture(app, Look(), SCENES[name], 1024, 768).save(str(folder / f"{name}-narrow.png"))
    tray_sheet().save(str(folder / "09-tray.png"))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "")
