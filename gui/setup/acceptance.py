"""The acceptance sheet: what was tried before the till was handed over, and what came of it; pure."""

from __future__ import annotations

from gui import formats
from gui.setup.draft import SKIPPABLE, Draft, Step
from gui.sheets.sheet import Line, Section, Sheet
from gui.state import State
from gui.strings import tr


def acceptance(draft: Draft, state: State, made: str) -> Sheet:
    """The sheet of a draft; `made` says when."""
    lines = (
        Line(tr("sheet.cloud"), known(draft), *_mark(draft.cloud_ok or draft.has_key, draft, Step.KEY)),
        Line(tr("setup.step.outlet"), f"{draft.outlet_name}, {draft.till}, {draft.outlet_id}", tr("sheet.passed"), "ok"),
        _devices(draft, state, Step.POS, all(_works(state, one.name) for one in draft.plugged("pos"))),
        _devices(draft, state, Step.SCANNER, draft.all_read),
        _devices(draft, state, Step.PRINTER, draft.printed),
        Line(tr("setup.step.order"), "", *_mark(draft.order_done, draft, Step.ORDER)),
    )
    return Sheet(
        title=tr("sheet.acceptance"),
        place=f"{draft.outlet_name}, {draft.till}",
        made=made,
        sections=(Section(tr("setup.title"), lines),),
        signature=tr("sheet.sign"),
    )


def known(draft: Draft) -> str:
    """What the cloud said of the key."""
    if not draft.cloud_ok:
        return draft.url
    cloud = draft.provider.capitalize()
    if not draft.cloud_name:
        return tr("setup.known_bare", cloud=cloud)
    if draft.cloud_until is None:
        return tr("setup.known", cloud=cloud, name=draft.cloud_name)
    until = f"{formats.day(draft.cloud_until, formats.zone('UTC'))} {draft.cloud_until.year}"
    return tr("setup.known_until", cloud=cloud, name=draft.cloud_name, day=until)


def _devices(draft: Draft, state: State, step: Step, passed: bool) -> Line:
    role = {Step.POS: "pos", Step.SCANNER: "scanner", Step.PRINTER: "printer"}[step]
    there = draft.plugged(role)
    names = ", ".join(f"{one.name} ({one.driver})" for one in there)
    if step is Step.SCANNER and not there and draft.all_read:
        names = tr("setup.told.typed")
    found = passed and (bool(there) or step is Step.SCANNER)
    return Line(tr(f"setup.step.{step.name.lower()}"), names, *_mark(found, draft, step))


def _mark(passed: bool, draft: Draft, step: Step) -> tuple[str, str]:
    if passed:
        return tr("sheet.passed"), "ok"
    if step in SKIPPABLE and step in draft.skipped:
        return tr("sheet.left_out"), ""
    return tr("sheet.not_tried"), "attention"


def _works(state: State, name: str) -> bool:
    return any(device.name == name and device.state == "ready" for device in state.devices)
