"""Before the token leaves this program, whoever has the port proves to be the agent that gave it out (SECURITY.md, T5)."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from enum import StrEnum

from agent.core.proof import LOCAL, proof_of
from gui.link.address import Address
from gui.link.client import Answer, Client
from gui.link.fields import text

DEADLINE_S = 5.0
NOT_NOW = frozenset({0, 429, 500, 502, 503, 504})
"""Answers of an agent that is not there, or not yet; they prove nothing either way."""


class Proof(StrEnum):
    """What came of asking."""

    GOOD = "good"
    FALSE = "false"
    """Somebody else answers."""
    NONE = "none"


def ask(client: Client, address: Address, nonce: str, done: Callable[[Proof], None]) -> None:
    """Ask without the token; `done` hears whether the answer is one that only this agent can give."""
    expected = proof_of(address.token, address.port, nonce)

    def check(answer: Answer) -> None:
        if answer.status in NOT_NOW:
            done(Proof.NONE)
        elif answer.ok and hmac.compare_digest(text(answer.body, "proof").encode(), expected.encode()):
            done(Proof.GOOD)
        else:
            done(Proof.FALSE)

    body = {"name": LOCAL, "nonce": nonce}
    client.send("POST", f"{address.url}/v1/pairing/proof", body, done=check, deadline_s=DEADLINE_S)
