"""The bytes of a scanner become whole codes, however they are cut."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.scan import Code
from drivers.scanner.framing import LARGEST_FRAME, FrameParser, Framing, Refusal, Suffix, decode

ENDINGS = {Suffix.LINE: b"\r\n", Suffix.CR: b"\r", Suffix.LF: b"\n", Suffix.CRLF: b"\r\n", Suffix.TAB: b"\t", Suffix.ETX: b"\x03"}


def frames(framing: Framing, *reads: bytes) -> list[bytes | Refusal]:
    parser = FrameParser(framing)
    return [frame for read in reads for frame in parser.feed(read)]


def cut(data: bytes, places: list[int]) -> list[bytes]:
    edges = [0, *sorted({place % (len(data) + 1) for place in places}), len(data)]
    return [data[start:end] for start, end in itertools.pairwise(edges)]


@given(st.sampled_from(list(Suffix)), st.binary(max_size=200), st.lists(st.integers(0, 500), max_size=12))
def test_any_cut_of_any_bytes_gives_the_same_frames(suffix: Suffix, data: bytes, places: list[int]) -> None:
    whole, pieces = FrameParser(Framing(suffix=suffix)), FrameParser(Framing(suffix=suffix))
    together = whole.feed(data) + whole.silence(long=True)
    apart = [frame for read in cut(data, places) for frame in pieces.feed(read)] + pieces.silence(long=True)
    assert apart == together


@given(
    st.sampled_from(list(ENDINGS)),
    st.lists(st.text("ABC0123456789-/]", min_size=1, max_size=30), max_size=8),
    st.lists(st.integers(0, 400), max_size=12),
)
def test_every_code_comes_out_once_and_in_order(suffix: Suffix, codes: list[str], places: list[int]) -> None:
    data = b"".join(code.encode() + ENDINGS[suffix] for code in codes)
    assert frames(Framing(suffix=suffix), *cut(data, places)) == [code.encode() for code in codes]


@pytest.mark.parametrize("suffix", [Suffix.LINE, Suffix.ETX, Suffix.NONE])
def test_stx_and_etx_wrap_a_code_and_what_is_before_is_noise(suffix: Suffix) -> None:
    assert frames(Framing(suffix=suffix), b"\xffnoise\x02ABC\x03", b"\r\n"[: 2 * (suffix is Suffix.LINE)]) == [b"ABC"]


def test_an_etx_after_the_suffix_is_no_half_code() -> None:
    parser = FrameParser(Framing())
    assert parser.feed(b"\x02ABC\r\n\x03") == [b"ABC"]
    assert parser.silence(long=True) == []


def test_without_a_suffix_silence_ends_a_code() -> None:
    parser = FrameParser(Framing(suffix=Suffix.NONE))
    assert parser.feed(b"AB") + parser.feed(b"C") == []
    assert parser.silence() == [b"ABC"]
    assert parser.silence() == []


def test_half_a_code_survives_a_short_silence_and_is_dropped_after_a_long_one() -> None:
    parser = FrameParser(Framing())
    parser.feed(b"AB")
    assert parser.silence() == []
    assert parser.feed(b"C\rX") == [b"ABC"]
    (dropped,) = parser.silence(long=True)
    assert isinstance(dropped, Refusal)
    assert dropped.reason == "scan_unfinished"
    assert parser.feed(b"tail\rDEF\rY") == [b"DEF"]
    assert parser.silence(long=True) == [dropped]
    assert parser.silence(long=True) == []
    assert parser.feed(b"GHI\r") == [b"GHI"]


def test_a_stuck_line_is_refused_once_and_the_next_code_is_read() -> None:
    parser = FrameParser(Framing())
    found = parser.feed(b"x" * LARGEST_FRAME * 3)
    assert [frame.reason for frame in found if isinstance(frame, Refusal)] == ["scan_too_long"]
    assert parser.silence(long=True) == []
    assert parser.feed(b"OK\r") == [b"OK"]
    assert parser.feed(b"y" * LARGEST_FRAME + b"\r") == [b"y" * LARGEST_FRAME]


def test_a_lone_line_feed_does_not_end_a_crlf_code() -> None:
    (frame,) = frames(Framing(suffix=Suffix.CRLF), b"A\nB\r\n")
    assert isinstance(frame, bytes)
    assert isinstance(decode(frame, Framing()), Refusal)


@pytest.mark.parametrize(
    ("frame", "expected"),
    [
        (b"CKT12345678", Code("CKT12345678")),
        (b"]Q1CKT12345678", Code("CKT12345678", "qr")),
        (b"]C101095011015300031\x1d10AB", Code("01095011015300031\x1d10AB", "gs1-128")),
        ("会员-7".encode(), Code("会员-7")),
        (b"Caf\xe9", Code("Café")),
        (b"  PAD39  ", Code("PAD39")),
    ],
)
def test_a_frame_is_decoded(frame: bytes, expected: Code) -> None:
    assert decode(frame, Framing()) == expected


@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        (b"A\x00B", "scan_garbled"),
        (b"A\x1bB", "scan_control_bytes"),
        (b"A\x85\xffB", "scan_control_bytes"),
        (b"   ", "scan_unfinished"),
        (bytes(byte | 0x80 * (byte.bit_count() % 2) for byte in b"CKT12345678"), "scan_wrong_parity"),
        (bytes(byte | 0x80 * (1 - byte.bit_count() % 2) for byte in b"CKT12345678"), "scan_wrong_parity"),
    ],
)
def test_what_is_no_code_is_refused(frame: bytes, reason: str) -> None:
    refused = decode(frame, Framing())
    assert isinstance(refused, Refusal)
    assert refused.reason == reason


def test_prefix_and_code_id_are_left_out_and_a_missing_prefix_is_refused() -> None:
    framing = Framing(prefix=b"~", code_id_length=1)
    assert decode(b"~dABC", framing) == Code("ABC")
    refused = decode(b"ABC", framing)
    assert isinstance(refused, Refusal)
    assert refused.reason == "scan_no_prefix"


@given(st.binary(min_size=1, max_size=60))
def test_no_bytes_make_the_decoder_fail(frame: bytes) -> None:
    found = decode(frame, Framing())
    if isinstance(found, Code):
        assert not any(ord(char) < 32 and char != "\x1d" for char in found.text)
