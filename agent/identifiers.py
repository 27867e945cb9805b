"""What was typed or scanned for a member, made fit to look up: an e-mail, a phone in E.164, or a code."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote, urlsplit

from agent.core.card_number import looks_like_card_number
from agent.core.errors import InvalidInput

if TYPE_CHECKING:
    import phonenumbers

LONGEST = 128
LONGEST_SCAN = 2_000
"""A scanned link or JSON may be longer than the code in it."""
CODE_KEYS = ("code", "memberCode", "member_code", "customerCode", "barcode_id", "id", "c")
"""[gap] 3.2: where a scanned JSON or the query of a scanned link may hold the code, first found wins."""
_PHONE = re.compile(r"[+(]{0,2}[0-9][0-9 ().\-/]{5,30}")
_UUID = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+")
_CODE = re.compile(r"[0-9A-Za-z][0-9A-Za-z._:~+/=-]{0,127}")


class IdentifierKind(StrEnum):
    """What an identifier is."""

    EMAIL = "email"
    PHONE = "phone"
    CODE = "code"


@dataclass(frozen=True, slots=True)
class Identifier:
    """What the cloud's lookup is asked for; personal data."""

    kind: IdentifierKind
    text: str = field(repr=False)


def normalise(given: str, *, country: str, url_hosts: Collection[str] = ()) -> Identifier:
    """Read what a person typed or a scanner read; `country` is the region of numbers without `+`, such as `SG`.

    `url_hosts`: the only hosts whose links are read; empty means any. Raises InvalidInput `empty`, `too_long`,
    `control_characters`, `card_number`, `foreign_link`, `invalid_phone`, `invalid_email` or `invalid_code`.
    """
    said = _checked(given, LONGEST_SCAN)
    refuse_card(said)
    found = _checked(_inside(said, url_hosts), LONGEST)
    refuse_card(found)
    if "@" in found:
        return _email(found)
    if (number := _phone(found, country)) is not None:
        return Identifier(IdentifierKind.PHONE, number)
    if found.startswith("+"):
        raise InvalidInput("invalid_phone", "This phone number does not exist; check its digits.", field="identifier")
    return _code(found)


def refuse_card(said: str) -> None:
    """Raises InvalidInput `card_number` for what may be the number of a payment card."""
    if looks_like_card_number(said):
        sentence = "This looks like a payment card; use the member's phone, e-mail or member code."
        raise InvalidInput("card_number", sentence, field="identifier")


def _checked(text: str, longest: int) -> str:
    stripped = text.strip()
    if not stripped:
        raise InvalidInput("empty", "There is nothing to look up.", field="identifier")
    if len(stripped) > longest:
        raise InvalidInput("too_long", "This is too long to be a member's code, phone or e-mail.", field="identifier")
    if any(unicodedata.category(char) in {"Cc", "Cs", "Co", "Cn"} for char in stripped):
        raise InvalidInput("control_characters", "This has characters that cannot be printed.", field="identifier")
    return "".join(char for char in stripped if unicodedata.category(char) != "Cf")


def _inside(said: str, url_hosts: Collection[str]) -> str:
    """The code in a scanned link or JSON; anything else is its own content."""
    if said.startswith("{"):
        return _from_json(said)
    if re.match(r"https?://", said, re.IGNORECASE):
        return _from_link(said, url_hosts)
    return said


def _from_json(said: str) -> str:
    try:
        tree = json.loads(said)
    except (ValueError, RecursionError):
        raise _no_code() from None
    values = [tree.get(key) for key in CODE_KEYS] if isinstance(tree, dict) else []
    for value in values:
        if isinstance(value, str | int) and not isinstance(value, bool) and str(value).strip():
            return str(value)
    raise _no_code()


def _from_link(said: str, url_hosts: Collection[str]) -> str:
    try:
        parts = urlsplit(said)
        host = (parts.hostname or "").lower()
    except ValueError:
        raise _no_code() from None
    if url_hosts and host not in {allowed.lower() for allowed in url_hosts}:
        raise InvalidInput("foreign_link", "This code is a link to somewhere else and not a member's code.", field="identifier")
    asked = parse_qs(parts.query)
    for key in CODE_KEYS:
        if value := asked.get(key, [""])[0].strip():
            return value
    segment = unquote(parts.path.rstrip("/").rpartition("/")[2])
    if not segment:
        raise _no_code()
    return segment


def _email(found: str) -> Identifier:
    if not _EMAIL.fullmatch(found):
        raise InvalidInput("invalid_email", "This is not a complete e-mail address.", field="identifier")
    return Identifier(IdentifierKind.EMAIL, found.lower())


def _phone(found: str, country: str) -> str | None:
    """E.164 when this is a phone number of `country`, or of any country when written with + or 00; else None."""
    if not _PHONE.fullmatch(found):
        return None
    import phonenumbers  # its tables are large, and no call before the first phone needs them

    written = re.sub(r"^00", "+", re.sub(r"[^0-9+]", "", found.replace("(0)", "")))
    if written.startswith("+"):
        return _e164(written, country, phonenumbers.is_possible_number)
    national = _e164(written, country, phonenumbers.is_valid_number)
    code = str(phonenumbers.country_code_for_region(country))
    if national is None and written.startswith(code):
        return _e164(f"+{written}", country, phonenumbers.is_valid_number)
    return national


def _e164(written: str, country: str, is_real: Callable[[phonenumbers.PhoneNumber], bool]) -> str | None:
    """Bare digits must be valid, since they may be a code; behind a + a number may be newer than our tables."""
    import phonenumbers  # as above

    try:
        number = phonenumbers.parse(written, country)
    except phonenumbers.NumberParseException:
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) if is_real(number) else None


def _code(found: str) -> Identifier:
    text = "".join(found.split())
    if not _CODE.fullmatch(text):
        raise _no_code()
    return Identifier(IdentifierKind.CODE, text)


def _no_code() -> InvalidInput:
    return InvalidInput("invalid_code", "This is no member's code, phone or e-mail.", field="identifier")
