"""Bearer tokens that expire: fetched when needed, renewed before they end, and a renewed refresh token kept before it is used."""

from __future__ import annotations

import asyncio
import base64
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal
from urllib.parse import urlencode

from agent.core.clock import Clock, from_wire, to_wire
from agent.core.errors import CataBridgeError, NeedsPerson, Refused, Unreachable
from drivers.pos.exchange import Exchange, Fixed, not_the_pos
from drivers.spec import DriverContext

log = logging.getLogger(__name__)

REFRESH_TOKEN, ACCESS_TOKEN = "refresh-token", "access-token"
"""Names in the device's drawer; a person sets the first refresh token as `device/NAME/refresh-token`."""
EARLY = timedelta(seconds=60)
"""A token is renewed this long before it ends."""
UNSAID_LIFE_S = 300.0
"""A token whose vendor does not say when it ends."""
LONGEST_LIFE_S = 90 * 86_400.0
CREDENTIALS_REFUSED = "pos_credentials"
"""Reason of a sign-in that the vendor refused."""
REFUSED_PAUSE_S = 300.0
"""So long no other one is tried with the same credentials."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """How one vendor gives tokens."""

    url: str
    """Token endpoint."""
    kind: Literal["client_credentials", "refresh_token"]
    client_id: str
    client_secret: str = field(repr=False)
    body: Literal["form", "json"] = "form"
    """How the request is written."""
    is_basic: bool = False
    """Client id and secret go as HTTP Basic and not in the body."""
    extra: Mapping[str, str] = field(default_factory=dict)
    """More fields of the request, such as `audience` or `scope`."""
    keeps_access: bool = False
    """The vendor limits how many tokens it gives: one that is good outlives a restart, in the drawer."""


@dataclass
class Tokens:
    """Credentials of an Exchange."""

    grant: Grant
    context: DriverContext
    timeout_s: float = 10.0
    _token: str = field(default="", repr=False)
    _ends_at: datetime | None = None
    _was_read: bool = False
    _no: CataBridgeError | None = None
    """Why the last sign-in failed; said again, without asking, until `_no_until` on the monotonic clock."""
    _no_until: float = 0.0
    _busy: asyncio.Lock = field(default_factory=asyncio.Lock, repr=False)

    async def headers(self) -> Mapping[str, str]:
        """A token that is good for now; raises NeedsPerson `secret_missing` or `pos_credentials`, Unreachable, NotSaved."""
        async with self._busy:
            if not self._is_good():
                await self._take_up()
            if not self._is_good():
                await self._sign_in()
            return {"Authorization": f"Bearer {self._token}"}

    async def refused(self, headers: Mapping[str, str]) -> bool:
        """The token was revoked, or ended before its time: the next request fetches another, once for all who met that."""
        if headers.get("Authorization") == f"Bearer {self._token}":
            self._token, self._was_read = "", True
        return True

    def _is_good(self) -> bool:
        return bool(self._token) and self._ends_at is not None and self._clock.now() < self._ends_at - EARLY

    async def _take_up(self) -> None:
        """The token kept before a restart, once."""
        if self._was_read or not self.grant.keeps_access:
            return
        self._was_read = True
        ends_at, _, token = (await self.context.drawer.read(ACCESS_TOKEN) or "").partition(" ")
        if token:
            self._token, self._ends_at = token, from_wire(ends_at)

    async def _sign_in(self) -> None:
        """Renew the token, unless the vendor has just said no: one that counts sign-ins would lock this till out."""
        if self._no is not None and self._clock.monotonic() < self._no_until:
            raise self._no
        try:
            await self._renew()
        except Unreachable as error:
            self._no, self._no_until = error, self._clock.monotonic() + (error.retry_after_s or 0.0)
            raise
        except NeedsPerson as error:
            pause_s = REFUSED_PAUSE_S if error.reason == CREDENTIALS_REFUSED else 0.0
            self._no, self._no_until = error, self._clock.monotonic() + pause_s
            raise

    async def _renew(self) -> None:
        if not self.grant.client_secret:
            sentence = f"The secret device/{self.context.name} is not set; it is the client secret."
            raise NeedsPerson("secret_missing", sentence)
        fields = {"grant_type": self.grant.kind, **self.grant.extra}
        if self.grant.kind == "refresh_token":
            fields["refresh_token"] = await self._refresh_token()
        document = await self._ask(fields)
        token, renewed = document.get("access_token"), document.get("refresh_token")
        if not isinstance(token, str) or not token:
            raise not_the_pos(maybe_applied=False)
        if isinstance(renewed, str) and renewed and self.grant.kind == "refresh_token" and renewed != fields["refresh_token"]:
            # Many vendors take a refresh token once: the new one is on disk before anything can go wrong with it.
            await self.context.drawer.keep(REFRESH_TOKEN, renewed)
        self._ends_at = self._clock.now() + timedelta(seconds=_life_s(document, self._clock))
        self._token = token
        if self.grant.keeps_access:
            await self.context.drawer.keep(ACCESS_TOKEN, f"{to_wire(self._ends_at)} {token}")
        log.info("token renewed device=%s", self.context.name)

    async def _refresh_token(self) -> str:
        token = await self.context.drawer.read(REFRESH_TOKEN)
        if not token:
            sentence = f"{self.context.name} has not been signed in; set its secret device/{self.context.name}/{REFRESH_TOKEN}."
            raise NeedsPerson("secret_missing", sentence)
        return token

    async def _ask(self, fields: dict[str, str]) -> dict[str, Any]:
        grant, headers = self.grant, {}
        if grant.is_basic:
            pair = base64.b64encode(f"{grant.client_id}:{grant.client_secret}".encode()).decode()
            headers["Authorization"] = f"Basic {pair}"
        else:
            fields |= {"client_id": grant.client_id, "client_secret": grant.client_secret}
        body: Any = fields
        if grant.body == "form":
            body, headers["Content-Type"] = urlencode(fields).encode(), "application/x-www-form-urlencoded"
        asking = Exchange(
            http=self.context.http, clock=self._clock, base_url=grant.url, credentials=Fixed({}), timeout_s=self.timeout_s
        )
        try:
            # Not a change: what was to be done with the token has not been asked for yet.
            document = (await asking.call("POST", grant.url, body=body, headers=headers, is_change=False)).json()
        except Refused as refusal:
            raise NeedsPerson(
                "pos_credentials", "The POS does not accept this till's sign-in; sign in again.", details=refusal.details
            ) from refusal
        return document if isinstance(document, dict) else {}

    @property
    def _clock(self) -> Clock:
        return self.context.clock


def _life_s(document: Mapping[str, Any], clock: Clock) -> float:
    """Seconds the token lives: `expires_in`, or `expires_at` as a time or as seconds since 1970."""
    for name, start in (("expires_in", 0.0), ("expires_at", clock.now().timestamp())):
        value = document.get(name)
        if isinstance(value, str) and name == "expires_at" and not value.isdecimal():
            try:
                value = int(from_wire(value).timestamp())
            except ValueError:
                continue
        text = str(value)
        if text.isdecimal() and not isinstance(value, bool):
            return min(max(float(text) - start, 0.0), LONGEST_LIFE_S)
    return UNSAID_LIFE_S
