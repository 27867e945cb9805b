"""Three scans give back exactly the scanner that made them; typing and garbage give nothing."""

from __future__ import annotations

import string
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from agent.core.gs1 import check_digit_ok
from agent.core.keyboards import LAYOUTS
from agent.core.scan import TEST_CODES
from agent.core.scanner_learning import Keyed, Learnt, Lesson, Sent, learn_bytes, learn_keys
from agent.core.scanner_profile import CheckDigit, Ending, Interface, Line, ScannerProfile, Stroke, typed
from agent.core.scanner_wrapping import Trouble

KEYS = {Ending.CR: "\r", Ending.LF: "\n", Ending.CRLF: "\r\n", Ending.TAB: "\t", Ending.NONE: ""}
BYTES = {**KEYS, Ending.ETX: "\x03"}
AIMS = {1: "]C0", 2: "]Q1", 3: "]Q1"}
SCREEN, SERIAL = Interface.SCREEN, Interface.SERIAL
layouts, computers = st.sampled_from(sorted(LAYOUTS)), st.sampled_from([*sorted(LAYOUTS), ""])
orders = st.permutations([1, 2, 3])
wraps = st.sampled_from(["", "#", "~id:", "$$"])


def keys_of(
    text: str,
    layout: str,
    *,
    gap_s: float = 0.01,
    start_s: float = 10.0,
    computer: str = "us",
    swapped: bool = False,
    caps: bool = False,
) -> Keyed:
    """What a scanner for this country presses; read by a computer, `caps`: with its Caps Lock on, without one: keys unknown."""
    strokes, of = [], LAYOUTS[layout].strokes()
    for at, char in enumerate(text):
        at_s, sent = start_s + at * gap_s, char.swapcase() if swapped else char
        key, how = of.get(sent, (0, "plain"))
        heard = LAYOUTS[computer].level(how).get(key, sent) if computer else sent
        heard = heard.swapcase() if caps and heard.isalpha() else heard
        strokes.append(Stroke(heard, at_s, key if computer else 0, how))
    return Keyed(tuple(strokes))


def three(texts: Sequence[str], layout: str, **how: object) -> list[Keyed]:
    return [keys_of(text, layout, start_s=10.0 + 5 * at, **how) for at, text in enumerate(texts)]  # type: ignore[arg-type]


def profile_of(found: Learnt | Trouble) -> ScannerProfile:
    assert isinstance(found, Learnt), found
    return found.profile


@given(
    layouts,
    layouts,
    st.booleans(),
    st.booleans(),
    st.sampled_from(sorted(KEYS)),
    st.integers(1, 30),
    orders,
    st.booleans(),
    wraps,
    wraps,
)
def test_three_typed_scans_give_back_their_scanner(
    layout: str,
    computer: str,
    caps: bool,
    swapped: bool,
    ending: Ending,
    gap_ms: int,
    order: list[int],
    aim: bool,
    prefix: str,
    tail: str,
) -> None:
    typeable = LAYOUTS[layout].strokes()
    assume(all(char in typeable for char in prefix + tail + ("]" if aim else "")))
    texts = [prefix + (AIMS[number] if aim else "") + TEST_CODES[number - 1] + tail + KEYS[ending] for number in order]
    scans = three(texts, layout, gap_s=gap_ms / 1000, computer=computer, swapped=swapped, caps=caps)
    found = profile_of(learn_keys(scans, SCREEN))
    assert found == ScannerProfile(
        interface=SCREEN,
        layout=layout,
        swaps_case=swapped,
        median_ms=gap_ms,
        slowest_ms=gap_ms,
        prefix=prefix,
        has_aim=aim,
        symbologies=tuple(dict.fromkeys({1: "code128"}.get(number, "qr") for number in order)) if aim else (),
        tail=tail,
        ending=ending,
    )
    again = keys_of(prefix + ("]C0" if aim else "") + "KK-Mei-0129" + tail, layout, computer=computer, swapped=swapped, caps=caps)
    assert found.read(again.strokes) == "KK-Mei-0129"


@given(
    st.sampled_from(sorted(BYTES)), st.sampled_from(["N", "E", "O"]), orders, st.booleans(), wraps, wraps, st.booleans(),
    st.sampled_from([9600, 115200]),
)  # fmt: skip
def test_three_sent_scans_give_back_their_scanner(
    ending: Ending, parity: str, order: list[int], aim: bool, prefix: str, tail: str, stx: bool, baud: int
) -> None:
    end = "\x03" + BYTES[ending] if stx else BYTES[ending]
    texts = [prefix + (AIMS[number] if aim else "") + TEST_CODES[number - 1] + tail + end for number in order]
    sent = [Sent(with_parity("\x02" * stx + text, parity), 5.0 * at, Line(baud=baud)) for at, text in enumerate(texts)]
    found = profile_of(learn_bytes(sent, SERIAL))
    assert found.line == Line(baud=baud, parity=parity, bytesize=8 if parity == "N" else 7)
    assert (found.ending, found.prefix, found.tail, found.has_aim, found.code_id_length) == (ending, prefix, tail, aim, 0)


