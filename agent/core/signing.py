"""Webhook signatures as data: one parametrised HMAC for every vendor, compared in constant time."""

from __future__ import annotations

import base64
import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum


class Encoding(StrEnum):
    """How a digest becomes text."""

    HEX = "hex"
    BASE64 = "base64"


MESSAGES = frozenset({"{body}", "{timestamp}.{body}", "{url}{body}", "{body}{timestamp}"})
"""What a vendor may sign; `{body}` is always the raw bytes."""

_PART = re.compile(r"\{(body|timestamp|url)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How one vendor signs what it sends."""

    header: str
    """Header that carries the signature, in lower case."""
    algorithm: str = "sha256"
    """`sha1` or `sha256`."""
    message: str = "{body}"
    """One of MESSAGES."""
    encoding: Encoding = Encoding.HEX
    prefix: str = ""
    """Text before the digest."""
    suffix: str = ""
    """Text after the digest."""

    def __post_init__(self) -> None:
        if self.algorithm not in {"sha1", "sha256"}:
            raise ValueError(f"no such algorithm: {self.algorithm}")
        if self.message not in MESSAGES:
            raise ValueError(f"no such message template: {self.message}")


CATA = Recipe(header="x-cata-signature", prefix="sha256=")
REVEL = Recipe(header="x-revel-signature", algorithm="sha1")
DELIVERECT = Recipe(header="x-server-authorization-hmac-sha256")
SQUARE = Recipe(header="x-square-hmacsha256-signature", message="{url}{body}", encoding=Encoding.BASE64)
TOAST = Recipe(header="toast-signature", message="{body}{timestamp}", encoding=Encoding.BASE64)
X_SERIES = Recipe(header="x-signature", prefix="signature=", suffix=",algorithm=HMAC-SHA256")

RECIPES = {"cata": CATA, "revel": REVEL, "deliverect": DELIVERECT, "square": SQUARE, "toast": TOAST, "x-series": X_SERIES}
"""Every known vendor's recipe by name."""

CATA_TIMED = replace(CATA, message="{timestamp}.{body}")
CATA_MODES = {"body": (CATA,), "ts.body": (CATA_TIMED,), "auto": (CATA, CATA_TIMED)}
"""[gap] Whether Cata signs its timestamp too is not published: the setting `webhook.signature` names one of these."""

CATA_SECRET_PREFIX = "whsec_"
"""[gap] Whether the prefix is part of the key is not published: `auto` tries the whole secret, then the rest of it."""


def sign(recipe: Recipe, secret: str, body: bytes, *, timestamp: str = "", url: str = "") -> str:
    """The value of the recipe's header for this body."""
    mac = hmac.new(secret.encode(), _message(recipe, body, timestamp, url), recipe.algorithm)
    return recipe.prefix + _text(recipe, mac.digest()) + recipe.suffix


def verify(recipe: Recipe, secrets: Iterable[str], body: bytes, given: str, *, timestamp: str = "", url: str = "") -> bool:
    """Whether any of the secrets in force made `given`; every secret is tried, in constant time; an empty secret never fits."""
    wanted = _canonical(recipe, given)
    fits = False
    for secret in secrets:
        made = _canonical(recipe, sign(recipe, secret, body, timestamp=timestamp, url=url))
        fits |= bool(secret) and hmac.compare_digest(made, wanted)
    return fits


def verify_cata(mode: str, secrets: Iterable[str], body: bytes, given: str, *, timestamp: str = "") -> bool:
    """Whether Cata signed these raw bytes; `mode` is `body`, `ts.body` or `auto`; raises KeyError for another mode."""
    keys = list(secrets)
    if mode == "auto":
        keys += [key.removeprefix(CATA_SECRET_PREFIX) for key in keys if key.startswith(CATA_SECRET_PREFIX)]
    verdicts = [verify(recipe, keys, body, given, timestamp=timestamp) for recipe in CATA_MODES[mode]]
    return any(verdicts)


def _message(recipe: Recipe, body: bytes, timestamp: str, url: str) -> bytes:
    parts = {"body": body, "timestamp": timestamp.encode(errors="surrogatepass"), "url": url.encode(errors="surrogatepass")}
    # Odd places of the split are names, even ones the text between them.
    pieces = _PART.split(recipe.message)
    return b"".join(parts[piece] if place % 2 else piece.encode() for place, piece in enumerate(pieces))


def _text(recipe: Recipe, digest: bytes) -> str:
    return digest.hex() if recipe.encoding is Encoding.HEX else base64.b64encode(digest).decode()


def _canonical(recipe: Recipe, value: str) -> bytes:
    """Hex compares without regard to case; base64 exactly; bytes, since compare_digest refuses other characters as text."""
    text = value.strip()
    if recipe.encoding is Encoding.HEX:
        text = text.lower()
    return text.encode(errors="surrogatepass")
