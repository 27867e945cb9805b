"""What may stand in a log: secrets, phones, e-mails and long numbers are taken out, control characters made visible."""

from __future__ import annotations

import re
import threading

SHORTEST_SECRET = 6
"""A shorter word would take half of every line with it."""
LONGEST_LINE = 20_000
"""Characters of one event; whatever floods a log does not flood the disk."""

_KEPT = (
    r"(?:cb1-)?[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}"
    r"|\b\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?(?:Z|[+-]\d{2}:\d{2})?)?(?![\d-])"
    r"|\b(?:\d{1,3}\.){3}\d{1,3}\b(?!\.?\d)"
)
_NAMES = r"api[-_ ]?key|token|secret|password|authorization|\bpin"
_PATTERN = re.compile(
    rf"(?P<url>https?://[^\s?\"']+\?)[^\s\"']*"
    r"|(?P<bearer>\b(?:bearer|basic)\s+)[^\s,;\"']+"
    rf"|(?P<named>\b[\w-]{{0,40}}(?:{_NAMES})[\"']?\s{{0,4}}[=:]\s{{0,4}}[\"']?)(?!bearer\b|basic\b)[^\s,;\"'}}]+"
    r"|(?P<key>\b(?:whsec_|ck_)[\w./+=-]+)"
    r"|(?P<email>[^\s@<>\"=:,;()]{0,128}@[^\s@<>\"',;()]+)"
    rf"|(?P<kept>{_KEPT})"
    r"|(?P<number>(?:\+|\b00)?\(?\d(?:[ ().\-/]{0,2}\d){6,})",
    re.IGNORECASE,
)
_known: set[str] = set()
_lock = threading.Lock()


def hide(secret: str) -> None:
    """From now on this text appears in no log, whatever it looks like."""
    if len(secret) >= SHORTEST_SECRET:
        with _lock:
            _known.add(secret)


def redact(text: str) -> str:
    """The text without what may not be logged; ids, times and network addresses stay."""
    text = text[:LONGEST_LINE]
    with _lock:
        known = sorted(_known, key=len, reverse=True)
    for secret in known:
        text = text.replace(secret, "[secret]")
    return _PATTERN.sub(_without, text)


def one_line(text: str) -> str:
    """The text with control and direction characters written out, so that nothing can forge a second line."""
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)


def _without(match: re.Match[str]) -> str:
    for name in ("url", "bearer", "named"):
        if lead := match.group(name):
            return f"{lead}[hidden]"
    if match.group("kept"):
        return match.group()
    if match.group("email"):
        return "[e-mail]"
    return f"[number …{match.group()[-2:]}]" if match.group("number") else "[secret]"
