"""What Cata's answers mean: its four envelopes become a result, or an error that says what to do next.

2xx and Cata's shape           the result
2xx with isSuccess false       Refused
2xx or 3xx of another shape    Unreachable captive_portal: a network's sign-in page and not an answer. It probably stood in
                               the way, but nothing proves that the cloud was not reached, so a change may have been applied
400 404 409 413 422            Refused, Conflict for 409; a web page with such a status is a captive portal as well
401, 403                       KeyRefused; Refused provider_not_allowed where a provider was named
503 on loyalty                 NotConfigured
408 425 429 5xx                Unreachable with the line up
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from agent.cloud.quirks import Quirks
from agent.cloud.tolerant import find, read_outline, text, whole
from agent.core.errors import CataBridgeError, Conflict, InvalidInput, KeyRefused, NotConfigured, Refused, Unreachable
from agent.core.http import HttpResponse

LONGEST_RETRY_AFTER_S = 900.0
LONGEST_DETAILS = 200
ENVELOPE = frozenset({"isSuccess", "code"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What is special about one of Cata's calls."""

    shape: frozenset[str] = ENVELOPE
    """A success holds at least one of these keys."""
    needs: frozenset[str] = frozenset()
    """A success holds all of these keys."""
    missing: str = "not_found"
    """Reason of a 404."""
    missing_sentence: str = "The cloud does not know this."
    conflict: str = "conflict"
    """Reason of a 409."""
    reads: bool = False
    """It changes nothing, so an answer that never came leaves nothing unknown."""
    loyalty: bool = False
    provider: bool = False
    """It names a provider, which the cloud may not allow."""
    may_be_empty: bool = False
    """[gap] No answer is documented, so a success without a body counts where the quirk allows it."""


@dataclass(frozen=True, slots=True)
class Said:
    """What an answer that is no success says."""

    message: str
    code: int | None
    is_page: bool
    """A web page, written by something that is not the cloud's API."""


def result(call: Call, response: HttpResponse, quirks: Quirks, now: datetime) -> dict[str, Any]:
    """The object of a success (empty when it has no body); raises Unreachable, Refused, Conflict, KeyRefused or NotConfigured."""
    if not 200 <= response.status < 300:
        raise failure(call, response, quirks, now)
    if call.may_be_empty and quirks.accept_empty and not response.body.strip():
        return {}
    tree = _object(response.body)
    if tree is None or not _fits(call, tree):
        raise _captive_portal(call)
    if _is_no(tree):
        raise _declined(call, _said(response), quirks, response.status)
    if not call.needs <= tree.keys():
        raise _captive_portal(call)
    return tree


def failure(call: Call, response: HttpResponse, quirks: Quirks, now: datetime) -> CataBridgeError:
    """The error of an answer whose status is not 2xx."""
    status, said = response.status, _said(response)
    if status < 400 or status == 511 or (said.is_page and status < 500 and status not in {401, 407, 408, 425, 429}):
        return _captive_portal(call)
    if status == 401:
        return KeyRefused("key_refused", "The cloud does not accept this till's key.", details=said.message)
    if status == 403:
        return _not_allowed(call, said)
    if status == 503 and call.loyalty and not said.is_page:
        return NotConfigured("loyalty_not_configured", "Cata has not set up loyalty for this shop yet.", details=said.message)
    if status in {408, 425, 429} or (status >= 500 and status != 501):
        return _busy(call, response, said, quirks, now)
    return _declined(call, said, quirks, status)


def server_time(headers: Mapping[str, str]) -> datetime | None:
    """The other side's clock from its `Date` header."""
    return _http_date(headers.get("date", ""))


