"""Tickets as a cook gets them, made from the bytes a printer receives; `python -m tests.drivers.golden_tickets` renews them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from PIL import Image

from agent.core.order import Customer, Method, Modifier, Order, OrderLine
from agent.core.ticket import render
from agent.core.ticket_words import TicketLanguage
from drivers.printer.encoder import Paper, encode
from drivers.printer.fonts import installed
from tests.support.peers.escpos_paper import DOT_FONTS, Mechanism, picture_of
from tests.support.tickets import AT, an_order

FOLDER = Path(__file__).with_name("golden")
FONTS = {
    "ta": ("notosanstamil-regular.ttf", "notosanstamil-bold.ttf", "notosans-regular.ttf", "notosans-bold.ttf"),
    "th": ("notosansthai-regular.ttf", "notosansthai-bold.ttf", "notosans-regular.ttf", "notosans-bold.ttf"),
}
"""Files, besides those of the printer's letters, without which a language looks different."""
COLUMNS = {"58": 32, "80": 48}


def order(name: str, notes: str, lines: tuple[OrderLine, ...], method: Method = Method.DELIVERY) -> Order:
    """An order for a quarter to one."""
    paid = an_order().paid
    promised = AT + timedelta(minutes=15)
    return replace(
        an_order(),
        paid=replace(
            paid, ref_no="KK-20431", method=method, promised_at=promised, notes=notes, lines=lines, customer=Customer(name=name)
        ),
    )


def line(quantity: int, name: str, *modifiers: str, notes: str = "") -> OrderLine:
    """One thing to make."""
    return OrderLine(name=name, quantity=quantity, notes=notes, modifiers=tuple(Modifier(name=each) for each in modifiers))


ENGLISH = order(
    "Mei L.",
    "Nut allergy: no peanuts anywhere, please",
    (
        line(2, "Hainanese chicken rice, steamed, with extra ginger", "Extra egg", "Chilli sauce apart", notes="skin off"),
        line(1, "Laksa, large"),
        line(12, "Iced lemon tea", "Less sugar"),
    ),
)
ORDERS = {
    "en": ENGLISH,
    "zh": order(
        "陈小姐",
        "花生过敏，请千万不要放花生",
        (
            line(2, "海南鸡饭（白斩）配姜蓉和黑酱油", "加卤蛋", "辣椒酱另放", notes="去皮"),
            line(1, "叻沙 大碗"),
            line(12, "Kopi-O 冰", "少糖"),
        ),
        Method.TAKEAWAY,
    ),
    "ta": order(
        "கவிதா",
        "வேர்க்கடலை ஒவ்வாமை: கடலை வேண்டாம்",
        (
            line(2, "கோழி பிரியாணி, கூடுதல் இஞ்சியுடன்", "வேகவைத்த முட்டை", "தயிர் பச்சடி", notes="காரம் குறைவு"),
            line(1, "மசாலா தோசை"),
            line(12, "எலுமிச்சை தேநீர்", "சர்க்கரை குறைவு"),
        ),
        Method.PICKUP,
    ),
    "th": order("มาลี", "แพ้ถั่วลิสง ไม่ใส่ถั่ว", (line(2, "ข้าวมันไก่ต้ม ไม่หนัง", "เพิ่มไข่ต้ม", notes="ไม่เผ็ด"),), Method.DINE_IN),
}
GOLDEN: Mapping[str, tuple[str, str, bool]] = {
    **{f"{language}-{width}": (language, width, False) for language in ("en", "zh", "ta") for width in COLUMNS},
    "th-80": ("th", "80", False),
    "banners-58": ("en", "58", True),
    "zh-paper-80": ("zh", "80", False),
    "ta-paper-58": ("ta", "58", True),
}
"""Name -> language, width in millimetres, and whether it is a doubtful second copy from a backup printer."""


PAPER = {"zh-paper-80": TicketLanguage.CHINESE, "ta-paper-58": TicketLanguage.TAMIL}
"""Tickets of an outlet that has chosen another language than English for its paper."""


def printed(name: str) -> Image.Image:
    """The paper that the bytes of a golden ticket make."""
    language, width, has_banners = GOLDEN[name]
    shown = render(
        ORDERS[language],
        zone=ZoneInfo("Asia/Singapore"),
        language=PAPER.get(name, TicketLanguage.ENGLISH),
        copy=2 if has_banners else 1,
        possible_duplicate=has_banners,
        instead_of="kitchen" if has_banners else "",
    )
    printer = Mechanism(lambda _: None, lambda: None)
    printer.feed(encode(shown, Paper(columns=COLUMNS[width], codepage="cp437")).data)
    assert printer.paper.unknown == []
    assert printer.paper.cuts == 1
    return picture_of(printer.paper, COLUMNS[width])


def missing_fonts(name: str) -> list[str]:
    """Font files that this computer lacks, or has in another version than the pictures were made with."""
    return [font for font in fonts_of(name) if fingerprint(font) != approved_fonts()[font]]


def fonts_of(name: str) -> tuple[str, ...]:
    """Font files that a ticket is written with."""
    return (*DOT_FONTS, *FONTS.get(GOLDEN[name][0], ()))


@cache
def fingerprint(font: str) -> str:
    """SHA-256 of an installed font file; empty when it is not installed."""
    return hashlib.sha256(installed()[font].read_bytes()).hexdigest() if font in installed() else ""


@cache
def approved_fonts() -> dict[str, str]:
    """Fingerprints of the files that the pictures were made with."""
    lines = (FOLDER / "fonts.sha256").read_text(encoding="utf-8").splitlines()
    return {font: found for found, _, font in (line.partition("  ") for line in lines)}


def main() -> None:
    """Write every picture anew."""
    FOLDER.mkdir(exist_ok=True)
    for name in GOLDEN:
        printed(name).save(FOLDER / f"{name}.png", optimize=True)
    fonts = sorted({font for name in GOLDEN for font in fonts_of(name)})
    (FOLDER / "fonts.sha256").write_text("".join(f"{fingerprint(font)}  {font}\n" for font in fonts), encoding="utf-8")


if __name__ == "__main__":
    main()
