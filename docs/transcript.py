"""Plays the headless demo and puts what it printed into README.md, between its two markers; `make transcript`."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BEGIN, END = "<!-- tour -->", "<!-- /tour -->"


def transcript() -> str:
    """What the tour prints, with ports and process ids that would differ every time made plain."""
    played = subprocess.run(
        [sys.executable, "-m", "agent", "demo", "--headless"], cwd=ROOT, capture_output=True, text=True, check=True, timeout=180
    )
    plain = re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:8799", played.stdout)
    pids = list(dict.fromkeys(re.findall(r"process (\d+)", plain)))
    return re.sub(r"process (\d+)", lambda found: f"process {4711 + pids.index(found[1])}", plain).rstrip()


def main() -> None:
    """Rewrite the block; refuses a README without its markers."""
    readme = ROOT / "README.md"
    before, begin, rest = readme.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        sys.exit("README.md has lost the markers of the tour.")
    readme.write_text(f"{before}{BEGIN}\n```text\n{transcript()}\n```\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
