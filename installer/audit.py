"""Asks the public database of known vulnerabilities (OSV) about every locked package, and says so when it cannot be reached."""

from __future__ import annotations

import json
import sys
import urllib.request
from collections.abc import Mapping, Sequence

from installer.sbom import locked

OSV = "https://api.osv.dev/v1/querybatch"
FINE, FOUND, NOT_ASKED = 0, 1, 2
PATIENCE_S = 10.0
WHERE_REACHABLE = "--where-reachable"
"""A gate that may run without a network says so and goes on."""


def known_of(packages: Mapping[str, str], url: str = OSV) -> dict[str, list[str]]:
    """Names of vulnerabilities by `name version`; raises OSError or ValueError when the database gives no usable answer."""
    wanted = sorted(packages.items())
    queries = [{"package": {"name": name, "ecosystem": "PyPI"}, "version": version} for name, version in wanted]
    body = json.dumps({"queries": queries}).encode()
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
        results = json.load(answer)["results"]
    if len(results) != len(wanted):
        raise ValueError("an answer for every package was expected")
    found = zip(wanted, results, strict=True)
    return {f"{name} {version}": [each["id"] for each in row["vulns"]] for (name, version), row in found if row.get("vulns")}


def main(arguments: Sequence[str]) -> int:
    """0 when nothing is known, 1 when something is, 2 (or 0 with `--where-reachable`) when the database could not be asked."""
    packages, addresses = locked(), [each for each in arguments if each != WHERE_REACHABLE]
    try:
        known = known_of(packages, *addresses)
    except (OSError, ValueError, KeyError, TypeError) as error:
        sys.stderr.write(f"The database of vulnerabilities cannot be reached, so nothing was checked ({type(error).__name__}).\n")
        return FINE if WHERE_REACHABLE in arguments else NOT_ASKED
    for package, names in known.items():
        sys.stdout.write(f"{package}: {', '.join(names)}\n")
    sys.stdout.write(f"{len(packages)} packages asked about, {len(known)} with known vulnerabilities\n")
    return FOUND if known else FINE


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
