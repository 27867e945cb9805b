"""Loopback ports of a till that is stopped and started again without losing its address."""

from __future__ import annotations

import secrets
import socket

FIRST, COUNT = 10_240, 20_000
"""Below what any system gives to outgoing calls (Linux from 32768, others from 49152), so a till that is down keeps its place."""


def free_port() -> int:
    """A loopback port that is free now, and that no outgoing call will ever be given."""
    while True:
        port = FIRST + secrets.randbelow(COUNT)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
