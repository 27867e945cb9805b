"""What the program is made of, as CycloneDX 1.6 JSON: written from the installed packages and held against the lock.

`python -m installer.sbom FILE` writes it, `--check` writes nothing and ends with 1 when it would not be right.
"""

from __future__ import annotations

import json
import re
import sys
import uuid
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = "cata-bridge"
LOCK = Path(__file__).resolve().parents[1] / "requirements" / "run.txt"
SPEC_VERSION = "1.6"
PURL = re.compile(r"pkg:pypi/[a-z0-9]+(?:-[a-z0-9]+)*@[A-Za-z0-9._!+-]+")
_PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)", re.MULTILINE)

Document = dict[str, Any]


def made_of(root: str = ROOT) -> dict[str, Distribution]:
    """Every package that is installed because `root` needs it on this platform, itself included, by name."""
    found: dict[str, Distribution] = {}
    waiting = [(root, frozenset[str]())]
    seen: set[tuple[str, frozenset[str]]] = set()
    while waiting:
        name, extras = waiting.pop()
        if (name, extras) in seen:
            continue
        seen.add((name, extras))
        try:
            found[name] = distribution(name)
        except PackageNotFoundError:
            continue
        waiting += [(canonicalize_name(each.name), frozenset(each.extras)) for each in _needs(found[name], extras)]
    return found


def document(packages: Mapping[str, Distribution], root: str = ROOT) -> Document:
    """The bill of materials; the same packages give the same bytes."""
    references = {name: _purl(name, package.version) for name, package in packages.items()}
    components = [_component(name, packages[name]) for name in sorted(packages) if name != root]
    graph = [
        {"ref": references[name], "dependsOn": sorted(references[each] for each in _direct(packages, name))}
        for name in sorted(packages)
    ]
    return {
        "bomFormat": "CycloneDX",
        "specVersion": SPEC_VERSION,
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, ' '.join(sorted(references.values())))}",
        "version": 1,
        "metadata": {"component": {**_component(root, packages[root]), "type": "application"}},
        "components": components,
        "dependencies": graph,
    }


def problems(made: Document, lock: Mapping[str, str]) -> Iterator[str]:
    """What is wrong with a bill, in words: shape, references, and packages that are not as they are locked."""
    if (made.get("bomFormat"), made.get("specVersion"), made.get("version")) != ("CycloneDX", SPEC_VERSION, 1):
        yield "this is no CycloneDX document of the right version"
    if not re.fullmatch(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", made.get("serialNumber", "")):
        yield "the serial number is none"
    parts = [made["metadata"]["component"], *made["components"]]
    references = [part["bom-ref"] for part in parts]
    if len(set(references)) < len(references):
        yield "two components share a reference"
    for part in parts:
        if not PURL.fullmatch(part["purl"]):
            yield f"{part['name']} has no good package URL"
    for edge in made["dependencies"]:
        for reference in (edge["ref"], *edge["dependsOn"]):
            if reference not in references:
                yield f"{reference} is needed and not listed"
    for part in made["components"]:
        if lock.get(part["name"]) != part["version"]:
            yield f"{part['name']} {part['version']} is installed and {lock.get(part['name'], 'nothing')} is locked"


def locked(path: Path = LOCK) -> dict[str, str]:
    """Name to version, as the lock has them."""
    return {canonicalize_name(name): version for name, version in _PIN.findall(path.read_text(encoding="utf-8"))}


def main(arguments: Sequence[str]) -> int:
    """Write the bill, or only check it."""
    made = document(made_of())
    wrong = list(problems(made, locked()))
    if wrong:
        sys.stderr.write("".join(f"{each}\n" for each in wrong))
        return 1
    if arguments != ["--check"]:
        path = Path(arguments[0] if arguments else "build/sbom.cdx.json")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(made, indent=2) + "\n", encoding="utf-8")
        sys.stdout.write(f"{path}: {len(made['components'])} components\n")
    return 0


def _needs(package: Distribution, extras: frozenset[str]) -> Iterator[Requirement]:
    for text in package.requires or ():
        need = Requirement(text)
        if need.marker is None or any(need.marker.evaluate({"extra": extra}) for extra in (extras or {""})):
            yield need


def _direct(packages: Mapping[str, Distribution], name: str) -> set[str]:
    return {str(canonicalize_name(need.name)) for need in _needs(packages[name], frozenset())} & packages.keys()


def _component(name: str, package: Distribution) -> Document:
    purl = _purl(name, package.version)
    facts = package.metadata
    licence = [{"expression": str(facts["License-Expression"])}] if "License-Expression" in facts else []
    return {
        "type": "library",
        "bom-ref": purl,
        "name": name,
        "version": package.version,
        "purl": purl,
        **({"licenses": licence} if licence else {}),
    }


def _purl(name: str, version: str) -> str:
    return f"pkg:pypi/{name}@{version}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
