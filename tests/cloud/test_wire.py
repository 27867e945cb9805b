"""What an answer means, class by class."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.cloud.cata import BALANCE, LOOKUP, ORDER_STATUS, OUTLET, POINTS, PRODUCTS
from agent.cloud.quirks import Quirks
from agent.cloud.wire import Call, result, retry_after_s, server_time
from agent.core.errors import CataBridgeError, Conflict, KeyRefused, NotConfigured, Refused, Unreachable
from agent.core.http import HttpResponse

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
PAGE = b"<!DOCTYPE html><html><body>Sign in to Cafe WiFi</body></html>"


def response(status: int, body: object, **headers: str) -> HttpResponse:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return HttpResponse(status=status, headers=names, body=content, elapsed_s=0.1)


def error_of(call: Call, status: int, body: object = b"", quirks: Quirks | None = None, **headers: str) -> CataBridgeError:
    with pytest.raises(CataBridgeError) as caught:
        result(call, response(status, body, **headers), quirks or Quirks(), NOW)
    return caught.value


def e1(message: str, code: int = 400) -> dict[str, object]:
    return {"error": {"code": code, "message": message, "details": ""}}


@pytest.mark.parametrize(
    ("call", "body"),
    [
        (POINTS, {"code": 0, "isSuccess": True, "message": "OK"}),
        (POINTS, {"code": 0}),
        (POINTS, {"isSuccess": True, "new": {"field": 1}}),
        (BALANCE, {"code": 0, "isSuccess": True, "balance": 3}),
        (ORDER_STATUS, {"code": 200, "isSuccess": True, "changed": False}),
        (ORDER_STATUS, {"status": "ACCEPTED"}),
        (ORDER_STATUS, b""),
        (OUTLET, {"id": "x", "isOpen": True}),
        (PRODUCTS, {"summary": {}, "products": []}),
    ],
)
def test_success_is_2xx_in_cata_s_shape(call: Call, body: object) -> None:
    result(call, response(200, body), Quirks(), NOW)


@pytest.mark.parametrize("status", [200, 204, 301, 302, 307, 511])
@pytest.mark.parametrize("body", [PAGE, b"", b"OK", b"[]", b"1", b'{"hotspot":"login"}', b'{"isSuccess":"yes"}'])
def test_another_shape_is_a_line_that_is_down(status: int, body: bytes) -> None:
    error = error_of(POINTS, status, body)
    assert isinstance(error, Unreachable)
    assert (error.reason, error.line_down, error.maybe_applied) == ("captive_portal", True, True)


@pytest.mark.parametrize("status", [400, 403, 404, 409, 422])
def test_a_web_page_with_a_refusal_s_status_is_no_refusal(status: int) -> None:
    assert error_of(POINTS, status, PAGE).reason == "captive_portal"
    assert error_of(POINTS, status, b"blocked", content_type="text/html").reason == "captive_portal"


def test_nothing_is_unknown_after_a_call_that_changes_nothing() -> None:
    for status, body in ((200, PAGE), (500, b""), (429, b"")):
        error = error_of(BALANCE, status, body)
        assert isinstance(error, Unreachable)
        assert not error.maybe_applied


def test_a_success_without_what_it_must_hold_is_none() -> None:
    assert error_of(BALANCE, 200, {"code": 0, "isSuccess": True}).reason == "captive_portal"


def test_an_empty_answer_counts_only_where_none_is_documented_and_the_quirk_allows_it() -> None:
    assert error_of(ORDER_STATUS, 200, b"", Quirks(accept_empty=False)).reason == "captive_portal"
    assert error_of(POINTS, 200, b"").reason == "captive_portal"


@pytest.mark.parametrize(
    ("call", "status", "body", "reason"),
    [
        (POINTS, 200, {"code": 1001, "isSuccess": False}, "insufficient_points"),
        (POINTS, 200, {"code": 7, "isSuccess": False, "message": "no"}, "declined"),
        (POINTS, 200, {"code": 1001}, "insufficient_points"),
        (POINTS, 200, e1("customer not found", 404), "member_unknown"),
        (POINTS, 400, e1("insufficient points"), "insufficient_points"),
        (POINTS, 400, e1("Not enough points in balance"), "insufficient_points"),
        (POINTS, 409, e1("balance is insufficient"), "insufficient_points"),
        (POINTS, 502, e1("upstream: insufficient points"), "insufficient_points"),
        (POINTS, 422, {"code": 422, "isSuccess": False, "message": "points must be positive"}, "bad_request"),
        (POINTS, 400, b"plain words", "bad_request"),
        (POINTS, 404, e1("unknown customer"), "member_unknown"),
        (POINTS, 404, e1(""), "member_unknown"),
        (POINTS, 404, b"404 page not found", "not_offered"),
        (LOOKUP, 200, {"code": 1, "isSuccess": False}, "member_unknown"),
        (LOOKUP, 502, e1("customer does not exist"), "member_unknown"),
        (BALANCE, 400, e1("insufficient points"), "bad_request"),
        (ORDER_STATUS, 404, e1("order not found"), "order_unknown"),
        (ORDER_STATUS, 400, e1("unknown status"), "bad_request"),
        (PRODUCTS, 403, e1("provider"), "provider_not_allowed"),
        (PRODUCTS, 413, e1("big"), "too_large"),
        (PRODUCTS, 501, e1("Not Implemented"), "not_offered"),
        (PRODUCTS, 405, b"", "not_offered"),
    ],
)
def test_a_refusal_is_for_good(call: Call, status: int, body: object, reason: str) -> None:
    error = error_of(call, status, body)
    assert isinstance(error, Refused)
    assert not isinstance(error, Conflict)
    assert (error.reason, error.status) == (reason, status)


@pytest.mark.parametrize(
    ("call", "reason"), [(ORDER_STATUS, "status_conflict"), (POINTS, "ref_code_conflict"), (OUTLET, "conflict")]
)
def test_409_is_a_conflict(call: Call, reason: str) -> None:
    error = error_of(call, 409, e1("changed"))
    assert isinstance(error, Conflict)
    assert error.reason == reason


def test_the_key_is_to_blame_for_401_and_for_403_without_a_provider() -> None:
    for status in (401, 403):
        assert isinstance(error_of(POINTS, status, e1("no")), KeyRefused)
    assert isinstance(error_of(POINTS, 401, PAGE), KeyRefused)


def test_503_on_loyalty_is_a_matter_of_set_up_and_elsewhere_trouble() -> None:
    assert isinstance(error_of(POINTS, 503, e1("not configured")), NotConfigured)
    assert isinstance(error_of(ORDER_STATUS, 503, e1("busy")), Unreachable)
    assert isinstance(error_of(POINTS, 503, PAGE), Unreachable)


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (408, "timeout"),
        (425, "cloud_trouble"),
        (429, "too_many_requests"),
        (500, "cloud_trouble"),
        (502, "upstream_failed"),
        (504, "upstream_timeout"),
        (599, "cloud_trouble"),
    ],
)
def test_trouble_of_the_cloud_is_retried_and_the_line_stays_up(status: int, reason: str) -> None:
    error = error_of(POINTS, status, b"", retry_after="7")
    assert isinstance(error, Unreachable)
    assert (error.reason, error.line_down, error.maybe_applied, error.retry_after_s) == (reason, False, True, 7.0)


@pytest.mark.parametrize(
    ("asked", "wait"),
    [
        ("5", 5.0),
        ("999999999999999", 900.0),
        ("Sun, 22 Nov 2026 03:01:00 GMT", 60.0),
        ("Sun, 22 Nov 2026 02:00:00 GMT", 0.0),
        ("Sun, 22 Nov 2037 02:00:00 GMT", 900.0),
        ("soon", None),
        ("", None),
        ("-5", None),
        ("٣", None),
    ],
)
def test_retry_after_is_seconds_or_a_date_and_bounded(asked: str, wait: float | None) -> None:
    assert retry_after_s({"retry-after": asked}, NOW) == wait


def test_a_retry_date_is_measured_on_the_cloud_s_own_clock() -> None:
    headers = {"retry-after": "Sun, 22 Nov 2026 05:00:30 GMT", "date": "Sun, 22 Nov 2026 05:00:00 GMT"}
    assert retry_after_s(headers, NOW + timedelta(days=400)) == 30.0
    assert server_time(headers) == datetime(2026, 11, 22, 5, tzinfo=UTC)


@given(
    st.integers(100, 599), st.binary(max_size=80), st.text(max_size=30), st.sampled_from([POINTS, LOOKUP, ORDER_STATUS, PRODUCTS])
)
def test_any_answer_is_a_result_or_one_of_ours(status: int, body: bytes, header: str, call: Call) -> None:
    try:
        result(call, response(status, body, retry_after=header, date=header), Quirks(), NOW)
    except CataBridgeError as error:
        assert error.message.endswith(".")  # noqa: PT017
