"""Toast's sign-in for machines: its own words for a token that lasts a day, of which it gives two an hour."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from agent.core.errors import NeedsPerson, Refused
from drivers.pos.exchange import Exchange, Fixed
from drivers.pos.oauth import Grant, Tokens
from drivers.pos.toast.settings import ToastSettings
from drivers.pos.wire_values import table
from drivers.spec import DriverContext

LOGIN = "/authentication/v1/authentication/login"
KIND = "TOAST_MACHINE_CLIENT"


@dataclass
class MachineTokens(Tokens):
    """Tokens that are asked for in Toast's shape and come back inside `token`."""

    async def _ask(self, fields: dict[str, str]) -> dict[str, Any]:
        body = {"clientId": self.grant.client_id, "clientSecret": self.grant.client_secret, "userAccessType": KIND}
        asking = Exchange(
            http=self.context.http,
            clock=self.context.clock,
            base_url=self.grant.url,
            credentials=Fixed({}),
            timeout_s=self.timeout_s,
        )
        try:
            answer = table((await asking.call("POST", self.grant.url, body=body, is_change=False)).json())
        except Refused as refusal:
            sentence = "Toast does not accept this till's client id and secret."
            raise NeedsPerson("pos_credentials", sentence, details=refusal.details) from refusal
        token = table(answer.get("token"))
        return {"access_token": token.get("accessToken"), "expires_in": token.get("expiresIn")}


def machine_tokens(settings: ToastSettings, context: DriverContext) -> MachineTokens:
    """Credentials of one restaurant's exchange; a token outlives a restart."""
    grant = Grant(
        url=settings.base_url + LOGIN,
        kind="client_credentials",
        client_id=settings.client_id,
        client_secret=context.secret or "",
        body="json",
        keeps_access=True,
    )
    return MachineTokens(grant, context, settings.timeout_s)
