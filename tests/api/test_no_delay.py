"""Answers leave at once: asyncio turns Nagle's algorithm off only on connections of sockets that say they are TCP."""

from __future__ import annotations

import socket

from agent.api.serve import _bind
from agent.sandbox.line import bound_socket


def test_the_till_answers_without_waiting_for_an_acknowledgement() -> None:
    for bound in _bind("127.0.0.1", 0):
        with bound:
            assert bound.proto == socket.IPPROTO_TCP


def test_nor_does_the_practice_cloud() -> None:
    with bound_socket("127.0.0.1", 0) as bound:
        assert bound.proto == socket.IPPROTO_TCP
