"""The evacuation file: unsent entries under a passphrase, for another home of the same outlet.

`CBEVAC`, two digits of the version, 16 bytes of salt, 12 of nonce, then AES-256-GCM over zlib over JSON; the tag covers
everything before it too. Version 01 makes its key by scrypt with n = 2^16, r = 8, p = 2.
"""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from agent.core.errors import InvalidInput, NotSaved
from agent.paths import write_private

MAGIC = b"CBEVAC"
VERSION = b"01"
SALT_BYTES = 16
NONCE_BYTES = 12
HEAD_BYTES = len(MAGIC) + len(VERSION) + SALT_BYTES + NONCE_BYTES
SCRYPT_N, SCRYPT_R, SCRYPT_P = 2**16, 8, 2
SHORTEST_PASSPHRASE = 8
LARGEST_FILE = 64 * 1024 * 1024
LARGEST_CONTENT = 512 * 1024 * 1024


def check_passphrase(passphrase: str) -> str:
    """The passphrase; raises InvalidInput for one that is too short to protect anything."""
    if len(passphrase) < SHORTEST_PASSPHRASE:
        raise InvalidInput("weak_passphrase", f"The passphrase needs at least {SHORTEST_PASSPHRASE} characters.")
    return passphrase


def check_place(path: Path) -> Path:
    """The absolute path of a file to be; raises InvalidInput when there is one or no folder for it."""
    place = path.expanduser().absolute()
    if place.exists():
        raise InvalidInput("file_exists", f"There is already something at {place}; choose another name.")
    if not place.parent.is_dir():
        raise InvalidInput("no_folder", f"There is no folder {place.parent}.")
    return place


def write(path: Path, passphrase: str, content: Mapping[str, object]) -> None:
    """Make the file durable, whole or not at all, readable by this user only; raises NotSaved."""
    packed = zlib.compress(json.dumps(content, separators=(",", ":")).encode(), 6)
    head = MAGIC + VERSION + os.urandom(SALT_BYTES + NONCE_BYTES)
    try:
        write_private(path, head + _cipher(passphrase, head).encrypt(head[-NONCE_BYTES:], packed, head))
    except OSError as error:
        raise NotSaved("file_not_saved", f"{path} cannot be written.", details=type(error).__name__) from None


def read(path: Path, passphrase: str) -> dict[str, Any]:
    """What was written; raises InvalidInput when that is not what the file holds now, or the passphrase is another one."""
    from cryptography.exceptions import InvalidTag

    data = _bytes(path.expanduser().absolute())
    head, body = data[:HEAD_BYTES], data[HEAD_BYTES:]
    if not head.startswith(MAGIC) or len(head) < HEAD_BYTES:
        raise InvalidInput("not_an_evacuation_file", f"{path} is not an evacuation file of Cata Bridge.")
    if not head.startswith(MAGIC + VERSION):
        raise InvalidInput("newer_file", f"{path} was written by another version of Cata Bridge; use that version.")
    try:
        return _unpacked(_cipher(passphrase, head).decrypt(head[-NONCE_BYTES:], body, head))
    except (InvalidTag, ValueError, zlib.error):
        sentence = f"{path} cannot be opened: the passphrase is another one, or the file was damaged."
        raise InvalidInput("cannot_open_file", sentence) from None


def _bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST_FILE + 1)
    except OSError as error:
        raise InvalidInput("unreadable_file", f"{path} cannot be read.", details=type(error).__name__) from None
    if len(data) > LARGEST_FILE:
        raise InvalidInput("unreadable_file", f"{path} is far too large.")
    return data


def _unpacked(packed: bytes) -> dict[str, Any]:
    opened = zlib.decompressobj()
    content = opened.decompress(packed, LARGEST_CONTENT)
    if not opened.eof:
        raise ValueError("cut off, or larger than any outbox")
    found = json.loads(content)
    if not isinstance(found, dict):
        raise ValueError("not an object")
    return found


def _cipher(passphrase: str, head: bytes) -> Any:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

    salt = head[len(MAGIC) + len(VERSION) : -NONCE_BYTES]
    key = Scrypt(salt=salt, length=32, n=SCRYPT_N, r=SCRYPT_R, p=SCRYPT_P).derive(passphrase.encode())
    return AESGCM(key)
