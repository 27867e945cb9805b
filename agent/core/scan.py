"""One decoded read from a scanner and what it turned out to be."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from agent.core.member import Member


class ScanKind(StrEnum):
    """What a scanned code is."""

    MEMBER = "member"
    PRODUCT = "product"
    VOUCHER = "voucher"
    UNKNOWN = "unknown"
    REFUSED = "refused"


TEST_CODES = ("CATA-TEST-1", "CATA-TEST-2-aZ09", "CATA-TEST-3:/?=&_@+;aZyQwM")
"""What set-up and the scanner doctor hold up: nobody's code. From the first to the last they have more that can go wrong:
capitals alone, both cases and digits, and the signs that differ between countries' keyboards."""


@dataclass(frozen=True, slots=True)
class Code:
    """What a scanner driver hands over: the text without framing, and the symbology if the scanner said so."""

    text: str = field(repr=False)
    symbology: str = ""
    """Lower-case name such as `qr`, `code128`, `ean13`; empty when unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """One routed scan: it has an id and exactly one outcome."""

    id: str
    device: str
    """Name of the scanner, or `till-api` for a code handed in by a caller."""
    code: str = field(repr=False)
    """The code as shown to callers; empty for a refused one, which is never kept."""
    symbology: str
    kind: ScanKind
    at: datetime
    reason: str = ""
    """Why it is refused or unknown; stable machine word."""
    message: str = ""
    """The same in one sentence for staff."""
    member: Member | None = None
