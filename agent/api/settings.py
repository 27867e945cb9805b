"""What the outlet's settings mean for the till API and the webhook receiver, and the limits that hold for both."""

from __future__ import annotations

from dataclasses import dataclass, field

KIB = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much one caller may ask of a listener."""

    body_bytes: int = 256 * KIB
    """Largest request body."""
    carried_bytes: int = 960 * KIB
    """Largest body of the one call that takes entries of another home in."""
    header_bytes: int = 16 * KIB
    """Names and values of all headers together."""
    headers: int = 64
    json_depth: int = 32
    read_timeout_s: float = 10.0
    """Budget for all headers, and again for the whole body."""
    keep_alive_s: int = 15
    connections: int = 32
    streams: int = 16
    """Event streams at once; each holds one connection."""


WEBHOOK_LIMITS = Limits(body_bytes=1024 * KIB)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiSettings:
    """Settings of the till API."""

    version: str
    """Of the program."""
    currency: str
    """ISO 4217 code that amounts are read in."""
    allowed_origins: tuple[str, ...] = ()
    """Exact origins of browser POS pages, such as `https://pos.example`."""
    accept_deadline_s: int = 300
    """How long an order may wait for an answer."""
    by_hand_needs_pin: bool = False
    """Whether points without a receipt need a reason and the manager's PIN."""
    heartbeat_s: float = 10.0
    """Silence on an event stream is never longer."""
    status_pause_s: float = 0.2
    """Status events are at least this far apart."""
    ring: int = 512
    """Events kept for a stream that resumes."""
    limits: Limits = field(default=Limits())


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookSettings:
    """Settings of the webhook receiver."""

    limits: Limits = field(default=WEBHOOK_LIMITS)
