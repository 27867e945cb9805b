"""The till API keeps to its own description whatever is sent: answers in the envelope, never a fault of ours."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance, status_code_conformance

from agent.api.app import describe
from tests.faults import figures
from tests.support.outlet import shop

CALLS = figures.size(push=20, release=400)
"""Of each operation."""
NOT_CALLED = "/v1/(events|outlet/close|cloud/probe|setup)"
"""One never ends, one would close the shop for the calls after it, one asks the cloud each time, one sets the till up anew."""
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
HONEST = {503, 507}
"""Said in the envelope when the line or the disk is gone; not a fault."""


def operations(url: str, document: dict[str, Any]) -> list[Any]:
    """Every operation that a description knows."""
    schema = schemathesis.openapi.from_dict(document).exclude(path_regex=NOT_CALLED)
    schema.config.update(base_url=url)
    return [found.ok() for found in schema.get_all_operations()]  # type: ignore[union-attr]  # raises for a broken one


def call_often(operation: Any, token: str) -> Counter[int]:
    """So many calls of one operation, each held against the description; returns the statuses."""
    statuses: Counter[int] = Counter()

    @settings(
        max_examples=CALLS,
        deadline=None,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def check(case: Any) -> None:
        if isinstance(case.body, dict) and "wait_s" in case.body:
            case.body["wait_s"] = 0
        answer = case.call(headers={"Authorization": f"Bearer {token}"})
        statuses[answer.status_code] += 1
        if answer.status_code not in HONEST:
            case.validate_response(answer, checks=CHECKS)
        if answer.status_code >= 400:
            _is_enveloped(answer)

    check()
    return statuses


def _is_enveloped(answer: Any) -> None:
    body = answer.json()
    assert set(body) == {"error"}
    assert set(body["error"]) - {"values"} == {"code", "reason", "message", "details"}
    assert body["error"]["code"] == answer.status_code
    assert re.fullmatch(r"[a-z0-9_]+", body["error"]["reason"])
    assert not re.search(r"Traceback|Error\b|Exception|\.py\b", body["error"]["message"])


@pytest.mark.timeout(86_400 if figures.is_release() else 300)
async def test_whatever_is_thrown_is_answered_as_described(tmp_path: Path) -> None:
    statuses: Counter[int] = Counter()
    async with shop(tmp_path) as outlet:
        for operation in operations(outlet.agent.url, describe("0").openapi()):
            statuses += await asyncio.to_thread(call_often, operation, outlet.agent.local_token)
        assert (await outlet.till.call("GET", "/v1/status")).status == 200
    figures.record("openapi", "calls made out of the description", statuses.total())
    figures.record("openapi", "faults of ours (5xx)", sum(count for status, count in statuses.items() if status in {500, 502}))
    assert {200, 404, 422} <= set(statuses)


async def test_an_answer_that_the_description_does_not_know_is_found(tmp_path: Path) -> None:
    document = describe("0").openapi()
    earn = "/v1/loyalty/earn"
    document["paths"] = {earn: document["paths"][earn]}
    document["paths"][earn]["post"]["responses"] = {"201": {"description": "Saved."}}
    async with shop(tmp_path) as outlet:
        (operation,) = operations(outlet.agent.url, document)
        with pytest.raises(BaseExceptionGroup) as found:
            await asyncio.to_thread(call_often, operation, outlet.agent.local_token)
    assert "Received: 422" in str(found.value.exceptions[0])
    figures.planted("openapi", "an answer left out of the description", found=True)