def with_parity(text: str, parity: str) -> bytes:
    odd = {"N": None, "E": 0, "O": 1}[parity]
    return bytes(byte | 0x80 if odd is not None and byte.bit_count() % 2 != odd else byte for byte in text.encode())


@given(layouts, st.integers(0, 2), st.integers(0, 100), st.floats(0.080, 0.400))
@example("us", 0, 10, 0.080)
def test_scans_mixed_with_typing_never_make_a_profile(layout: str, which: int, place: int, pause_s: float) -> None:
    scans = three([f"{code}\r" for code in TEST_CODES], layout)
    strokes = list(scans[which].strokes)
    place = 1 + place % (len(strokes) - 2)
    late = [replace(stroke, at_s=stroke.at_s + pause_s) for stroke in strokes[place:]]
    scans[which] = Keyed((*strokes[:place], *late))
    assert learn_keys(scans, SCREEN) is Trouble.TYPED


@given(st.text("abcdefgh 0123", min_size=1, max_size=30), st.floats(0.080, 0.400))
def test_what_a_hand_types_is_said_to_be_that(text: str, gap_s: float) -> None:
    assert learn_keys([keys_of(text, "us", gap_s=gap_s)], SCREEN) is Trouble.TYPED


@given(st.binary(min_size=1, max_size=40))
def test_garbage_never_makes_a_profile_of_test_codes(data: bytes) -> None:
    lesson = Lesson(SERIAL)
    for at in range(3):
        lesson.hear(Sent(data, 5.0 * at, Line(baud=9600)))
    text = data.decode("latin-1")
    if not text.isascii() or not set(text) & set(string.ascii_letters + string.digits):
        assert lesson.profile is None or lesson.profile.line != Line(baud=9600)


def test_two_different_codes_of_the_shop_are_enough() -> None:
    scans = three(["KK-MEI-001\r", "KK-RAVI-077\r", "KK-MEI-001\r"], "us", gap_s=0.012)
    found = profile_of(learn_keys(scans, SCREEN))
    assert (found.layout, found.ending, found.shortest, found.median_ms) == ("", Ending.CR, 5, 12)
    assert found.gap_s == 0.030
    assert found.read(scans[0].strokes) == ""


def test_a_code_of_the_shop_beside_test_codes_is_wrapped_as_they_are() -> None:
    texts = [f"#{TEST_CODES[2]}*\r", "#KK-MEI-001*\r", f"#{TEST_CODES[0]}*\r"]
    found = profile_of(learn_keys(three(texts, "de"), SCREEN))
    assert (found.layout, found.prefix, found.tail) == ("de", "#", "*")
    assert learn_keys(three([texts[0], "#KK-MEI-001\r"], "de"), SCREEN) is Trouble.ENDS_DIFFER


def test_a_code_id_that_changes_with_the_kind_of_code_is_no_prefix() -> None:
    found = profile_of(learn_keys(three([f"j{TEST_CODES[0]}", f"s{TEST_CODES[1]}", f"s{TEST_CODES[2]}"], "us"), SCREEN))
    assert (found.prefix, found.code_id_length) == ("", 1)
    alone = profile_of(learn_keys(three([f"j{TEST_CODES[2]}"] * 3, "us"), SCREEN))
    assert (alone.prefix, alone.code_id_length) == ("", 1)
    assert alone.read(keys_of("dKK-1", "us").strokes) == "KK-1"


def test_a_code_that_fits_two_countries_teaches_no_keyboard() -> None:
    found = learn_keys(three([TEST_CODES[0]] * 3, "gb"), SCREEN)
    assert isinstance(found, Learnt)
    assert (found.profile.layout, found.numbers) == ("", frozenset({1}))


def test_check_digits_are_seen_where_the_kind_of_code_says_that_there_must_be_one() -> None:
    whole, cut = "9556001234568", "955600123456"
    assert check_digit_ok(whole)
    for texts, expected in (
        ([f"]E0{whole}"] * 3, CheckDigit.SENT),
        ([whole] * 3, CheckDigit.SENT),
        ([f"]E0{cut}"] * 3, CheckDigit.LEFT_OUT),
        (["1234567"] * 3, CheckDigit.UNKNOWN),
    ):
        assert profile_of(learn_keys(three(texts, "us"), SCREEN)).check_digit is expected


def test_where_keys_are_not_told_the_computers_own_reading_counts() -> None:
    found = profile_of(learn_keys(three(TEST_CODES, "us", computer=""), SCREEN))
    assert (found.layout, found.swaps_case) == ("", False)
    swapped = three([code.swapcase() for code in TEST_CODES], "us", computer="")
    assert learn_keys(swapped, SCREEN) is Trouble.CAPS_LOCK


