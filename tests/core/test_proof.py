"""The agent's proof: as published, and bound to token, port and nonce."""

from __future__ import annotations

import hashlib
import hmac

from agent.core.proof import proof_from_hash, proof_of


def test_a_proof_is_as_published() -> None:
    key = hashlib.sha256(b"token").digest()
    assert proof_of("token", 8723, "nonce") == hmac.new(key, b"cata-bridge proof\n8723\nnonce", hashlib.sha256).hexdigest()
    assert proof_of("token", 8723, "nonce") == proof_from_hash(key, 8723, "nonce")


def test_another_token_port_or_nonce_is_another_proof() -> None:
    cases = [("token", 8723, "nonce"), ("other", 8723, "nonce"), ("token", 8724, "nonce"), ("token", 8723, "other")]
    assert len({proof_of(*case) for case in cases}) == len(cases)
