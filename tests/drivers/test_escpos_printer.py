"""The ESC/POS printer: letters it has no code page for, paper trouble, and what is certain when a connection breaks."""

from __future__ import annotations

import unicodedata
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from agent.core.device import DeviceState
from agent.core.errors import NeedsPerson, Unreachable
from agent.core.roles import Printer
from agent.core.ticket import Ticket, TicketLine
from drivers.printer import fonts
from drivers.printer.encoder import Encoded, Paper, encode
from drivers.printer.layout import wrap
from drivers.printer.paper import lacking
from drivers.printer.raster import Ink
from drivers.registry import build
from tests.support.device_sink import context, running
from tests.support.peers.escpos_printer import EscposPrinterPeer
from tests.support.tickets import a_ticket


@pytest.fixture
async def peer() -> AsyncIterator[EscposPrinterPeer]:
    made = EscposPrinterPeer()
    await made.start()
    yield made
    await made.stop()


def printer(peer: EscposPrinterPeer, folder: Path, **options: object) -> Printer:
    device = build("kitchen", "escpos-network", {"host": "127.0.0.1", "port": peer.port, **options}, context(folder))
    assert isinstance(device, Printer)
    return device


async def test_one_cut_a_ticket_and_the_drawer_stays_shut(peer: EscposPrinterPeer, tmp_path: Path) -> None:
    await printer(peer, tmp_path).print_ticket(a_ticket("x" * 100))
    assert [line for line in peer.paper.lines if line] == ["A-17", "x" * 48, "x" * 48, "xxxx"]
    assert (peer.paper.cuts, peer.paper.kicks, peer.paper.unknown) == (1, 0, [])


async def test_the_drawer_opens_where_the_outlet_says_so(peer: EscposPrinterPeer, tmp_path: Path) -> None:
    await printer(peer, tmp_path, open_drawer=True).print_ticket(a_ticket("x"))
    assert (peer.paper.cuts, peer.paper.kicks, peer.paper.unknown) == (1, 1, [])


async def test_accents_are_printed_as_text_in_the_code_page(peer: EscposPrinterPeer, tmp_path: Path) -> None:
    peer.codec = "cp1252"
    await printer(peer, tmp_path, codepage="cp1252").print_ticket(a_ticket("Crème brûlée – “hot” 5 €"))
    assert 'Crème brûlée - "hot" 5 €' in peer.paper.lines
    assert 16 in peer.paper.pages


@pytest.mark.parametrize("text", ["2 x 海南鸡饭", "ข้าวมันไก่", "கோழி சாதம்", "2 x 鸡 ข้าว சாதம் mix"])
async def test_scripts_without_a_code_page_are_printed_as_pictures(peer: EscposPrinterPeer, tmp_path: Path, text: str) -> None:
    if any(fonts.font_for(fonts.script_of(char), 24) is None for char in text):
        pytest.skip("this computer has no font for it")
    await printer(peer, tmp_path).print_ticket(a_ticket("before", text, "after"))
    assert [line for line in peer.paper.lines if line] == ["A-17", "before", "after"]
    assert len(peer.paper.pictures) == 1
    assert any(peer.paper.pictures[0])


def test_a_picture_is_never_wider_than_the_paper() -> None:
    for size in (24, 36, 48):
        for fills in (True, False):
            picture = Ink(size, is_bold=True).draw("    " + "鸡" * 60, 384, is_inverse=fills, fills=fills)
            assert picture.width_bytes * 8 <= 384
            assert len(picture.dots) == picture.width_bytes * picture.height


def test_marks_stay_with_their_letters_where_a_word_is_cut() -> None:
    ink = Ink()
    lines = wrap("கோழி" * 20, 384, measure=ink.width)
    assert len(lines) > 1
    assert all(ink.width(line) <= 384 for line in lines)
    assert not any(unicodedata.category(line[0]).startswith("M") for line in lines)


def test_without_any_font_the_ticket_still_comes_out_and_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("drivers.printer.raster.font_for", lambda *_, **__: None)
    encoded = encode(a_ticket("2 x 鸡饭 set"), Paper(columns=42, codepage="cp437"))
    assert encoded.missing == {"鸡", "饭"}
    assert b"Some letters (?) have no font" in encoded.data


def test_a_letter_that_the_font_lacks_is_named() -> None:
    if fonts.font_for("ANY", 24) is None:
        pytest.skip("this computer has no font at all")
    assert Ink().draw("A\ue123", 384).missing


