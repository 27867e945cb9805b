"""T20: a package without its hash, from anywhere, or at any version is not taken."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from installer.locks import FOLDER, NAMES, main, problems

GOOD = f"""apscheduler==3.11.0 ; python_version >= '3.11' \\
    --hash=sha256:{"a" * 64} \\
    --hash=sha256:{"b" * 64}
    # via x
"""


def test_the_locks_are_whole() -> None:
    assert main([]) == 0
    assert list(problems(GOOD)) == []


@pytest.mark.parametrize(
    "line",
    [
        "apscheduler==3.11.0",
        "apscheduler>=3 --hash=sha256:" + "a" * 64,
        "apscheduler==3.11.0 --hash=md5:" + "a" * 32,
        "apscheduler==3.11.0 --hash=sha256:abc",
        "apscheduler @ https://example.test/x.whl --hash=sha256:" + "a" * 64,
        "https://example.test/x.whl",
        "--index-url https://example.test/simple",
        "--extra-index-url https://example.test/simple",
        "-e git+https://example.test/x",
        "-r other.txt",
    ],
)
def test_a_planted_line_is_found(tmp_path: Path, line: str, capsys: pytest.CaptureFixture[str]) -> None:
    for name in NAMES:
        shutil.copy(FOLDER / name, tmp_path / name)
    with (tmp_path / "dev.txt").open("a") as lock:
        lock.write(line + "\n")
    assert main([str(tmp_path)]) == 1
    assert capsys.readouterr().err.startswith("dev.txt: ")
