"""The journal says what it holds and what is missing, and survives a disk that refuses."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from agent.db.journal import TAIL_BYTES, Damage, Journal, read


def written(path: Path, *texts: str) -> None:
    journal = Journal(path)
    journal.append([{"text": text} for text in texts], 0.0)
    journal.close()


def texts(path: Path) -> list[object]:
    return [line.record["text"] for line in read(path).lines]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "journal.log"


def test_lines_are_numbered_across_openings(path: Path) -> None:
    assert read(path).lines == ()
    written(path)
    written(path, "a", "b")
    written(path, "ü")
    assert [line.seq for line in read(path).lines] == [1, 2, 3]
    assert texts(path) == ["a", "b", "ü"]
    assert read(path).damage == ()
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_line_is_as_published(path: Path) -> None:
    written(path, "a")
    assert path.read_bytes() == b'{"crc":"ee64d917","seq":1,"record":{"text":"a"}}\n'


def test_every_flipped_bit_is_noticed(path: Path) -> None:
    written(path, "first", "second")
    good = path.read_bytes()
    for place in range(good.index(b"\n") + 1, len(good) - 1):
        for bit in range(8):
            bad = bytearray(good)
            bad[place] ^= 1 << bit
            path.write_bytes(bytes(bad))
            assert texts(path) == ["first"]
            assert read(path).damage


def test_a_damaged_line_costs_itself_only(path: Path) -> None:
    written(path, "a", "b", "c")
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(lines[0] + lines[1].replace(b"b", b"x") + lines[2])
    assert texts(path) == ["a", "c"]
    assert read(path).damage == (Damage(2, "unreadable"), Damage(3, "gap"))
    path.write_bytes(lines[0] + lines[0] + lines[2])
    assert read(path).damage == (Damage(3, "gap"),)


def test_a_line_cut_off_by_a_power_cut_spoils_no_other(path: Path) -> None:
    written(path, "a", "b")
    path.write_bytes(path.read_bytes()[:-5])
    assert read(path).damage == (Damage(2, "torn"),)
    written(path, "c")
    assert texts(path) == ["a", "c"]
    assert [line.seq for line in read(path).lines] == [1, 2]


def test_the_number_is_found_in_a_long_file(path: Path) -> None:
    written(path, "a", "b")
    path.write_bytes(path.read_bytes() + b"x" * TAIL_BYTES)
    written(path, "c")
    assert [line.seq for line in read(path).lines] == [1, 2, 3]


def test_a_refused_line_is_written_with_the_next(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = Journal(path)
    write = os.write

    def refuse(handle: int, data: bytes) -> int:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(os, "write", refuse)
    journal.append([{"text": "a"}], 0.0)
    journal.append([{"text": "b"}], 0.0)
    journal.sync()
    assert journal.is_dirty
    monkeypatch.setattr(os, "write", lambda handle, data: write(handle, data[:10]))
    journal.append([{"text": "c"}], 0.0)
    monkeypatch.setattr(os, "write", write)
    journal.append([{"text": "d"}], 0.0)
    assert texts(path) == ["a", "b", "c", "d"]
    journal.close()


def test_a_sync_is_due_after_a_while_and_tried_again(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = Journal(path)
    sync = os.fsync

    def refuse(handle: int) -> None:
        raise OSError(errno.EIO, "broken")

    journal.sync_if_due(100.0, 0.5)
    journal.append([], 0.0)
    was_dirty = journal.is_dirty
    journal.append([{"text": "a"}], 0.0)
    monkeypatch.setattr(os, "fsync", refuse)
    journal.sync_if_due(0.4, 0.5)
    journal.sync_if_due(0.5, 0.5)
    assert journal.is_dirty
    monkeypatch.setattr(os, "fsync", sync)
    journal.sync_if_due(0.6, 0.5)
    is_dirty = journal.is_dirty
    journal.close()
    assert (was_dirty, is_dirty) == (False, False)


def test_lines_whose_sync_failed_are_written_again(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fault 26: a system may drop the pages of a failed sync and say that the next one went well."""
    journal = Journal(path)
    journal.append([{"text": "a"}], 0.0)
    journal.sync()
    durable = path.read_bytes()
    sync = os.fsync

    def lose(handle: int) -> None:
        path.write_bytes(durable + bytes(len(path.read_bytes()) - len(durable)))
        raise OSError(errno.EIO, "broken")

    journal.append([{"text": "b"}], 0.0)
    monkeypatch.setattr(os, "fsync", lose)
    journal.sync()
    journal.append([{"text": "c"}], 0.0)
    monkeypatch.setattr(os, "fsync", sync)
    journal.sync()
    assert texts(path) == ["a", "b", "c"]
    assert [damage.reason for damage in read(path).damage] == ["unreadable"]
    journal.close()


def test_lines_that_were_not_dropped_are_read_once(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = Journal(path)
    journal.append([{"text": "a"}, {"text": "b"}], 0.0)

    def refuse(handle: int) -> None:
        raise OSError(errno.EIO, "broken")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", refuse)
        journal.sync()
    journal.close()
    assert (texts(path), read(path).damage) == (["a", "b"], ())
    written(path, "c")
    assert [line.seq for line in read(path).lines] == [1, 2, 3]


def test_a_line_that_the_last_sync_lost_is_written_once_more(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = Journal(path)
    journal.append([{"text": "a"}], 0.0)

    def lose(handle: int) -> None:
        path.write_bytes(b"")
        raise OSError(errno.EIO, "broken")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", lose)
        journal.close()
    assert texts(path) == ["a"]
