"""The fixed words of a printed ticket, in the five languages that an outlet can choose for its paper."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from agent.core.order import Method
from agent.core.order_words import PROBLEMS
from agent.core.sentence import reason_of, values_of


class TicketLanguage(StrEnum):
    """What a kitchen reads."""

    ENGLISH = "en"
    CHINESE = "zh"
    MALAY = "ms"
    TAMIL = "ta"
    INDONESIAN = "id"


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketWords:
    """One language of the paper; what is in braces is filled in."""

    methods: Mapping[Method, str]
    table: str
    promised: str
    soon: str
    placed: str
    came_by: str
    total: str
    duplicate: str
    copy: str
    instead_of: str
    test_page: str
    test_note: str
    test_done: str
    problems: Mapping[str, str]
    """Words of what is wrong with an order, by its reason."""

    def problem(self, english: str) -> str:
        """What is wrong with an order; what this language has no words for stays as it was found."""
        template = self.problems.get(reason_of(english))
        return template.format(**values_of(english)) if template else english


WORDS: Mapping[TicketLanguage, TicketWords] = {
    TicketLanguage.ENGLISH: TicketWords(
        methods={
            Method.PICKUP: "PICKUP",
            Method.DELIVERY: "DELIVERY",
            Method.DINE_IN: "EAT IN",
            Method.TAKEAWAY: "TAKEAWAY",
        },
        table="table {table}",
        promised="Promised {time}",
        soon="As soon as possible",
        placed="Placed {time}",
        came_by="Came by {device}",
        total="Total {amount}",
        duplicate="POSSIBLE DUPLICATE",
        copy="COPY {copy}",
        instead_of="INSTEAD OF {printer}",
        test_page="TEST PAGE",
        test_note="A note of a customer",
        test_done="If this can be read, the printer works.",
        problems={},
    ),
    TicketLanguage.CHINESE: TicketWords(
        methods={Method.PICKUP: "自取", Method.DELIVERY: "外送", Method.DINE_IN: "堂食", Method.TAKEAWAY: "打包"},
        table="{table} 桌",
        promised="约定 {time}",
        soon="尽快",
        placed="下单 {time}",
        came_by="来自 {device}",
        total="合计 {amount}",
        duplicate="可能重复",
        copy="第 {copy} 份",
        instead_of="代替 {printer}",
        test_page="测试页",
        test_note="顾客的备注",
        test_done="能看清这行字，打印机就正常。",
        problems=PROBLEMS["zh"],
    ),
    TicketLanguage.MALAY: TicketWords(
        methods={
            Method.PICKUP: "AMBIL SENDIRI",
            Method.DELIVERY: "PENGHANTARAN",
            Method.DINE_IN: "MAKAN SINI",
            Method.TAKEAWAY: "BUNGKUS",
        },
        table="meja {table}",
        promised="Dijanjikan {time}",
        soon="Secepat mungkin",
        placed="Dipesan {time}",
        came_by="Melalui {device}",
        total="Jumlah {amount}",
        duplicate="MUNGKIN BERULANG",
        copy="SALINAN {copy}",
        instead_of="GANTI {printer}",
        test_page="HALAMAN UJIAN",
        test_note="Nota pelanggan",
        test_done="Jika ini boleh dibaca, pencetak berfungsi.",
        problems=PROBLEMS["ms"],
    ),
    TicketLanguage.TAMIL: TicketWords(
        methods={
            Method.PICKUP: "பிக்அப்",
            Method.DELIVERY: "டெலிவரி",
            Method.DINE_IN: "இங்கே உண்ண",
            Method.TAKEAWAY: "பார்சல்",
        },
        table="மேசை {table}",
        promised="சொன்ன நேரம் {time}",
        soon="கூடிய விரைவில்",
        placed="ஆர்டர் நேரம் {time}",
        came_by="வழி {device}",
        total="மொத்தம் {amount}",
        duplicate="இருமுறை அச்சாகியிருக்கலாம்",
        copy="நகல் {copy}",
        instead_of="{printer}-க்குப் பதிலாக",
        test_page="சோதனைப் பக்கம்",
        test_note="வாடிக்கையாளரின் குறிப்பு",
        test_done="இதைப் படிக்க முடிந்தால் அச்சுப்பொறி வேலை செய்கிறது.",
        problems=PROBLEMS["ta"],
    ),
    TicketLanguage.INDONESIAN: TicketWords(
        methods={
            Method.PICKUP: "AMBIL SENDIRI",
            Method.DELIVERY: "ANTAR",
            Method.DINE_IN: "MAKAN DI SINI",
            Method.TAKEAWAY: "BUNGKUS",
        },
        table="meja {table}",
        promised="Dijanjikan {time}",
        soon="Secepatnya",
        placed="Dipesan {time}",
        came_by="Lewat {device}",
        total="Total {amount}",
        duplicate="MUNGKIN GANDA",
        copy="SALINAN {copy}",
        instead_of="PENGGANTI {printer}",
        test_page="HALAMAN UJI",
        test_note="Catatan pelanggan",
        test_done="Jika ini bisa dibaca, printer bekerja.",
        problems=PROBLEMS["id"],
    ),
}
