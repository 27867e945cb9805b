"""Renews what README.md shows: plays the tour into it, and renders the pictures; `make readme`."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PICTURES = {
    "02-counter-member-light-en-100": "counter.png",
    "04-board-light-en-100": "board.png",
    "05-kitchen-dark-zh-100": "kitchen.png",
}
"""Picture of the gallery -> its name in docs/images."""
BEGIN, END = "<!-- tour -->", "<!-- /tour -->"


def transcript() -> str:
    """What the tour prints, with ports and process ids that would differ every time made plain."""
    played = subprocess.run(
        [sys.executable, "-m", "agent", "demo", "--headless"], cwd=ROOT, capture_output=True, text=True, check=True, timeout=180
    )
    plain = re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:8799", played.stdout)
    pids = list(dict.fromkeys(re.findall(r"process (\d+)", plain)))
    return re.sub(r"process (\d+)", lambda found: f"process {4711 + pids.index(found[1])}", plain).rstrip()


def draw() -> None:
    """The pictures of the page, as the screen paints them."""
    with tempfile.TemporaryDirectory() as folder:
        for rendered, name in PICTURES.items():
            gallery = [sys.executable, "-m", "tests.gui.gallery", folder, rendered]
            subprocess.run(gallery, cwd=ROOT, env={**os.environ, "QT_QPA_PLATFORM": "offscreen"}, check=True, timeout=300)
            shutil.copy(Path(folder) / f"{rendered}.png", ROOT / "docs" / "images" / name)


def main() -> None:
    """Renew pictures and tour; refuses a README without its markers."""
    draw()
    readme = ROOT / "README.md"
    before, begin, rest = readme.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        sys.exit("README.md has lost the markers of the tour.")
    readme.write_text(f"{before}{BEGIN}\n```text\n{transcript()}\n```\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
