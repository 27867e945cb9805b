"""Calls the till API of the agent that runs on a home."""

from __future__ import annotations

import asyncio
import hmac
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote, urlencode, urlsplit

from agent.cli.exits import not_set_up
from agent.core.errors import CataBridgeError, InvalidInput, NeedsPerson, NotSaved, Refused, Unreachable
from agent.core.ids import RandomIds
from agent.core.proof import LOCAL, proof_of
from agent.instance import RunningAgent, running
from agent.paths import Home

if TYPE_CHECKING:
    from pydantic import BaseModel

    from agent.core.http import Http

Shape = TypeVar("Shape", bound="BaseModel")

TIMEOUT_S = 40.0
"""Longer than the longest wait a call can ask for."""
IMPOSTOR = "not_the_agent"


def is_set_up(home: Home) -> bool:
    """Whether this till knows its cloud and its outlet; raises InvalidInput when the settings cannot be read."""
    from agent.settings import load

    settings = load(home)
    return bool(settings.cloud.base_url and settings.outlet.id)


def till_api(home: Home) -> TillApi:
    """The running agent's; raises NeedsPerson `not_set_up` or Unreachable `agent_not_running`."""
    if (agent := running(home)) is not None:
        return TillApi(agent)
    raise not_running() if is_set_up(home) else not_set_up()


def not_running() -> Unreachable:
    """What to raise when there is no agent to ask."""
    sentence = "Cata Bridge is not running on this till. Start it with: cata-bridge agent"
    return Unreachable("agent_not_running", sentence, maybe_applied=False)


class TillApi:
    """The running agent's till API; raises what the agent refused with, or Unreachable."""

    def __init__(self, agent: RunningAgent) -> None:
        self._agent = agent
        self._is_proved = False

    def get(self, *path: str, **query: str | int | None) -> Any:
        """The JSON of an answer; each part of the path is quoted, a None is not asked for."""
        return self._call("GET", path, query, b"")

    def post(self, *path: str, body: Mapping[str, object] | None = None) -> Any:
        """The JSON of the answer to a change."""
        return self._call("POST", path, {}, json.dumps(body or {}).encode())

    def _call(self, method: str, path: tuple[str, ...], query: Mapping[str, str | int | None], body: bytes) -> Any:
        asked = urlencode({key: value for key, value in query.items() if value is not None})
        place = "/".join([self._agent.url.rstrip("/"), "v1", *(quote(part, safe="") for part in path)])
        url = f"{place}?{asked}" if asked else place
        status, content = asyncio.run(self._sent(method, url, body))
        try:
            answer = json.loads(content)
        except ValueError:
            raise _strange() from None
        if status >= 400:
            raise refusal(status, answer)
        return answer

    async def _sent(self, method: str, url: str, body: bytes) -> tuple[int, bytes]:
        """The token leaves only once whoever has the port has proved to be the agent."""
        from agent.cloud.http import HttpxClient
        from agent.core.clock import SystemClock

        client = HttpxClient(SystemClock())
        try:
            if not self._is_proved:
                await _prove(client, self._agent)
                self._is_proved = True
            return await _exchange(client, method, url, body, {"Authorization": f"Bearer {self._agent.token}"})
        except Unreachable as error:
            if error.reason == IMPOSTOR:
                raise
            sentence = "Cata Bridge is running on this till but does not answer."
            raise Unreachable("agent_silent", sentence, maybe_applied=error.maybe_applied, details=error.reason) from None
        finally:
            await client.close()


async def _prove(client: Http, agent: RunningAgent) -> None:
    nonce = RandomIds().token()
    body = json.dumps({"name": LOCAL, "nonce": nonce}).encode()
    status, content = await _exchange(client, "POST", f"{agent.url.rstrip('/')}/v1/pairing/proof", body, {})
    expected = proof_of(agent.token, urlsplit(agent.url).port or 0, nonce)
    if status != 200 or not hmac.compare_digest(_proof_in(content), expected.encode()):
        sentence = "Another program answers in the place of Cata Bridge on this till. Restart the computer, then call support."
        raise Unreachable(IMPOSTOR, sentence, maybe_applied=False)


def _proof_in(content: bytes) -> bytes:
    try:
        return str(json.loads(content)["proof"]).encode()
    except (ValueError, KeyError, TypeError):
        return b""


async def _exchange(client: Http, method: str, url: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
    from agent.core.http import HttpRequest

    headers |= {"Content-Type": "application/json"} if body else {}
    answer = await client.send(HttpRequest(method=method, url=url, headers=headers, body=body, timeout_s=TIMEOUT_S))
    return answer.status, answer.body


def shaped(shape: type[Shape], answer: object) -> Shape:
    """The answer as one of `agent.api.schema`; raises Unreachable when it is not, as from another version."""
    from pydantic import ValidationError

    try:
        return shape.model_validate(answer)
    except ValidationError:
        raise _strange() from None


def refusal(status: int, answer: object) -> CataBridgeError:
    """The error behind a refusal of the till API, of the kind that decides the exit code."""
    problem = answer.get("error") if isinstance(answer, dict) else None
    if not isinstance(problem, dict) or not isinstance(problem.get("message"), str):
        return _strange()
    reason, message, details = str(problem.get("reason", "refused")), problem["message"], str(problem.get("details", ""))
    if status == 507:
        return NotSaved(reason, message, details=details)
    if status in {401, 403}:
        return NeedsPerson(reason, message, details=details)
    if status == 422:
        return InvalidInput(reason, message, details=details)
    return Refused(reason, message, status=status, details=details)


def _strange() -> Unreachable:
    sentence = "What runs on this till did not answer like Cata Bridge."
    return Unreachable("strange_answer", sentence, maybe_applied=True)
