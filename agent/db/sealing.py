"""Sealing what is personal before it is stored, and a keyed fingerprint for finding it again."""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Iterable

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from agent.core.errors import DamagedData, InvalidInput

KEY_BYTES = 32
NONCE_BYTES = 12
FORMAT = b"\x01"
"""First byte of everything sealed; a later recipe gets another one."""


class Seal:
    """AES-256-GCM for values, HMAC-SHA256 for fingerprints, each with a key of its own derived from one secret."""

    def __init__(self, key: bytes) -> None:
        """`key` is at least 32 random bytes; InvalidInput for a shorter one."""
        if len(key) < KEY_BYTES:
            raise InvalidInput("weak_key", "The key that protects stored data is too short.")
        self._cipher = AESGCM(_derived(key, b"cata-bridge sealing"))
        self._fingerprint_key = _derived(key, b"cata-bridge fingerprint")
        self._mark_key = _derived(key, b"cata-bridge row mark")

    def seal(self, plain: str | bytes) -> bytes:
        """The value unreadable and tamper-evident; twice the same value looks different."""
        nonce = os.urandom(NONCE_BYTES)
        data = plain.encode() if isinstance(plain, str) else plain
        return FORMAT + nonce + self._cipher.encrypt(nonce, data, FORMAT)

    def open(self, sealed: bytes) -> bytes:
        """What was sealed; DamagedData when it was changed or sealed with another key."""
        nonce, body = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
        try:
            if sealed[:1] != FORMAT:
                raise InvalidTag
            return self._cipher.decrypt(nonce, body, FORMAT)
        except (InvalidTag, ValueError):
            message = "Stored data of this till cannot be read with its key."
            raise DamagedData("seal_broken", message) from None

    def open_text(self, sealed: bytes) -> str:
        """As `open`, for text."""
        return self.open(sealed).decode()

    def fingerprint(self, text: str) -> str:
        """32 hex digits, the same for the same text and key, telling nothing about the text."""
        return hmac.new(self._fingerprint_key, text.encode(), hashlib.sha256).hexdigest()[:32]

    def mark(self, values: Iterable[object]) -> bytes:
        """32 bytes that only this key gives for these values in this order, types included."""
        return hmac.digest(self._mark_key, b"".join(map(_part, values)), "sha256")


def _part(value: object) -> bytes:
    """A value so that no two lists of values look alike; text that is no Unicode raises ValueError."""
    data = value if isinstance(value, bytes) else str(value).encode()
    kind = b"n" if value is None else b"b" if isinstance(value, bytes) else b"t" if isinstance(value, str) else b"i"
    return kind + len(data).to_bytes(4, "big") + data


def _derived(key: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=purpose).derive(key)