def retry_after_s(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds to wait as asked for, between 0 and 15 minutes; None when nothing readable was asked."""
    asked = headers.get("retry-after", "").strip()
    if asked.isascii() and asked.isdigit():
        return min(float(asked[:9]), LONGEST_RETRY_AFTER_S)
    until = _http_date(asked)
    if until is None:
        return None
    wait = (until - (server_time(headers) or now)).total_seconds()
    return min(max(wait, 0.0), LONGEST_RETRY_AFTER_S)


def _http_date(value: str) -> datetime | None:
    try:
        read = parsedate_to_datetime(value)
        return read.astimezone(UTC) if read.tzinfo else read.replace(tzinfo=UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _object(body: bytes) -> dict[str, Any] | None:
    try:
        tree = read_outline(body)
    except InvalidInput:
        return None
    return tree if isinstance(tree, dict) else None


def _fits(call: Call, tree: Mapping[str, Any]) -> bool:
    """Cata's shape: one of the call's keys is there, and a verdict, if there is one, is a boolean."""
    verdict = tree.get("isSuccess")
    if verdict is not None:
        return isinstance(verdict, bool)
    return bool(call.shape & tree.keys()) or isinstance(tree.get("error"), Mapping)


def _is_no(tree: Mapping[str, Any]) -> bool:
    if isinstance(verdict := tree.get("isSuccess"), bool):
        return not verdict
    if "error" in tree and isinstance(tree["error"], Mapping):
        return True
    code = whole(tree.get("code"))
    return code is not None and code != 0 and not 200 <= code < 300


def _said(response: HttpResponse) -> Said:
    tree = _object(response.body)
    if tree is None:
        start = response.body[:512].lstrip().lower()
        is_page = start.startswith(b"<") or "html" in response.headers.get("content-type", "").lower()
        return Said("" if is_page else _plain(response.body[:LONGEST_DETAILS].decode("utf-8", "replace")), None, is_page)
    words = [text(find(tree, place)) for place in ("error.message", "error.details", "message", "error", "details")]
    return Said(_plain(" ".join(word for word in words if word)), whole(find(tree, "error.code", "code")), False)


def _plain(words: str) -> str:
    return re.sub(r"\s+", " ", words).strip()[:LONGEST_DETAILS]


def _captive_portal(call: Call) -> Unreachable:
    sentence = "Something on this network answered in the cloud's place; perhaps the network wants somebody to sign in."
    return Unreachable("captive_portal", sentence, maybe_applied=not call.reads)


def _not_allowed(call: Call, said: Said) -> CataBridgeError:
    if call.provider:
        sentence = "The cloud does not allow this shop to use this provider."
        return Refused("provider_not_allowed", sentence, status=403, details=said.message)
    return KeyRefused("key_not_allowed", "The cloud does not let this till's key do this.", details=said.message)


def _busy(call: Call, response: HttpResponse, said: Said, quirks: Quirks, now: datetime) -> CataBridgeError:
    """The cloud's own trouble; a 502 may wrap a refusal of what stands behind it."""
    status = response.status
    if status == 502 and call.loyalty and not said.is_page and (hidden := _about_member(call, said, quirks, status)):
        return hidden
    reason = {408: "timeout", 429: "too_many_requests", 502: "upstream_failed", 504: "upstream_timeout"}.get(
        status, "cloud_trouble"
    )
    return Unreachable(
        reason,
        "The cloud has trouble of its own at the moment.",
        maybe_applied=not call.reads,
        retry_after_s=retry_after_s(response.headers, now),
        line_down=False,
        details=f"status={status} {said.message}",
    )


def _declined(call: Call, said: Said, quirks: Quirks, status: int) -> Refused:
    """A no for good."""
    if status in {405, 501} or (status == 404 and "page not found" in said.message.lower()):
        return Refused("not_offered", "The cloud does not offer this.", status=status, details=said.message)
    if call.loyalty and (known := _about_member(call, said, quirks, status)):
        return known
    if status == 404 or (status < 300 and call.reads):
        return Refused(call.missing, call.missing_sentence, status=status, details=said.message)
    if status == 409:
        return Conflict(
            call.conflict, "The cloud says that something else happened to this meanwhile.", status=409, details=said.message
        )
    reason = "declined" if status < 300 else "too_large" if status == 413 else "bad_request"
    return Refused(reason, "The cloud refused this.", status=status, details=said.message)


def _about_member(call: Call, said: Said, quirks: Quirks, status: int) -> Refused | None:
    if not call.reads and quirks.means_too_few_points(said.message, said.code):
        return Refused("insufficient_points", "This member does not have enough points.", status=status, details=said.message)
    if quirks.means_no_such_member(said.message):
        return Refused("member_unknown", "The cloud does not know this member.", status=status, details=said.message)
    return None
