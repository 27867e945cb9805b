"""The places a secret can lie: the system's own store, or a sealed file that is better than nothing."""

from __future__ import annotations

import base64
import json
import logging
import os
import sys
import threading
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from agent.core.errors import DamagedData, NeedsPerson, NotSaved
from agent.file_lock import waiting
from agent.paths import write_private

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

log = logging.getLogger(__name__)

PROBE_S = 3.0
"""A store that asks a question on a screen nobody sees must not hold up the start."""
BACKENDS = {
    "win32": ("keyring.backends.Windows", "WinVaultKeyring"),
    "darwin": ("keyring.backends.macOS", "Keyring"),
    "linux": ("keyring.backends.SecretService", "Keyring"),
}
NONCE = 12
CONTEXT = b"cata-bridge secrets 1"

T = TypeVar("T")


class Store(Protocol):
    """Keeps texts by name."""

    is_weak: bool
    """Whoever can read this user's files can read the secrets."""

    def get(self, name: str) -> str | None:
        """The secret, or None."""
        ...

    def set(self, name: str, value: str) -> None:
        """Keep it durably."""
        ...

    def clear(self, name: str) -> None:
        """Forget it; not an error when it is not there."""
        ...


class SystemStore:
    """Windows' Credential Manager, macOS' Keychain or the desktop's Secret Service, chosen by us and never by chance."""

    is_weak = False

    def __init__(self, service: str, backend: KeyringBackend, *, limit_s: float = PROBE_S) -> None:
        """`service` keeps two installations apart."""
        self._service = service
        self._backend = backend
        self._limit_s = limit_s

    def get(self, name: str) -> str | None:
        """The secret, or None; raises NeedsPerson when the store is locked."""
        return self._asked(lambda: self._backend.get_password(self._service, name))

    def set(self, name: str, value: str) -> None:
        """Keep it; raises NeedsPerson when the store is locked."""
        self._asked(lambda: self._backend.set_password(self._service, name, value))

    def clear(self, name: str) -> None:
        """Forget it; raises NeedsPerson when the store is locked."""
        if self.get(name) is not None:
            self._asked(lambda: self._backend.delete_password(self._service, name))

    def _asked(self, work: Callable[[], T]) -> T:
        from keyring.errors import KeyringError  # slow to import, and a home whose secrets are in a file never asks here

        try:
            return in_time(work, self._limit_s)
        except (KeyringError, OSError, RuntimeError, TimeoutError) as error:
            sentence = "The computer's store for passwords is locked or does not answer."
            raise NeedsPerson("secret_store_locked", sentence, details=type(error).__name__) from None


def system_store(service: str, *, platform: str = sys.platform, limit_s: float = PROBE_S) -> SystemStore | None:
    """The platform's store if it really keeps what it is given, else None."""
    if platform not in BACKENDS:
        return None
    module, name = BACKENDS[platform]
    try:
        store = in_time(lambda: SystemStore(service, getattr(import_module(module), name)(), limit_s=limit_s), limit_s)
        return store if _keeps(store) else None
    # Backends fail at import, at D-Bus and in C, each in its own way; whatever it is, this store is not usable.
    except Exception as error:  # noqa: BLE001
        log.info("no system store for secrets reason=%s", type(error).__name__)
        return None


def _keeps(store: SystemStore) -> bool:
    name, value = "probe", base64.b64encode(os.urandom(12)).decode()
    store.set(name, value)
    kept = store.get(name) == value
    store.clear(name)
    return kept and store.get(name) is None


def in_time(work: Callable[[], T], limit_s: float) -> T:
    """Run something that may hang; raises TimeoutError and leaves its thread behind when it does."""
    done: list[T] = []
    failed: list[Exception] = []

    def run() -> None:
        try:
            done.append(work())
        # Handed over to the caller's thread as it is.
        except Exception as error:  # noqa: BLE001
            failed.append(error)

    thread = threading.Thread(target=run, name="secret-store", daemon=True)
    thread.start()
    thread.join(limit_s)
    if failed:
        raise failed[0]
    if not done:
        raise TimeoutError
    return done[0]


class FileStore:
    """One sealed file with its key beside it, both for this user only: a weak store, and shown as one."""

    is_weak = True

    def __init__(self, folder: Path) -> None:
        self._sealed = folder / "secrets.sealed"
        self._key = folder / "secrets.key"
        self._lock = folder / "secrets.lock"

    def get(self, name: str) -> str | None:
        """The secret, or None; raises DamagedData when the file does not open with its key."""
        return self._read().get(name)

    def set(self, name: str, value: str) -> None:
        """Keep it; raises NotSaved when the disk refuses."""
        self._change(lambda secrets: secrets.update({name: value}))

    def clear(self, name: str) -> None:
        """Forget it; raises NotSaved when the disk refuses."""
        self._change(lambda secrets: secrets.pop(name, None))

    def _change(self, change: Callable[[dict[str, str]], object]) -> None:
        try:
            with waiting(self._lock):
                secrets = self._read()
                change(secrets)
                nonce = os.urandom(NONCE)
                sealed = AESGCM(self._made_key()).encrypt(nonce, json.dumps(secrets).encode(), CONTEXT)
                write_private(self._sealed, nonce + sealed)
        except OSError as error:
            raise NotSaved(
                "secret_not_saved", "The secret could not be written to the disk.", details=type(error).__name__
            ) from None

    def _read(self) -> dict[str, str]:
        try:
            content = self._sealed.read_bytes()
        except FileNotFoundError:
            return {}
        try:
            plain = AESGCM(self._key.read_bytes()).decrypt(content[:NONCE], content[NONCE:], CONTEXT)
            secrets: dict[str, str] = json.loads(plain)
        except (OSError, ValueError, InvalidTag):
            raise DamagedData(
                "secrets_damaged", "The file of this till's secrets is damaged; they must be entered again."
            ) from None
        return secrets

    def _made_key(self) -> bytes:
        if not self._key.exists():
            write_private(self._key, AESGCM.generate_key(256))
        return self._key.read_bytes()
