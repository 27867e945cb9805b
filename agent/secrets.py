"""Secrets by name: the environment first, then the system's own store, else a sealed file that is shown as weak.

Everything here may wait for a disk or a desktop service: from the event loop call it in a thread.
"""

from __future__ import annotations

import base64
import hashlib
import logging
import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path

from agent.core.errors import DamagedData, InvalidInput, NeedsPerson, NotSaved
from agent.file_lock import waiting
from agent.paths import Home, write_private
from agent.redaction import hide
from agent.secret_stores import FileStore, Store, SystemStore, system_store

log = logging.getLogger(__name__)

API_KEY = "api-key"
WEBHOOK_SECRET = "webhook-secret"
WEBHOOK_SECRET_PREVIOUS = "webhook-secret-previous"
RELAY_KEY = "relay-key"
MANAGER_PIN = "manager-pin"
SEAL_KEY = "seal-key"
NAMES = (API_KEY, WEBHOOK_SECRET, WEBHOOK_SECRET_PREVIOUS, RELAY_KEY, MANAGER_PIN, SEAL_KEY)
DEVICE = re.compile(r"device/[A-Za-z0-9][A-Za-z0-9._-]{0,63}(/[a-z0-9-]{1,40})?")
RENEWED = re.compile(r"device/[^/]+/.+")
"""Secrets that a device renews by itself: what it kept last counts, whatever the environment says."""

ENV_PREFIX = "CATA_BRIDGE_SECRET_"
ENV_STORE = "CATA_BRIDGE_SECRETS"
"""Set to `file` to use the sealed file whatever the platform offers."""
SEAL_BYTES = 32
LONGEST = 4096
INDEX = "names"


class Secrets:
    """The secrets of one home; made once, safe to use from several threads."""

    def __init__(
        self,
        home: Home,
        env: Mapping[str, str] | None = None,
        *,
        find_system: Callable[[str], SystemStore | None] = system_store,
    ) -> None:
        """Chooses the store; raises NeedsPerson when the system's store was used before and does not answer now."""
        self._env = env if env is not None else os.environ
        self._home = home
        self._store = self._chosen(find_system)

    @property
    def is_weak(self) -> bool:
        """Whether the secrets lie in a file because there is nothing better."""
        return self._store.is_weak

    def get(self, name: str) -> str | None:
        """The secret, or None; raises InvalidInput for an unknown name, NeedsPerson or DamagedData when the store fails."""
        given = self._env.get(_env_name(_known(name)))
        secret = (self._store.get(name) or given) if RENEWED.fullmatch(name) else (given or self._store.get(name))
        hide(secret or "")
        return secret

    def set(self, name: str, value: str) -> None:
        """Keep a secret from now on; raises InvalidInput, NotSaved or NeedsPerson."""
        text = value.strip()
        if not text or len(text) > LONGEST or any(ord(char) < 32 for char in text):
            raise InvalidInput("invalid_secret", f"This is no usable {name}.", field=name)
        hide(text)
        self._store.set(_known(name), text)
        self._index(lambda names: names | {name})

    def clear(self, name: str) -> None:
        """Forget a secret; the environment's stays in force."""
        self._store.clear(_known(name))
        self._index(lambda names: names - {name})

    def names(self) -> list[str]:
        """Names of the secrets that are there; the sealing key, which people never enter, is not shown."""
        from_env = frozenset(name for name in NAMES if self._env.get(_env_name(name)))
        return sorted((self._listed() | from_env) - {SEAL_KEY})

    def seal_key(self) -> bytes:
        """32 bytes that seal personal data on disk; made at the first call; raises DamagedData when what is kept is no key."""
        with waiting(self._home.secrets / "seal.lock"):
            text = self.get(SEAL_KEY)
            if text is None:
                text = base64.b64encode(os.urandom(SEAL_BYTES)).decode()
                self.set(SEAL_KEY, text)
        try:
            key = base64.b64decode(text, validate=True)
        except ValueError:
            key = b""
        if len(key) != SEAL_BYTES:
            raise DamagedData("seal_key_damaged", "The key that opens this till's stored data is damaged.")
        return key

    def _chosen(self, find_system: Callable[[str], SystemStore | None]) -> Store:
        self._home.prepare()
        used = self._home.secrets / "store"
        before = used.read_text().strip() if used.exists() else ""
        forced = self._env.get(ENV_STORE, "") == "file"
        system = None if forced or before == "file" else find_system(_service(self._home))
        if system is None and before == "system" and not forced:
            # Falling back to an empty file would mint a second sealing key and make the stored data unreadable.
            raise NeedsPerson("secret_store_locked", "The computer's store for passwords is locked or does not answer.")
        if not before and not forced:
            _remember(used, "system" if system else "file")
        if system is None:
            log.warning("secrets lie in a file because this computer offers no better place")
        return system or FileStore(self._home.secrets)

    def _listed(self) -> frozenset[str]:
        return frozenset((self._store.get(INDEX) or "").split())

    def _index(self, change: Callable[[frozenset[str]], frozenset[str]]) -> None:
        names = self._listed()
        if change(names) != names:
            self._store.set(INDEX, " ".join(sorted(change(names))))


def _known(name: str) -> str:
    if name not in NAMES and not DEVICE.fullmatch(name):
        raise InvalidInput("unknown_secret", f"There is no secret named {name}; they are {', '.join(NAMES[:5])} and device/NAME.")
    return name


def _env_name(name: str) -> str:
    return ENV_PREFIX + re.sub(r"[^A-Z0-9]", "_", name.upper())


def _service(home: Home) -> str:
    return "cata-bridge " + hashlib.sha256(str(home.root).encode()).hexdigest()[:12]


def _remember(path: Path, word: str) -> None:
    try:
        write_private(path, word.encode())
    except OSError as error:
        raise NotSaved("secret_not_saved", "The folder of the secrets cannot be written.", details=type(error).__name__) from None
