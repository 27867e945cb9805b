"""How a caller makes sure that it talks to the agent and not to a program that took its port: both know one token's hash."""

from __future__ import annotations

import hashlib
import hmac

PURPOSE = "cata-bridge proof"
LOCAL = "this computer"
"""Name of the token that the screen and the command line of this home use; a new one at every start."""


def proof_of(token: str, port: int, nonce: str) -> str:
    """What only the agent that gave this token out can answer to a nonce on this port; 64 hex digits."""
    return proof_from_hash(hashlib.sha256(token.encode()).digest(), port, nonce)


def proof_from_hash(token_hash: bytes, port: int, nonce: str) -> str:
    """As `proof_of`, from the SHA-256 of the token, which is all that the agent keeps.

    The port is part of it, so that an answer fetched from an agent on another port is worth nothing.
    """
    return hmac.new(token_hash, f"{PURPOSE}\n{port}\n{nonce}".encode(), hashlib.sha256).hexdigest()
