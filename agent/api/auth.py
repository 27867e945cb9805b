"""Who may call what: bearer tokens with scopes, and the manager's PIN for calls that need one.

A call is open to a scope by its dependency: `ScreenCaller`, `PosCaller` and so on. `screen` may call everything.
"""

from __future__ import annotations

import hmac
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from agent.api.needs.access import Caller
from agent.api.pace import Pace, Ticks
from agent.api.services import Services
from agent.api.settings import ApiSettings
from agent.core.errors import Refused

FAILURES = 20
"""Wrong tokens or PINs within FAILURES_PER_S before every further failure is 429; good ones always pass."""
FAILURES_PER_S = 60.0
PIN_TRIES = 5
"""Wrong PINs within PIN_TRIES_PER_S; then even the right one waits, because a PIN is short."""
PIN_TRIES_PER_S = 300.0
LONGEST_TOKEN = 512

bearer = HTTPBearer(auto_error=False, description="A token of `cata-bridge token create` or of pairing.")


class FailureBudget:
    """Counts failures on the monotonic clock."""

    def __init__(self, clock: Ticks, most: int, per_s: float) -> None:
        self._clock = clock
        self._per_s = per_s
        self._failures: deque[float] = deque(maxlen=most)

    @property
    def is_spent(self) -> bool:
        """Whether there were too many just now."""
        full = len(self._failures) == self._failures.maxlen
        return full and self._clock.monotonic() - self._failures[0] < self._per_s

    def spend(self) -> None:
        """One more failure."""
        self._failures.append(self._clock.monotonic())

    def forgive(self) -> None:
        """A success makes up for them."""
        self._failures.clear()


class Gate:
    """Authenticates callers of one application."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._failures = FailureBudget(services.clock, FAILURES, FAILURES_PER_S)
        self._pins = FailureBudget(services.clock, PIN_TRIES, PIN_TRIES_PER_S)
        self._pace = Pace(services.clock)

    async def caller(self, token: str | None) -> Caller:
        """The caller behind a token; Refused `unauthorized`, `too_many_attempts` or `too_many_calls`."""
        known = await self._services.tokens.authenticate(token) if token and len(token) <= LONGEST_TOKEN else None
        if known is not None:
            # The shop's own screen is not held up: it asks no more than a person does, and staff need it most in trouble.
            if not sees_all(known) and not self._pace.allows(known.name):
                raise Refused("too_many_calls", "This program calls the till too often. Wait a second, then try again.")
            return known
        raise self.failed("unauthorized", "This program is not allowed to talk to the till. Pair it first.")

    async def knows(self, token: str) -> bool:
        """Whether a token is still good."""
        return await self._services.tokens.authenticate(token) is not None

    def failed(self, reason: str, message: str) -> Refused:
        """Count a failed attempt; the refusal to raise."""
        spent = self._failures.is_spent
        self._failures.spend()
        return _too_many() if spent else Refused(reason, message)

    def manager(self, pin: str | None) -> None:
        """Let a manager pass; everybody passes where no PIN is set. Refused `pin_required` otherwise."""
        if not self._services.pin.is_set:
            return
        if self._pins.is_spent:
            raise _too_many()
        if pin is not None and self._services.pin.matches(pin):
            self._pins.forgive()
            return
        if pin is not None:
            self._pins.spend()
        raise Refused("pin_required", "This needs the manager's PIN.")


def _too_many() -> Refused:
    return Refused("too_many_attempts", "There were too many wrong attempts. Wait a minute, then try again.")


# Coroutines although they wait for nothing: what is not one, FastAPI calls in a thread of its own, every time.


async def services_of(request: Request) -> Services:
    """The application's services."""
    services: Services = request.app.state.services
    return services


async def settings_of(request: Request) -> ApiSettings:
    """The application's settings."""
    settings: ApiSettings = request.app.state.settings
    return settings


async def gate_of(request: Request) -> Gate:
    """The application's gate."""
    gate: Gate = request.app.state.gate
    return gate


Deps = Annotated[Services, Depends(services_of)]
Conf = Annotated[ApiSettings, Depends(settings_of)]
TheGate = Annotated[Gate, Depends(gate_of)]
Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]


def _open_to(*scopes: str) -> Callable[..., Awaitable[Caller]]:
    wanted = {"screen", *scopes}

    async def check(gate: TheGate, credentials: Credentials) -> Caller:
        caller = await gate.caller(credentials.credentials if credentials else None)
        if wanted.isdisjoint(caller.scopes):
            raise Refused("scope", "This program is not allowed to do that.")
        return caller

    return check


ScreenCaller = Annotated[Caller, Depends(_open_to())]
PosCaller = Annotated[Caller, Depends(_open_to("pos"))]
BoardCaller = Annotated[Caller, Depends(_open_to("board"))]
AnyCaller = Annotated[Caller, Depends(_open_to("pos", "board"))]


def sees_all(caller: Caller) -> bool:
    """Whether a caller is a screen of the shop's own."""
    return "screen" in caller.scopes


class StoredPin:
    """The manager's PIN out of a secret that is read anew each time; empty means that none is set."""

    def __init__(self, secret: Callable[[], str | None]) -> None:
        self._secret = secret

    @property
    def is_set(self) -> bool:
        """Whether a manager has set one."""
        return bool(self._secret())

    def matches(self, pin: str) -> bool:
        """Compared in constant time."""
        return hmac.compare_digest((self._secret() or "").encode(), pin.encode())
