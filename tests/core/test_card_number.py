"""Card numbers of every brand are known however they are written, and what shops really count in is not (T24)."""

from __future__ import annotations

import pytest

from agent.core.card_number import looks_like_card_number

NUMBERS = (
    "4111111111111111",
    "4222222222222",
    "4000000000000000006",
    "5555555555554444",
    "2223003122003222",
    "2720992720992729",
    "378282246310005",
    "30569309025904",
    "38520000023237",
    "6011111111111117",
    "6445644564456445",
    "3530111333300000",
    "6200000000000005",
    "6304000000000000",
)


@pytest.mark.parametrize("number", NUMBERS)
def test_a_card_number_is_known_however_it_is_written(number: str) -> None:
    grouped = [number[place : place + 4] for place in range(0, len(number), 4)]
    texts = [number, *(between.join(grouped) for between in (" ", "-", ".", "\u00a0", "\u2011"))]
    texts += [f"%B{number}^CARD/HOLDER^2912101?", f";{number}=29121010000?", f'{{"receipt":"{number}"}}', f"paid {number}, ta"]
    texts.append(number.translate({ord(str(digit)): chr(0xFF10 + digit) for digit in range(10)}))
    assert [text for text in texts if not looks_like_card_number(text)] == []


@pytest.mark.parametrize(
    "text",
    [
        "+6591234567",
        "2112345678900",
        "2212345678905",
        "8934081234567890123",
        "4111111111111112",
        "192.168.100.200 192.168.100.201",
        "2026-11-26 10:12:13.123456",
        "9d0c7b52-2b7e-4d0a-8a61-1c5e0f6baa01",
        "411111111111111122222222",
        "",
    ],
)
def test_phones_goods_times_and_ids_are_none(text: str) -> None:
    assert not looks_like_card_number(text)
