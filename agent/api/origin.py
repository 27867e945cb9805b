"""Which addresses and which browser pages may talk to a listener: exact comparison of parsed parts, never of text."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from agent.core.errors import InvalidInput

_ORIGIN = re.compile(r"(https?)://([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(?::([0-9]{1,5}))?", re.ASCII)
_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Origin:
    """A web origin as browsers compare them."""

    scheme: str
    host: str
    port: int


def parse_origin(text: str) -> Origin | None:
    """An origin as a browser writes it (lower case, no path, no user); None for anything else, `null` included."""
    match = _ORIGIN.fullmatch(text)
    if match is None:
        return None
    scheme, host, port = match.groups()
    number = int(port) if port else _DEFAULT_PORTS[scheme]
    return Origin(scheme, host, number) if 0 < number < 1 << 16 else None


def listed_origins(texts: Iterable[str]) -> frozenset[Origin]:
    """The origins of the settings; InvalidInput `invalid_setting` names one that is none."""
    return frozenset(_listed(text) for text in texts)


def own_hosts(address: str, port: int) -> frozenset[bytes]:
    """Every Host that names a listener: loopback by number and name, and the very address it is bound to."""
    bound = f"[{address}]" if ":" in address else address
    names = {"127.0.0.1", "localhost", "[::1]", bound}
    bare = {name.encode() for name in names} if port == _DEFAULT_PORTS["http"] else set()
    return frozenset(bare | {f"{name}:{port}".encode() for name in names})


def _listed(text: str) -> Origin:
    origin = parse_origin(text)
    if origin is None:
        raise InvalidInput(
            "invalid_setting", f"{text!r} is not an origin; write it like https://pos.example.", field="till_api.allowed_origins"
        )
    return origin