def test_a_font_file_that_is_none_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "broken.ttf").write_bytes(b"no font")
    assert Ink(font_file=str(tmp_path / "broken.ttf")).draw("鸡", 384).height > 0


async def test_letters_without_a_font_are_said_in_the_state(
    peer: EscposPrinterPeer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("drivers.printer.raster.font_for", lambda *_, **__: None)
    device = printer(peer, tmp_path)
    await device.print_ticket(a_ticket("鸡"))
    assert "鸡" in await device.test()


@pytest.mark.parametrize(
    ("switch", "reason"),
    [
        ("is_paper_out", "paper_out"),
        ("is_cover_open", "cover_open"),
        ("is_offline", "printer_offline"),
        ("has_fault", "printer_fault"),
    ],
)
async def test_trouble_is_named_before_anything_is_sent(
    peer: EscposPrinterPeer, tmp_path: Path, switch: str, reason: str
) -> None:
    setattr(peer, switch, True)
    device = printer(peer, tmp_path)
    for attempt in (device.print_ticket(a_ticket("x")), device.test()):
        with pytest.raises(NeedsPerson) as refused:
            await attempt
        assert refused.value.reason == reason
    assert peer.paper.lines == []


async def test_a_printer_that_never_answers_still_prints(peer: EscposPrinterPeer, tmp_path: Path) -> None:
    peer.answers_status = peer.answers_in_order = False
    device = printer(peer, tmp_path)
    await device.print_ticket(a_ticket("x"))
    assert peer.paper.lines[:2] == ["A-17", "x"]
    assert "does not say" in await device.test()


async def test_automatic_reports_between_the_answers_are_passed_over(peer: EscposPrinterPeer, tmp_path: Path) -> None:
    peer.chatter = b"\x00\x00"
    peer.is_paper_low = True
    assert "nearly at its end" in await printer(peer, tmp_path).test()


async def test_a_printer_that_cannot_confirm_is_believed(peer: EscposPrinterPeer, tmp_path: Path) -> None:
    peer.answers_in_order = False
    device = printer(peer, tmp_path, confirm_s=0.1)
    await device.print_ticket(a_ticket("one"))
    await device.print_ticket(a_ticket("two"))
    assert peer.paper.cuts == 2


async def test_paper_that_runs_out_in_the_middle_may_have_printed(peer: EscposPrinterPeer, tmp_path: Path) -> None:
    peer.runs_out_while_printing = True
    with pytest.raises(Unreachable) as unsure:
        await printer(peer, tmp_path, confirm_s=0.2).print_ticket(a_ticket("one"))
    assert (unsure.value.reason, unsure.value.maybe_applied) == ("paper_out", True)


async def test_a_connection_that_breaks_in_the_ticket_may_have_printed(peer: EscposPrinterPeer, tmp_path: Path) -> None:
    peer.reset_after = 60
    with pytest.raises(Unreachable) as unsure:
        await printer(peer, tmp_path).print_ticket(a_ticket(*["line"] * 50))
    assert (unsure.value.reason, unsure.value.maybe_applied) == ("printer_gone", True)


async def test_a_stuck_printer_costs_no_more_than_the_deadline(
    peer: EscposPrinterPeer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    peer.is_stuck = True
    more_than_the_network_holds = Encoded(b"x" * 16_000_000, frozenset())
    monkeypatch.setattr("drivers.printer.escpos.encode", lambda *_: more_than_the_network_holds)
    with pytest.raises(Unreachable) as unsure:
        await printer(peer, tmp_path, timeout_s=1.2).print_ticket(a_ticket("x"))
    assert (unsure.value.reason, unsure.value.maybe_applied) == ("printer_timeout", True)


async def test_a_text_cannot_steer_the_printer(peer: EscposPrinterPeer, tmp_path: Path) -> None:
    await printer(peer, tmp_path).print_ticket(Ticket("o", (TicketLine("a\x1bp\x00\x19\x19\x1dV\x00b"),)))
    assert (peer.paper.cuts, peer.paper.kicks) == (1, 0)


def test_a_component_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    assert lacking() == ""
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == "PIL" else object())
    assert lacking() == "The component PIL is not installed on this computer."


async def test_while_running_it_says_it_is_ready(peer: EscposPrinterPeer, tmp_path: Path) -> None:
    async with running(printer(peer, tmp_path)) as (sink, _):
        assert sink.states[-1] == (DeviceState.READY, "Ready.")
