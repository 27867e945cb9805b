"""The look as values: colour tokens of three themes, the type scale, spacing and zoom."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from PySide6.QtGui import QColor, QFont, QFontDatabase

ZOOM_STEPS = (80, 90, 100, 110, 125, 150, 175, 200)
FOLDED_ABOVE = 150
"""Above this zoom tabs fold, and the keypad and today's list hide behind a button."""
LEAD_SIZE = 20
LINE_HEIGHTS = {14: 20, 16: 24, 18: 24, 20: 28, 24: 32, 26: 34, 28: 36, 30: 38, 32: 40, 36: 44, 40: 48, 44: 52, 56: 64, 72: 76}
"""Of the type scale, in px at 100 %."""
TALL = {"ta": 1.2}
"""The marks of Tamil reach higher and lower than Latin's."""
FAMILIES = ("Inter", "Noto Sans", "Noto Sans CJK SC", "Noto Sans Tamil", "Noto Sans Thai")


class Theme(StrEnum):
    """Which colours are in force."""

    LIGHT = "light"
    DARK = "dark"
    CONTRAST = "contrast"


@dataclass(frozen=True, slots=True)
class Tone:
    """The four colours of one state."""

    text: str
    tint: str
    solid: str
    on_solid: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Palette:
    """Every colour of a theme, as `#RRGGBB`."""

    bg: str
    surface: str
    sunk: str
    line: str
    edge: str
    ink: str
    ink2: str
    dis: str
    accent: str
    accent_hover: str
    accent_pressed: str
    on_accent: str
    accent_tint: str
    focus: str
    tray_plain: str
    ok: Tone
    attention: Tone
    late: Tone
    offline: Tone


PALETTES = {
    Theme.LIGHT: Palette(
        bg="#F5F0E8",
        surface="#FFFDF9",
        sunk="#EBE3D7",
        line="#DDD2C3",
        edge="#87776A",
        ink="#231A14",
        ink2="#5C4F45",
        dis="#6B5D52",
        accent="#6A3417",
        accent_hover="#7D4220",
        accent_pressed="#4E240E",
        on_accent="#FFF8EF",
        accent_tint="#F3E3D3",
        focus="#231A14",
        tray_plain="#5C4F45",
        ok=Tone("#17633A", "#DCEFE0", "#1E7444", "#FFFFFF"),
        attention=Tone("#744700", "#FFEBC4", "#F0AE35", "#231A14"),
        late=Tone("#A1221B", "#FBE0DB", "#B3261E", "#FFFFFF"),
        offline=Tone("#3B4D66", "#E0E7F0", "#4A5E7A", "#FFFFFF"),
    ),
    Theme.DARK: Palette(
        bg="#16110E",
        surface="#221B16",
        sunk="#100C0A",
        line="#43372F",
        edge="#96857A",
        ink="#F8F1E9",
        ink2="#CDBFB1",
        dis="#9A8B7F",
        accent="#E9B68C",
        accent_hover="#F2C7A3",
        accent_pressed="#D69E70",
        on_accent="#2B1609",
        accent_tint="#3B281B",
        focus="#F8F1E9",
        tray_plain="#E8DDD1",
        ok=Tone("#93DDAE", "#15321F", "#93DDAE", "#0B2113"),
        attention=Tone("#FFD071", "#3B2B0A", "#FFD071", "#2A1D02"),
        late=Tone("#FFB4AA", "#481713", "#C93A31", "#FFFFFF"),
        offline=Tone("#B7C9E2", "#1F2B3A", "#B7C9E2", "#121C28"),
    ),
    Theme.CONTRAST: Palette(
        bg="#000000",
        surface="#000000",
        sunk="#000000",
        line="#FFFFFF",
        edge="#FFFFFF",
        ink="#FFFFFF",
        ink2="#FFFFFF",
        dis="#B8B8B8",
        accent="#FFFFFF",
        accent_hover="#FFFF00",
        accent_pressed="#FFFF00",
        on_accent="#000000",
        accent_tint="#000000",
        focus="#FFFF00",
        tray_plain="#FFFFFF",
        ok=Tone("#4DFF9A", "#000000", "#4DFF9A", "#000000"),
        attention=Tone("#FFD21F", "#000000", "#FFD21F", "#000000"),
        late=Tone("#FF8F85", "#000000", "#FF8F85", "#000000"),
        offline=Tone("#9FD0FF", "#000000", "#9FD0FF", "#000000"),
    ),
}


