"""What was learnt of a scanner, as it is kept in `screen.json` and as the till API tells it."""

from __future__ import annotations

from dataclasses import asdict

from agent.core.keyboards import LAYOUTS
from agent.core.scanner_profile import CheckDigit, Ending, Interface, Line, ScannerProfile
from gui.link.fields import Json, as_object, flag, text, texts, whole

LONGEST = 64
"""Characters that a scanner may be said to add."""


def kept_profile(profile: ScannerProfile) -> Json:
    """As JSON."""
    return asdict(profile)


def read_profile(source: object) -> ScannerProfile | None:
    """From JSON; None for anything that is no profile. The detector keeps its bounds whatever stands here."""
    seen, line = as_object(source), as_object(as_object(source).get("line"))
    layout = text(seen, "layout")
    try:
        return ScannerProfile(
            interface=Interface(text(seen, "interface")),
            layout=layout if layout in LAYOUTS else "",
            swaps_case=flag(seen, "swaps_case"),
            median_ms=whole(seen, "median_ms"),
            slowest_ms=max(0, whole(seen, "slowest_ms")),
            prefix=text(seen, "prefix")[:LONGEST],
            code_id_length=max(0, whole(seen, "code_id_length")),
            has_aim=flag(seen, "has_aim"),
            symbologies=texts(seen, "symbologies"),
            tail=text(seen, "tail")[:LONGEST],
            ending=Ending(text(seen, "ending")),
            check_digit=CheckDigit(text(seen, "check_digit")),
            shortest=whole(seen, "shortest"),
            line=Line(baud=whole(line, "baud"), parity=text(line, "parity", "N"), bytesize=whole(line, "bytesize"))
            if line
            else None,
        )
    except ValueError:
        return None
