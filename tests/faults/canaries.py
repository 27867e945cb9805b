"""Planted secrets and personal data, and the search for them in whatever a till leaves behind."""

from __future__ import annotations

import base64
import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import quote

CANARIES: Mapping[str, str] = {
    "key": "ck_live_QuillKeyCanary7731xyz",
    "webhook secret": "whsec_QuillHookCanary9942abc",
    "pin": "77319942",
    "phone": "+6587731994",
    "phone of nobody": "+6587319942",
    "e-mail": "quillon.canary@zaffre.example",
    "first name": "Quillonette",
    "last name": "Zaffrewood",
    "code": "KKZ-QUILL-773199",
    "card": "4539148803436467",
    "address": "Vermilionstrasse 77",
    "note": "allergic to zaffreberries",
}
"""What was planted; none of it looks like anything else."""


def needles() -> Iterator[tuple[str, bytes]]:
    """Every canary as it may lie in a file: plain, wide, escaped, hex, or as base64 at any offset."""
    for name, text in CANARIES.items():
        forms = {text, quote(text, safe=""), text.lower(), text.upper(), json.dumps(text)[1:-1]}
        if text.strip("+").isdecimal():
            digits = text.strip("+")
            forms |= {digits, digits[2:], f"{digits[2:6]} {digits[6:]}", f"{digits[2:6]}-{digits[6:]}"}
        for form in forms:
            data = form.encode()
            yield name, data
            yield name, form.encode("utf-16-le")
            yield name, data.hex().encode()
            for offset in range(3):
                yield name, base64.b64encode(bytes(offset) + data)[4 if offset else 0 : -4]


NEEDLES = tuple({(name, data) for name, data in needles() if len(data) >= 8})


def found_in(data: bytes) -> set[str]:
    """Names of the canaries in some bytes; zips are looked into."""
    hits = {name for name, needle in NEEDLES if needle in data}
    if data.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for inside in archive.namelist():
                hits |= found_in(archive.read(inside)) | found_in(inside.encode())
    return hits


def found_under(folder: Path) -> list[str]:
    """Where in a folder which canaries are, names of files included."""
    hits = []
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        data = path.read_bytes() if path.is_file() else b""
        hits += [f"{canary} in {name}" for canary in sorted(found_in(data) | found_in(name.encode()))]
    return hits