@dataclass(frozen=True, slots=True)
class Look:
    """What every widget asks: colours, fonts and measures at the chosen zoom."""

    theme: Theme = Theme.LIGHT
    zoom: int = 100
    """Percent, 80 to 200."""
    keys_shown: bool = True
    """False where there is no keyboard: key caps are hidden."""
    still: bool = False
    """The system is told to move nothing: what changes does not flash."""
    language: str = "en"
    """What the screen speaks, as a key of strings.NAMES."""

    @property
    def palette(self) -> Palette:
        """Colours of the theme."""
        return PALETTES[self.theme]

    @property
    def high_contrast(self) -> bool:
        """Tints carry no meaning: borders do."""
        return self.theme is Theme.CONTRAST

    @property
    def folded(self) -> bool:
        """Too large for everything at once."""
        return self.zoom > FOLDED_ABOVE

    def px(self, size: int) -> int:
        """A text size: what is read scales fully, and the display sizes above the lead grow half as fast."""
        lead = min(size, LEAD_SIZE)
        return max(1, round(lead * self.zoom / 100 + (size - lead) * (100 + (self.zoom - 100) / 2) / 100))

    def gap(self, size: int) -> int:
        """Spacing and the height of targets; scales by half of the zoom."""
        return max(1, round(size * (100 + (self.zoom - 100) / 2) / 100)) if size else 0

    def target(self, size: int) -> int:
        """A target's height; never below its measure at 100 %."""
        return max(size, self.gap(size))

    def line(self, size: int) -> int:
        """Height of a line of text in the script of the language."""
        return round(self.px(LINE_HEIGHTS.get(size, size)) * TALL.get(self.language, 1.0))

    def font(self, size: int, weight: int = 400, *, tabular: bool = False) -> QFont:
        """A font of the type scale at the zoom."""
        return _font(self.px(size), weight, tabular)

    def colour(self, name: str) -> QColor:
        """A colour by its token: `ink`, `accent`, `ok` (text), `late.solid`, `offline.tint` ..."""
        return QColor(token(self.palette, name))


def token(palette: Palette, name: str) -> str:
    """The colour behind a token; a bare state name means its text colour."""
    head, _, part = name.partition(".")
    value: str | Tone = getattr(palette, head)
    if isinstance(value, str):
        return value
    colour: str = getattr(value, part or "text")
    return colour


@lru_cache(maxsize=256)
def _font(px: int, weight: int, tabular: bool) -> QFont:
    font = QFont(_families())
    font.setPixelSize(px)
    font.setWeight(QFont.Weight(weight))
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    if tabular:
        font.setFeature(QFont.Tag("tnum"), 1)
    return font


@lru_cache(maxsize=1)
def _families() -> list[str]:
    installed = set(QFontDatabase.families())
    system = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont).family()
    wanted = [FAMILIES[0], system, *FAMILIES[1:]]
    return [family for family in wanted if family in installed] or [system]


def contrast(first: str, second: str) -> float:
    """WCAG contrast of two colours, 1 to 21."""
    lighter, darker = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def text_pairs(palette: Palette) -> list[tuple[str, str]]:
    """Every pair of text on ground that the screen uses, as token names."""
    pairs = [(text, ground) for text in ("ink", "ink2", "accent") for ground in ("bg", "surface", "accent_tint")]
    pairs += [("ink", "sunk"), ("ink2", "sunk"), ("dis", "sunk"), ("on_accent", "accent"), ("surface", "ink")]
    pairs += [("on_accent", "accent_hover"), ("on_accent", "accent_pressed")]
    for state in ("ok", "attention", "late", "offline"):
        pairs += [(f"{state}.text", "surface"), (f"{state}.text", f"{state}.tint"), (f"{state}.on_solid", f"{state}.solid")]
        pairs += [("ink", f"{state}.tint"), ("ink2", f"{state}.tint"), (f"{state}.text", "bg")]
    return pairs
