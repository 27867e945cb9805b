"""Logs hold no secret and no personal data, cannot be forged, and do not fill the disk."""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent import redaction
from agent.logs import LogFile, OneLine, start
from agent.paths import Home
from agent.redaction import hide, one_line, redact


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    root = logging.getLogger()
    before = (list(root.handlers), root.level, logging.raiseExceptions, logging.lastResort and logging.lastResort.formatter)
    for handler in before[0]:
        root.removeHandler(handler)
    yield Home(tmp_path).prepare()
    for handler in list(root.handlers):
        root.removeHandler(handler)
        handler.close()
    for handler in before[0]:
        root.addHandler(handler)
    root.setLevel(before[1])
    logging.raiseExceptions = before[2]
    if logging.lastResort is not None:
        logging.lastResort.setFormatter(before[3] or None)
    logging.captureWarnings(False)


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("mail to Mei.Tan+x@example.co.uk now", "mail to [e-mail] now"),
        ("call +65 9123 4567 or (04) 1234-5678", "call [number …67] or [number …78]"),
        ("card 4111111111111111.", "card [number …11]."),
        ("Authorization: Bearer abc.DEF-1", "Authorization: Bearer [hidden]"),
        ("{'x-api-key': 'abc', 'token': \"t\"}", "{'x-api-key': '[hidden]', 'token': \"[hidden]\"}"),
        ("password=hunter2 pin=1234", "password=[hidden] pin=[hidden]"),
        ("made whsec_4rX/+= and ck_live_a3b7", "made [secret] and [secret]"),
        ("GET http://h:1/p?identifier=%2B65 done", "GET http://h:1/p?[hidden] done"),
    ],
)
def test_what_is_taken_out(said: str, kept: str) -> None:
    assert redact(said) == kept


@pytest.mark.parametrize(
    "said",
    [
        "entry settled entry=0b8b3f0e-7f3c-4405-9123-1f6f7b9a2c11 outcome=confirmed",
        "ref_code=cb1-00000000-1111-5222-8333-444444444444",
        "not_before=2026-11-22T03:10:07.123Z day=2026-11-22 at=2026-11-22 03:10:07",
        "listening at=127.0.0.1:8723 printer=192.168.100.200:9100",
        "reason=key_refused elapsed_ms=1234 points=250",
    ],
)
def test_what_support_needs_stays(said: str) -> None:
    assert redact(said) == said


def test_a_known_secret_is_hidden_whatever_it_looks_like(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redaction, "_known", set())
    hide("correct horse")
    hide("abc")
    assert redact("the correct horse, abc") == "the [secret], abc"


@given(
    st.from_regex(r"\+[1-9][0-9]{7,13}", fullmatch=True) | st.from_regex(r"[89][0-9]{3} ?[0-9]{4}", fullmatch=True),
    st.sampled_from(" ='\"(,:"),
)
def test_no_phone_gets_through(phone: str, before: str) -> None:
    assert phone not in redact(f"member{before}{phone} seen")


@given(st.emails())
def test_no_e_mail_gets_through(email: str) -> None:
    assert email not in redact(f"mail={email} x")


@given(st.text(max_size=200))
def test_one_event_is_one_line(said: str) -> None:
    line = one_line(said)
    assert line.isprintable()
    assert len(f"{line}x".splitlines()) == 1


def test_a_long_line_is_cut_and_quick() -> None:
    assert len(redact("a-" * 100_000)) == redaction.LONGEST_LINE


@pytest.fixture
def own_warnings() -> Iterator[None]:
    """An earlier log of this process has taken the warnings once, and what pytest puts back in between is not seen."""
    logging.captureWarnings(False)
    yield
    logging.captureWarnings(False)


@pytest.mark.usefixtures("own_warnings")
def test_every_logger_ends_in_one_private_redacted_file(home: Home) -> None:
    start(home, level="debug", console=True)
    logging.getLogger("third.party").debug("calling %s\nforged line", "+6591230000")
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("old thing mei@x.test", stacklevel=1)
    try:
        raise ValueError("whsec_leak")
    except ValueError:
        logging.getLogger(__name__).exception("it broke")
    path = home.logs / "agent.log"
    lines = path.read_text().splitlines()
    assert len(lines) == 3
    assert lines[0].endswith(r"DEBUG third.party calling [number …00]\nforged line")
    assert "Traceback" in lines[2]
    assert not any(secret in path.read_text() for secret in ("6591230000", "mei@", "whsec_leak"))
    assert path.stat().st_mode & 0o777 == 0o600
    start(home, level="info")
    logging.getLogger("third.party").debug("not now")
    assert len(path.read_text().splitlines()) == 3


def handler(path: Path, **limits: float) -> LogFile:
    return LogFile(path, **limits)  # type: ignore[arg-type]


def record(message: str, created: float | None = None) -> logging.LogRecord:
    made = logging.LogRecord("x", logging.INFO, "f", 1, message, None, None)
    made.created = made.created if created is None else created
    return made


def test_full_parts_are_ended_and_the_oldest_removed(tmp_path: Path) -> None:
    log = handler(tmp_path / "agent.log", largest_part=1000, parts=3)
    for number in range(200):
        log.emit(record(f"line {number:03} " + "x" * 80))
    log.close()
    parts = list(tmp_path.iterdir())
    assert len(parts) == 3
    assert all(part.stat().st_size <= 1000 for part in parts)
    assert all(part.stat().st_mode & 0o777 == 0o600 for part in parts)
    assert "line 199" in (tmp_path / "agent.log").read_text()


def test_a_new_day_is_a_new_part_and_old_days_go(tmp_path: Path) -> None:
    path = tmp_path / "agent.log"
    path.write_text("long ago\n")
    os.utime(path, (86_400 * 10, 86_400 * 10))
    (tmp_path / "agent.log.notes").write_text("mine")
    (tmp_path / "agent.log.99").write_text("older")
    log = handler(path)
    log.emit(record("today"))
    log.close()
    assert sorted(part.name for part in tmp_path.iterdir()) == ["agent.log", "agent.log.notes"]
    assert path.read_text().endswith("INFO x today\n")


def test_a_link_in_the_log_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "target").write_text("")
    (tmp_path / "agent.log").symlink_to(tmp_path / "target")
    with pytest.raises(OSError):
        handler(tmp_path / "agent.log")


def test_a_line_carries_time_level_and_logger() -> None:
    assert OneLine().format(record("hello", 0.0)) == "1970-01-01T00:00:00.000Z INFO x hello"
