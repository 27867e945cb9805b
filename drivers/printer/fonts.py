"""Which font of this computer can write a letter; nothing is shipped, what is installed is used."""

from __future__ import annotations

import os
import sys
import unicodedata
from functools import cache, lru_cache
from pathlib import Path

from PIL import ImageFont

CANDIDATES = {
    "CJK": (
        "NotoSansCJK-Regular.ttc", "NotoSansCJKsc-Regular.otf", "NotoSansSC-Regular.otf", "msyh.ttc", "simsun.ttc",
        "PingFang.ttc", "STHeiti Light.ttc", "Hiragino Sans GB.ttc", "wqy-zenhei.ttc", "wqy-microhei.ttc",
        "DroidSansFallbackFull.ttf",
        "malgun.ttf", "meiryo.ttc",
    ),
    "THAI": ("NotoSansThai-Regular.ttf", "LeelawUI.ttf", "leelawad.ttf", "tahoma.ttf", "Thonburi.ttc", "Garuda.ttf", "Loma.ttf"),
    "TAMIL": ("NotoSansTamil-Regular.ttf", "Nirmala.ttf", "Nirmala.ttc", "latha.ttf", "Tamil MN.ttc", "Lohit-Tamil.ttf"),
    "ANY": ("NotoSans-Regular.ttf", "DejaVuSans.ttf", "segoeui.ttf", "arial.ttf", "Arial Unicode.ttf", "Arial.ttf"),
}  # fmt: skip
"""Script -> file names of fonts that have it, best first; found anywhere in the font folders of the three platforms."""

BOLD = {
    "msyh.ttc": "msyhbd.ttc", "malgun.ttf": "malgunbd.ttf", "meiryo.ttc": "meiryob.ttc", "leelawui.ttf": "leelauib.ttf",
    "leelawad.ttf": "leelawdb.ttf", "tahoma.ttf": "tahomabd.ttf", "nirmala.ttf": "nirmalab.ttf", "latha.ttf": "lathab.ttf",
    "segoeui.ttf": "segoeuib.ttf", "arial.ttf": "arialbd.ttf", "garuda.ttf": "garuda-bold.ttf", "loma.ttf": "loma-bold.ttf",
}  # fmt: skip
"""Bold files that are not named after the usual pattern."""
FACE = {"notosanscjk-regular.ttc": 2, "notosanscjk-bold.ttc": 2}
"""Which face of a collection: the one that writes Chinese as it is written in Singapore, where the first is Japanese."""
_CJK_WORDS = ("CJK", "HIRAGANA", "KATAKANA", "HANGUL", "BOPOMOFO", "FULLWIDTH", "HALFWIDTH", "IDEOGRAPHIC")
PRIVATE_USE = "\uf8ff"
"""A letter no font has: what it looks like is what a missing letter looks like."""


def script_of(char: str) -> str:
    """A key of CANDIDATES."""
    name = unicodedata.name(char, "")
    if name.startswith(_CJK_WORDS):
        return "CJK"
    word = name.partition(" ")[0]
    return word if word in CANDIDATES else "ANY"


@cache
def font_for(script: str, size: int, preferred: str = "", *, is_bold: bool = False) -> ImageFont.FreeTypeFont | None:
    """A font for a script; `preferred` is a file to try first, and the bold one of a family if there is. None if none fits."""
    found = installed()
    names = [name.lower() for name in CANDIDATES[script]]
    bold = [bold_of(name) for name in names] if is_bold else [""] * len(names)
    paths = [Path(preferred)] if preferred else []
    paths += [found[name] for pair in zip(bold, names, strict=True) for name in pair if name in found]
    for path in paths:
        try:
            return ImageFont.truetype(str(path), size, index=FACE.get(path.name.lower(), 0))
        except OSError:
            continue
    return None


def bold_of(name: str) -> str:
    """The file that has the bold letters of a lower-case font file name."""
    known = BOLD.get(name)
    return known if known else name.replace("-regular.", "-bold.").replace("dejavusans.", "dejavusans-bold.")


@lru_cache(maxsize=4096)
def has_letter(font: ImageFont.FreeTypeFont, char: str) -> bool:
    """Whether the font draws the letter, and not the box for a missing one."""
    return bytes(font.getmask(char)) != bytes(font.getmask(PRIVATE_USE)) or not char.strip()


@cache
def installed() -> dict[str, Path]:
    """Font files of this computer by lower-case name."""
    found: dict[str, Path] = {}
    for folder in _folders():
        for where, _, names in os.walk(folder):
            found.update({name.lower(): Path(where, name) for name in names if name.lower().endswith((".ttf", ".ttc", ".otf"))})
    return found


def _folders() -> list[Path]:
    home = Path.home()
    if sys.platform == "win32":
        return [Path(os.environ.get("WINDIR", "C:\\Windows"), "Fonts"), home / "AppData/Local/Microsoft/Windows/Fonts"]
    if sys.platform == "darwin":
        return [Path("/System/Library/Fonts"), Path("/Library/Fonts"), home / "Library/Fonts"]
    return [Path("/usr/local/share/fonts"), Path("/usr/share/fonts"), home / ".local/share/fonts", home / ".fonts"]
