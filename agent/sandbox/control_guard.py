"""Who may use the control plane: a program or page of this machine, never a page of another origin."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from starlette.requests import Request

from agent.sandbox.envelopes import refusal

LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
CHANGING = frozenset({"POST", "PUT", "PATCH", "DELETE"})


def check(request: Request, caller: str, *, is_page: bool = False) -> None:
    """Refused 403 for another machine, a strange Host or another origin; 415 for a change that is not JSON.

    The Host check stops a name that was rebound to this machine, the JSON rule stops a form of a foreign page.
    `is_page`: a link from elsewhere may lead to it, since it says nothing by itself.
    """
    host = request.headers.get("host", "")
    if not _is_loopback(caller):
        raise refusal(403, "only from this machine")
    if urlsplit(f"//{host}").hostname not in LOCAL_NAMES:
        raise refusal(403, "unknown host name")
    origin = request.headers.get("origin")
    if origin is not None and origin != f"http://{host}":
        raise refusal(403, "another origin")
    if not is_page and request.headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
        raise refusal(403, "another origin")
    if request.method in CHANGING and request.headers.get("content-type", "").split(";")[0] != "application/json":
        raise refusal(415, "JSON is expected")


def _is_loopback(caller: str) -> bool:
    try:
        return ipaddress.ip_address(caller.split("%")[0]).is_loopback
    except ValueError:
        return False
