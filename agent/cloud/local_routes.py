"""Which of its own addresses this computer would call the internet from; asked of the system's routes, without a packet sent."""

from __future__ import annotations

import socket
from contextlib import closing

FAR_AWAY = ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1"))
"""Addresses kept for examples: nobody has them, and every default route leads there."""
PORT = 9


def local_routes() -> tuple[str, ...]:
    """The own address for IPv4 and for IPv6; empty where there is no way out."""
    return tuple(_own_address(family, there) for family, there in FAR_AWAY)


def _own_address(family: socket.AddressFamily, there: str) -> str:
    try:
        with closing(socket.socket(family, socket.SOCK_DGRAM)) as asked:
            asked.connect((there, PORT))
            return str(asked.getsockname()[0])
    except OSError:
        return ""
