"""Where everything of one installation lies: the home directory and the files in it."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from agent.core.errors import NeedsPerson, NotSaved

APP = "cata-bridge"
PRIVATE_DIR = 0o700
PRIVATE_FILE = 0o600
ADMINISTRATOR = 0
"""Who may lay a link to where the data is; another user's link could lead into any folder of ours."""
MACHINE_WIDE_POSIX = Path("/var/lib/cata-bridge")


@dataclass(frozen=True, slots=True)
class Home:
    """The home directory; every path is a property, nothing is made before `prepare`."""

    root: Path

    @classmethod
    def find(cls, option: str | Path | None = None, env: Mapping[str, str] | None = None) -> Home:
        """`--home`, else CATA_BRIDGE_HOME, else the platform's place (machine-wide when CATA_BRIDGE_SERVICE is set)."""
        chosen = env if env is not None else os.environ
        if place := option or chosen.get("CATA_BRIDGE_HOME"):
            return cls(Path(place).expanduser().absolute())
        return cls(
            _machine_wide() if chosen.get("CATA_BRIDGE_SERVICE") else Path(platformdirs.user_data_dir(APP, appauthor=False))
        )

    @property
    def config(self) -> Path:
        """Settings, no secrets."""
        return self.root / "config.toml"

    @property
    def data(self) -> Path:
        """Folder of everything that must not be lost."""
        return self.root / "data"

    @property
    def db(self) -> Path:
        """Outbox, orders, tokens, audit: the truth."""
        return self.data / "bridge.db"

    @property
    def cache(self) -> Path:
        """Members' balances and the menu: may be deleted at any time."""
        return self.data / "cache.db"

    @property
    def journal(self) -> Path:
        """Append-only record that rebuilds a damaged database."""
        return self.data / "journal.log"

    @property
    def copies(self) -> Path:
        """Folder of the hourly copies of the database."""
        return self.data / "copies"

    @property
    def damaged(self) -> Path:
        """Folder of database files that were damaged: kept, never used."""
        return self.data / "damaged"

    @property
    def secrets(self) -> Path:
        """Folder of the secret store's own files."""
        return self.root / "secrets"

    @property
    def logs(self) -> Path:
        """Folder of the logs."""
        return self.root / "logs"

    @property
    def run(self) -> Path:
        """Folder of what only a running agent keeps."""
        return self.root / "run"

    @property
    def run_file(self) -> Path:
        """How the screen and the command line find the running agent."""
        return self.run / "agent.json"

    @property
    def lock_file(self) -> Path:
        """Held by the one agent of this home."""
        return self.run / "agent.lock"

    def prepare(self) -> Home:
        """Make the folders, for this user only; raises NotSaved when that fails, NeedsPerson when somebody else owns them."""
        try:
            for folder in (self.root, self.data, self.secrets, self.logs, self.run):
                folder.mkdir(mode=PRIVATE_DIR, parents=True, exist_ok=True)
                _own(folder)
        except OSError as error:
            sentence = f"The folder {self.root} cannot be made or written."
            raise NotSaved("home_not_writable", sentence, details=type(error).__name__) from None
        return self


def write_private(path: Path, content: bytes) -> None:
    """Replace a file atomically and durably, readable by this user only; raises OSError."""
    fresh = path.with_name(f"{path.name}.{os.getpid()}.new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _own(folder: Path) -> None:
    if os.name != "posix":
        return
    facts, link = folder.stat(), folder.lstat()
    if facts.st_uid != os.getuid() or link.st_uid not in {os.getuid(), ADMINISTRATOR}:
        raise NeedsPerson("home_not_ours", f"The folder {folder} belongs to another user of this computer.")
    if stat.S_IMODE(facts.st_mode) != PRIVATE_DIR:
        folder.chmod(PRIVATE_DIR)


def _machine_wide() -> Path:
    return MACHINE_WIDE_POSIX if os.name == "posix" else Path(platformdirs.site_data_dir(APP, appauthor=False))
