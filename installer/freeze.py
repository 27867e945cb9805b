"""What goes into the frozen programs and what stays out; read by bridge.spec, which does the freezing."""

from __future__ import annotations

import re
import sys
from collections.abc import Container, Iterable
from fnmatch import fnmatch
from importlib.metadata import packages_distributions

from packaging.utils import canonicalize_name

CONSOLE = "cata-bridge"
"""Agent, command line, demo, and the screen for who types it."""
WINDOWED = "cata-bridge-screen"
"""The screen alone, without a terminal window where systems have such."""
STARTS = {CONSOLE: "agent.__main__", WINDOWED: "gui.app"}
"""Program -> the module whose `main` it runs."""

KEYRING = {
    "win32": ("keyring.backends.Windows", "win32ctypes.core"),
    "darwin": ("keyring.backends.macOS", "keyring.backends.macOS.api"),
    "linux": ("keyring.backends.SecretService", "secretstorage", "jeepney.io.blocking"),
}
SPOOLER = {"win32": ("win32print",)}
"""What a printer driver needs on one system only."""
HIDDEN = (
    "agent.demo",
    "gui.app",
    "escpos.printer",
    "httptools",
    "pyodbc",
    "uvicorn.lifespan.off",
    "uvicorn.lifespan.on",
    "uvicorn.loops.asyncio",
    "uvicorn.protocols.http.httptools_impl",
    "serial.tools.list_ports",
)
"""Imported by name only, so that no tracing finds them."""
WHOLE = ("agent", "drivers", "gui")
"""Packages of which every module goes in: drivers, pages and dialogs are found by name."""
DATA = ("agent", "drivers", "gui", "escpos", "tzdata")
"""Packages whose files that are not code go in: the practice cloud's page and members, printer capabilities, time zones."""
EXTRAS = ("pyodbc",)
"""Distributions that only a frozen program brings along: nobody can add a package to it later."""
METADATA = ("cata-bridge", "keyring", "opentelemetry-api", "python-escpos")
"""Distributions that somebody asks for their version or entry points."""

EXCLUDED = (
    "PySide6.QtDesigner",
    "PySide6.QtHelp",
    "PySide6.QtOpenGL",
    "PySide6.QtOpenGLWidgets",
    "PySide6.QtPdf",
    "PySide6.QtQml",
    "PySide6.QtQuick",
    "PySide6.QtQuickWidgets",
    "PySide6.QtSql",
    "PySide6.QtTest",
    "PySide6.QtUiTools",
    "PySide6.QtWebEngineCore",
    "PyInstaller",
    "_pytest",
    "certifi",
    "charset_normalizer",
    "coverage",
    "hypothesis",
    "installer",
    "markdown_it",
    "mypy",
    "phonenumbers.carrierdata",
    "phonenumbers.geodata",
    "phonenumbers.tzdata",
    "pip",
    "psutil",
    "pygments",
    "pytest",
    "requests",
    "ruff",
    "setuptools",
    "tests",
    "tkinter",
    "unittest.mock",
    "urllib3",
    "xdist",
)
"""Never imported by the programs, or only for people who develop."""

UNWANTED_FILES = (
    "*Qt6Designer*",
    "*Qt6EglF*",
    "*Qt6Labs*",
    "*Qt6Pdf*",
    "*Qt6Qml*",
    "*Qt6Quick*",
    "*Qt6Sql*",
    "*Qt6Test*",
    "*Qt6VirtualKeyboard*",
    "*Qt6WaylandCompositor*",
    "*Qt6WebEngine*",
    "*/plugins/egldeviceintegrations/*",
    "*/plugins/generic/*",
    "*/plugins/imageformats/*[!go].so",
    "*/plugins/networkinformation/*",
    "*/plugins/platforminputcontexts/*virtualkeyboard*",
    "*/plugins/platforms/*eglfs*",
    "*/plugins/platforms/*linuxfb*",
    "*/plugins/platforms/*minimalegl*",
    "*/plugins/platforms/*vkkhrdisplay*",
    "*/plugins/platforms/*vnc*",
    "*/plugins/platformthemes/*gtk3*",
    "*/plugins/qmltooling/*",
    "*/plugins/sqldrivers/*",
    "*/plugins/vectorimageformats/*",
    "*/plugins/wayland-graphics-integration-server/*",
    "libatk*",
    "libatspi*",
    "libcairo*",
    "libepoxy*",
    "libgdk*",
    "libgtk-3*",
    "libpango*",
    "libpixman*",
    "libthai*",
    "libdatrie*",
    "*/libavif*",
    "*/translations/*",
    "libltdl*",
    "libodbc*",
    "PIL/_avif*",
)
"""Parts of Qt that its packaging drags along, what only they need, and a picture format that no ticket has.

The ODBC manager has to be the system's: its drivers are made for that one.
"""
LANGUAGES = ("en", "zh", "ms", "ta", "id")
"""What the screen speaks; the smoke test paints it in each."""

ENTRY = """\
import os
import sys

# What we start, such as the player of sounds, gets the system's libraries and not ours; a program of ours finds its own again.
before = os.environ.pop("LD_LIBRARY_PATH_ORIG", None)
os.environ.pop("LD_LIBRARY_PATH", None)
if before is not None:
    os.environ["LD_LIBRARY_PATH"] = before
os.environ["PYINSTALLER_RESET_ENVIRONMENT"] = "1"

from {module} import main

sys.exit(main())
"""


def hidden_imports(platform: str = sys.platform) -> list[str]:
    """Modules to freeze that no import statement shows."""
    return [*HIDDEN, *KEYRING.get(platform, ()), *SPOOLER.get(platform, ())]


def entry_script(module: str) -> str:
    """The few lines a frozen program begins with."""
    return ENTRY.format(module=module)


def is_wanted(target: str) -> bool:
    """Whether a file that the tracing found belongs into the folder; `target` is its place there."""
    path = target.replace("\\", "/")
    return not any(fnmatch(path, pattern) for pattern in UNWANTED_FILES)


def unresolved(log: str) -> list[str]:
    """Libraries that a file of the folder needs and that this system lacks, by what PyInstaller says."""
    found = re.findall(r"could not resolve '([^']+)', dependency of '([^']+)'", log)
    return sorted({library for library, file in found if is_wanted(library) and is_wanted(file)})


def strangers(modules: Iterable[str], needed: Container[str]) -> list[str]:
    """Packages among frozen modules that come from no distribution that the programs need, such as tools of who develops."""
    owners = packages_distributions()
    tops = {module.partition(".")[0] for module in modules} & owners.keys()
    return sorted(top for top in tops if not any(canonicalize_name(owner) in needed for owner in owners[top]))
