"""How a tenant of the practice cloud behaves where the contract leaves a gap: one switch for each."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict


class Modes(BaseModel):
    """The gaps of the contract, each with the assumption as its default."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    loyalty_configured: bool = True
    """False answers every loyalty call with 503 (contract 3.7)."""
    insufficient_points: Literal["400", "200", "502"] = "400"
    """How a redemption beyond the balance is refused: E1 400, 200 with `isSuccess` false, or E1 502."""
    unknown_customer: Literal["404", "200", "502"] = "404"
    """How an unknown customer is refused."""
    ref_code_reuse: Literal["replay", "409"] = "replay"
    """The same refCode with another payload: the first success again, or a conflict."""
    no_expiry: Literal["null", "absent", "empty"] = "null"
    """How a balance without an expiring batch says so."""
    status_literals: Literal["lenient", "underscore", "space"] = "lenient"
    """Which spelling of IN_PROGRESS is accepted; the two strict ones also insist on capitals."""
    reasons_required: bool = False
    """Whether REJECTED and CANCELLED need a reason."""
    signature: Literal["body", "ts.body"] = "body"
    """What is signed in a delivery."""
    timestamp: Literal["unix", "unix_ms", "rfc3339"] = "unix"
    """How `X-Cata-Timestamp` is written."""
    menu_read: bool = False
    """Serve the published menu of an outlet, which Cata is not known to do."""