@pytest.mark.parametrize(
    ("text", "trouble"),
    [
        ("CATA-TET-1\r", Trouble.UNEQUAL),
        ("CATA-TEST-1CATA-TEST-1\r", Trouble.TWICE),
        ("CATA-TEST-1\rCATA-TEST-1\r", Trouble.TWICE),
        ("CATA-TEST-1\rCATA-TEST-2-aZ09\r", Trouble.UNEQUAL),
        ("KK-MEI-001KK-MEI-001\r", Trouble.TWICE),
        ("\x1b\x1b\x1b\x1b\x1b\r", Trouble.GARBAGE),
        ("K K M E I\r", Trouble.GARBAGE),
    ],
)
def test_what_is_wrong_with_a_scan_is_said(text: str, trouble: Trouble) -> None:
    assert learn_bytes([Sent(text.encode(), 0.0, Line(baud=9600))], SERIAL) is trouble
    assert learn_keys([keys_of(text, "us")], SCREEN) is trouble


def test_a_network_scanner_with_parity_bits_is_garbage_that_only_its_box_can_mend() -> None:
    assert learn_bytes([Sent(with_parity(TEST_CODES[2], "E"), 0.0)], Interface.NETWORK) is Trouble.GARBAGE


def test_a_lesson_counts_what_taught_something() -> None:
    lesson = Lesson(SERIAL)
    said = []
    for at_s, text in enumerate(["\x80\x81\x00", "KK-MEI-001", "KK-MEI-01", "KK-MEI-01", "KK-MEI-01"]):
        lesson.hear(Sent(text.encode("latin-1"), 5.0 * at_s))
        said.append((lesson.count, lesson.trouble))
    assert said == [(0, Trouble.GARBAGE), (1, None), (1, Trouble.UNEQUAL), (2, None), (3, None)]
    assert lesson.profile is not None
    lesson.hear(Sent(b"CATA-TEST-1\r", 90.0))
    assert (lesson.count, lesson.numbers) == (1, frozenset({1}))
    assert not lesson.profile


def test_the_same_code_again_at_once_was_read_twice_and_counts_once() -> None:
    lesson = Lesson(SCREEN)
    for start_s in (0.0, 0.5, 3.0):
        lesson.hear(keys_of("KK-MEI-001\r", "us", start_s=start_s))
        assert lesson.trouble is (Trouble.TWICE if start_s == 0.5 else None)
    assert lesson.count == 2
    sent = Lesson(SERIAL)
    for at_s in (0.0, 0.3):
        sent.hear(Sent(b"KK-MEI-001\r", at_s))
    assert (sent.count, sent.trouble) == (1, Trouble.TWICE)


def test_scans_that_end_otherwise_begin_anew() -> None:
    lesson = Lesson(SCREEN)
    for start_s, end in ((0.0, "\r"), (3.0, "\t")):
        lesson.hear(keys_of("KK-MEI-001" + end, "us", start_s=start_s))
    assert (lesson.count, lesson.trouble) == (1, Trouble.ENDS_DIFFER)


def test_the_longest_pause_stays_between_the_bounds() -> None:
    gaps = [ScannerProfile(interface=SCREEN, slowest_ms=slowest).gap_s for slowest in (1, 20, 30, 59)]
    assert gaps == [0.030, 0.040, 0.060, 0.060]


def test_keys_that_a_profile_does_not_fit_are_read_without_it() -> None:
    profile = ScannerProfile(interface=SCREEN, layout="de", prefix="#", tail="*\t")
    assert profile.read(keys_of("#KK-1*", "de").strokes) == "KK-1"
    assert profile.read(keys_of("KK-1*", "de").strokes) == ""
    assert profile.read(keys_of("#KK-1", "de").strokes) == ""
    assert profile.read(keys_of("#KK-1*", "de", computer="").strokes) == ""


def test_a_blank_that_only_ends_an_accent_is_no_part_of_a_code() -> None:
    of = LAYOUTS["de"].strokes()
    key, how = of["^"]
    strokes = [Stroke("", 0.0, key, how), Stroke(" ", 0.01), Stroke("a", 0.02, *of["a"]), Stroke(" ", 0.03)]
    assert typed(strokes, "de") == "^a "
    assert typed([Stroke("ß", 0.0)], "", swapped=True) == "ß"


def test_the_keys_after_a_code_are_those_of_its_end() -> None:
    ends = [
        ScannerProfile(interface=SCREEN, ending=ending, tail=tail).keys_after
        for ending, tail in ((Ending.CR, "*\t"), (Ending.NONE, ""))
    ]
    assert ends == ["\t\r", ""]
