"""The till API keeps to its own description whatever is sent: answers in the envelope, never a fault of ours."""

from __future__ import annotations

import json
import random
import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

from agent.api.app import describe
from tests.faults import figures
from tests.support.outlet import Till, shop

CALLS = figures.size(push=600, release=50_000)
DOCUMENT = describe("0").openapi()
SCHEMAS = DOCUMENT["components"]["schemas"]
NOT_THROWN = {"/v1/events", "/v1/outlet/close", "/v1/cloud/probe"}
"""One never ends, one would close the shop for the calls after it, one asks the cloud each time."""
JUNK: tuple[Any, ...] = (
    None, True, 0, -1, 2**63, 1e308, "", " ", "x" * 5_000, "\u202e", "\ud800", "4111111111111111", "+6591230001",
    "a@b.test", "NaN", "1e9", "2026-11-22T05:30:00Z", "9999-12-31T23:59:59.999999Z", "../../etc/passwd", "%00",
    "'; DROP TABLE outbox; --", "{0}", [], {}, [[[]]], {"uuid": None}, "0.0001", "999999999999.9999", "accepted", "PAID", "\n",
)  # fmt: skip
OPERATIONS = [
    (path, verb, call) for path, verbs in DOCUMENT["paths"].items() if path not in NOT_THROWN for verb, call in verbs.items()
]


class Thrower:
    """Makes calls out of the document: mostly what it asks for, with something else in places."""

    def __init__(self, number: int) -> None:
        self._random = random.Random(number)

    def call(self) -> tuple[str, str, Any]:
        """Method, target and body."""
        path, verb, call = self._random.choice(OPERATIONS)
        target = re.sub(r"\{[^}]*\}", lambda _: quote(str(self._word()).encode("utf-8", "replace"), safe="") or "x", path)
        asked = [f"{each['name']}={quote(str(self._value(each['schema'])).encode('utf-8', 'replace'))}"
                 for each in call.get("parameters", ()) if each["in"] == "query" and self._random.random() < 0.5]  # fmt: skip
        schema = call.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
        return verb.upper(), target + ("?" + "&".join(asked) if asked else ""), None if schema is None else self._value(schema)

    def _value(self, schema: dict[str, Any], depth: int = 0) -> Any:
        if self._random.random() < 0.08 or depth > 8:
            return self._word()
        if "$ref" in schema:
            return self._value(SCHEMAS[schema["$ref"].rpartition("/")[2]], depth + 1)
        for several in ("anyOf", "oneOf"):
            if several in schema:
                return self._value(self._random.choice(schema[several]), depth + 1)
        if "enum" in schema:
            return self._random.choice(schema["enum"])
        made = {"object": self._object, "array": self._array}.get(schema.get("type", ""))
        return made(schema, depth) if made else self._plain(schema)

    def _object(self, schema: dict[str, Any], depth: int) -> dict[str, Any]:
        properties, required = schema.get("properties", {}), schema.get("required", ())
        return {
            name: self._value(each, depth + 1)
            for name, each in properties.items()
            if self._random.random() < (0.97 if name in required else 0.5)
        }

    def _array(self, schema: dict[str, Any], depth: int) -> list[Any]:
        return [self._value(schema.get("items", {}), depth + 1) for _ in range(self._random.choice((0, 1, 1, 2)))]

    def _plain(self, schema: dict[str, Any]) -> Any:
        kind = schema.get("type")
        if kind in {"integer", "number"}:
            least, most = int(schema.get("minimum", -2)), int(schema.get("maximum", 10**9))
            return (
                0
                if schema.get("title") == "Wait S"
                else self._random.choice((least, least + 1, most, self._random.randint(least, most)))
            )
        if kind == "string":
            examples = schema.get("examples", ["R-1", "12.50", "12345678", "KK-MEI-001", "LAKSA"])
            return self._random.choice(examples)
        return {"boolean": self._random.random() < 0.5, "null": None}.get(str(kind), self._word())

    def _word(self) -> Any:
        return self._random.choice(JUNK)


async def check(till: Till, number: int) -> int:
    """Make one call and hold its answer against the document; returns the status."""
    method, target, body = Thrower(number).call()
    if isinstance(body, dict) and target.startswith("/v1/loyalty/"):
        body["wait_s"] = 0
    answer = await till.call(method, target, body if method == "POST" else None)
    shown = f"{method} {target} {json.dumps(body)[:300]} -> {answer.status} {str(answer.body)[:300]}"
    assert answer.status < 500 or answer.reason in {"offline", "not_saved"}, shown
    if answer.status >= 400:
        assert set(answer.body) == {"error"}, shown
        assert set(answer.body["error"]) == {"code", "reason", "message", "details"}, shown
        assert answer.body["error"]["code"] == answer.status, shown
        assert re.fullmatch(r"[a-z0-9_]+", answer.reason), shown
        assert not re.search(r"Traceback|Error\b|Exception|\.py\b", answer.body["error"]["message"]), shown
    return answer.status


async def test_whatever_is_thrown_is_answered_as_described(tmp_path: Path) -> None:
    async with shop(tmp_path) as outlet:
        statuses = [await check(outlet.till, number) for number in range(CALLS)]
        figures.record("openapi", "calls made out of the description", CALLS)
        figures.record("openapi", "faults of ours (5xx)", sum(status >= 500 for status in statuses))
        assert {200, 404, 422} <= set(statuses)
        assert (await outlet.till.call("GET", "/v1/status")).status == 200
