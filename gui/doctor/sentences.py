"""What was learnt of a scanner, sentence by sentence: pure."""

from __future__ import annotations

from collections.abc import Iterator

from agent.core.scanner_profile import CheckDigit, Ending, Interface, ScannerProfile
from gui.strings import Phrase, tr


def sentences(profile: ScannerProfile) -> list[Phrase]:
    """Everything that three scans told."""
    return list(_sentences(profile))


def _sentences(profile: ScannerProfile) -> Iterator[Phrase]:
    types = profile.interface in {Interface.SCREEN, Interface.HID}
    yield tr(f"doctor.is.{profile.interface}")
    if (line := profile.line) is not None:
        yield tr("doctor.line", baud=line.baud, bits=line.bytesize, parity=tr(f"doctor.parity.{line.parity}"))
    if types:
        yield from _keyboard(profile)
        yield tr("doctor.speed", median=profile.median_ms, slowest=profile.slowest_ms)
    if profile.ending is Ending.NONE:
        yield tr("doctor.end_none")
    else:
        yield tr("doctor.end", end=tr(f"doctor.{'pressed' if types else 'sent'}.{profile.ending}"))
    if profile.prefix:
        yield tr("doctor.prefix", text=profile.prefix)
    if profile.code_id_length:
        yield tr("doctor.code_id")
    if profile.tail.strip():
        yield tr("doctor.tail", text=profile.tail.strip())
    kinds = ", ".join(kind.upper() for kind in profile.symbologies)
    yield tr("doctor.kinds", kinds=kinds) if kinds else tr("doctor.no_kinds")
    if profile.check_digit is not CheckDigit.UNKNOWN:
        yield tr(f"doctor.check.{profile.check_digit}")


def _keyboard(profile: ScannerProfile) -> Iterator[Phrase]:
    if not profile.layout:
        yield tr("doctor.keyboard_unknown")
        return
    yield tr("doctor.keyboard", country=tr(f"doctor.country.{profile.layout}"))
    yield tr("doctor.swaps" if profile.swaps_case else "doctor.caps")
