"""An evacuation file opens with its passphrase as it was written, or not at all."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent import evacuation_file
from agent.core.errors import InvalidInput, NotSaved

CONTENT = {"outlet_id": "o-1", "entries": [{"member": {"identifier": "+6591234567"}, "note": "é"}]}
WORDS = "kopi and kaya toast"


@pytest.fixture(autouse=True)
def quick_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evacuation_file, "SCRYPT_N", 2**4)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "unsent.cbx"
    evacuation_file.write(path, WORDS, CONTENT)
    return path


def test_it_opens_as_it_was_written(file: Path) -> None:
    assert evacuation_file.read(file, WORDS) == CONTENT
    assert b"9123" not in file.read_bytes()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(file.parent.iterdir()) == [file]


def test_another_passphrase_opens_nothing(file: Path) -> None:
    with pytest.raises(InvalidInput, match="the passphrase is another one, or the file was damaged"):
        evacuation_file.read(file, WORDS + "!")


def test_no_flipped_bit_is_overlooked(file: Path) -> None:
    whole = file.read_bytes()
    for at in range(len(whole)):
        file.write_bytes(whole[:at] + bytes([whole[at] ^ (1 << at % 8)]) + whole[at + 1 :])
        with pytest.raises(InvalidInput):
            evacuation_file.read(file, WORDS)


def test_no_missing_end_is_overlooked(file: Path) -> None:
    whole = file.read_bytes()
    for length in range(len(whole)):
        file.write_bytes(whole[:length])
        with pytest.raises(InvalidInput):
            evacuation_file.read(file, WORDS)


@settings(max_examples=50, deadline=None)
@given(data=st.binary(max_size=200))
def test_anything_else_is_refused_in_one_sentence(data: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("any") / "file"
    path.write_bytes(evacuation_file.MAGIC + data)
    with pytest.raises(InvalidInput) as refused:
        evacuation_file.read(path, WORDS)
    assert refused.value.message.count(".") >= 1


def test_other_versions_are_named_as_such(file: Path) -> None:
    file.write_bytes(file.read_bytes().replace(b"CBEVAC01", b"CBEVAC02", 1))
    with pytest.raises(InvalidInput, match="another version"):
        evacuation_file.read(file, WORDS)


def test_a_file_that_is_far_too_large_or_absent_is_refused(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InvalidInput, match="cannot be read"):
        evacuation_file.read(file.with_name("absent"), WORDS)
    monkeypatch.setattr(evacuation_file, "LARGEST_FILE", 10)
    with pytest.raises(InvalidInput, match="far too large"):
        evacuation_file.read(file, WORDS)


def test_what_unpacks_to_too_much_is_refused(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evacuation_file, "LARGEST_CONTENT", 10)
    with pytest.raises(InvalidInput):
        evacuation_file.read(file, WORDS)


def test_only_an_object_is_content(tmp_path: Path) -> None:
    evacuation_file.write(tmp_path / "list", WORDS, [])  # type: ignore[arg-type]
    with pytest.raises(InvalidInput):
        evacuation_file.read(tmp_path / "list", WORDS)


def test_a_place_that_takes_no_file_is_refused(file: Path) -> None:
    with pytest.raises(InvalidInput, match="already something"):
        evacuation_file.check_place(file)
    with pytest.raises(InvalidInput, match="no folder"):
        evacuation_file.check_place(file / "deeper")
    with pytest.raises(NotSaved):
        evacuation_file.write(file / "deeper", WORDS, CONTENT)


def test_a_short_passphrase_is_refused() -> None:
    with pytest.raises(InvalidInput, match="at least 8"):
        evacuation_file.check_passphrase("kopi")
