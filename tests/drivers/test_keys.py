"""Keys become what the scanner meant in every country, with Shift, Caps Lock, AltGr, Alt codes and lost events."""

from __future__ import annotations

import pytest

from agent.core.keyboards import LAYOUTS
from drivers.scanner.keys import Keyboard

SHIFT, CTRL, ALT, ALT_GR, CAPS = 42, 29, 56, 100, 58


def typed(layout: str, *chords: tuple[int, ...]) -> str:
    keyboard = Keyboard(LAYOUTS[layout])
    out = ""
    for keys in chords:
        out += "".join(keyboard.key(key, 1) for key in keys)
        out += keyboard.key(keys[-1], 2)
        out += "".join(keyboard.key(key, 0) for key in reversed(keys))
    return out


@pytest.mark.parametrize(
    ("layout", "chords", "text"),
    [
        ("us", [(SHIFT, 46), (SHIFT, 37), (SHIFT, 20), (12,), (2,), (11,)], "CKT-10"),
        ("us", [(27,), (SHIFT, 16), (2,), (SHIFT, 39), (53,)], "]Q1:/"),
        ("gb", [(SHIFT, 40), (SHIFT, 3), (43,), (SHIFT, 4), (86,), (ALT_GR, 5)], '@"#£\\€'),
        ("de", [(ALT_GR, 10), (SHIFT, 46), (2,), (53,), (SHIFT, 8), (21,), (SHIFT, 44), (12,), (ALT_GR, 16)], "]C1-/zYß@"),
        ("fr", [(SHIFT, 2), (SHIFT, 11), (16,), (SHIFT, 30), (7,), (SHIFT, 52), (ALT_GR, 12), (SHIFT, 39)], "10aQ-/]M"),
        ("es", [(ALT_GR, 27), (53,), (SHIFT, 8), (39,)], "]-/ñ"),
        ("it", [(ALT_GR, 27), (53,), (SHIFT, 8), (26,)], "]-/è"),
    ],
)
def test_each_country_types_its_own_letters(layout: str, chords: list[tuple[int, ...]], text: str) -> None:
    assert typed(layout, *chords) == text


def test_the_scanners_own_caps_lock_turns_letters_round_and_nothing_else() -> None:
    assert typed("us", (CAPS,), (30,), (SHIFT, 30), (2,), (CAPS,), (30,)) == "Aa1a"
    assert typed("de", (CAPS,), (12,), (CAPS,)) == "ß"


def test_keypads_type_digits_and_enter_is_an_end() -> None:
    assert typed("us", (79,), (82,), (73,), (96,)) == "109\r"


def test_fnc1_typed_as_control_bracket_is_a_group_separator() -> None:
    assert typed("us", (CTRL, 27), (CTRL, 50), (CTRL, 2)) == "\x1d\r"


def test_alt_codes_are_letters_whatever_the_layout() -> None:
    keyboard = Keyboard(LAYOUTS["fr"])

    def alt(*digits: int) -> str:
        out = keyboard.key(ALT, 1)
        for digit in digits:
            out += keyboard.key(digit, 1) + keyboard.key(digit, 0)
        return out + keyboard.key(ALT, 0)

    assert alt(77, 76) == "A"
    assert alt(82, 80, 81, 81) == "é"
    assert alt() == ""


def test_a_blank_after_a_dead_accent_is_not_part_of_the_code() -> None:
    assert typed("de", (41,), (57,), (2,), (57,), (2,)) == "^1 1"


def test_lost_events_are_marked_and_held_keys_forgotten() -> None:
    keyboard = Keyboard(LAYOUTS["us"])
    keyboard.key(SHIFT, 1)
    assert keyboard.lose() == "\0"
    assert keyboard.key(30, 1) == "a"


def test_every_layout_has_every_key_and_all_that_codes_are_made_of() -> None:
    for name, layout in LAYOUTS.items():
        typed_by = {*layout.plain.values(), *layout.shifted.values(), *layout.alt_gr.values()}
        assert typed_by >= set("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-./:;,+*?%&$#@[]_="), name
        assert len(layout.plain) == len(layout.shifted) == 48
