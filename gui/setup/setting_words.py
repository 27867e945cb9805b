"""What can be set and which kinds of devices there are, in the language of the screen; English is what drivers declare."""

from __future__ import annotations

from collections.abc import Mapping

from gui.strings import known, language, tr
from gui.words.settings import chinese, indonesian, malay, tamil
from gui.words.till.chinese import TILL as CHINESE
from gui.words.till.indonesian import TILL as INDONESIAN
from gui.words.till.malay import TILL as MALAY
from gui.words.till.tamil import TILL as TAMIL

SETTINGS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "zh": chinese.SETTINGS,
    "ms": malay.SETTINGS,
    "ta": tamil.SETTINGS,
    "id": indonesian.SETTINGS,
}
TILL: Mapping[str, Mapping[str, str]] = {"zh": CHINESE, "ms": MALAY, "ta": TAMIL, "id": INDONESIAN}
KINDS: Mapping[str, Mapping[str, str]] = {"zh": chinese.KINDS, "ms": malay.KINDS, "ta": tamil.KINDS, "id": indonesian.KINDS}


def name_of(kind: str, key: str) -> str:
    """The name of a setting; `kind` is the driver's, or empty for the settings of the till itself."""
    if not kind and known(f"settings.{key}"):
        return tr(f"settings.{key}")
    found = _words(kind, key)
    return found[0] if found else TILL.get(language(), {}).get("" if kind else key) or shown_key(key)


def described(kind: str, key: str, english: str) -> str:
    """What a setting is for."""
    found = _words(kind, key)
    return found[1] if found else english


def summary(kind: str, english: str) -> str:
    """What a kind of device is."""
    return KINDS.get(language(), {}).get(kind, english)


def shown_key(key: str) -> str:
    """`connect_timeout_s` reads `Connect timeout (s)`."""
    words = key.rpartition(".")[2].split("_")
    unit = f" ({words.pop()})" if len(words) > 1 and words[-1] in {"s", "ms", "min", "h"} else ""
    return " ".join(words).capitalize() + unit


def _words(kind: str, key: str) -> tuple[str, str] | None:
    """Only for kinds that the tables know: a driver from outside may mean something else by the same word."""
    if kind not in KINDS.get(language(), {}):
        return None
    table = SETTINGS[language()]
    return table.get(f"{kind}.{key}") or table.get(key)
