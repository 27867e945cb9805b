from __future__ import annotations

import asyncio
import json

import pytest

from agent.core.clock import SystemClock
from agent.core.ids import RandomIds
from agent.db.database import Database
from agent.db.tokens import Caller, Tokens
from agent.instance import Instance
from agent.paths import Home
from tests.cli.conftest import Run
from tests.support.agent_peer import AgentPeer, refused

MADE = {"name": "pos-1", "token": "secret-token", "scopes": ["pos"]}


def caller(home: Home, token: str) -> Caller | None:
    async def look() -> Caller | None:
        database = await Database.open(home.db, clock=SystemClock())
        try:
            return await Tokens(database, SystemClock(), RandomIds()).authenticate(token)
        finally:
            await database.close()

    return asyncio.run(look())


def test_the_agent_makes_the_token_and_it_is_printed_alone(run: Run, peer: AgentPeer) -> None:
    peer.answers["POST /v1/tokens"] = (201, MADE)
    ended = run("token", "create", "--name", "pos-1", "--scope", "pos", "--scope", "board")
    assert (ended.code, ended.out, ended.err) == (0, "secret-token\n", "")
    assert peer.calls[0].body == {"name": "pos-1", "scopes": ["pos", "board"]}


def test_the_agent_lists_and_revokes(run: Run, peer: AgentPeer) -> None:
    peer.answers["GET /v1/tokens"] = (200, {"tokens": [{"name": "pos-1", "scopes": ["pos"]}]})
    peer.answers["POST /v1/tokens/pos%2F1/revoke"] = (200, {})
    assert run("token", "list").out == "pos-1  pos\n"
    assert json.loads(run("token", "list", "--json").out)["tokens"][0]["name"] == "pos-1"
    assert run("token", "revoke", "pos/1").code == 0


def test_the_agent_gives_a_pairing_code(run: Run, peer: AgentPeer) -> None:
    peer.answers["POST /v1/pairing/codes"] = (200, {"code": "12345678", "expires_at": "2026-11-22T04:02:00Z"})
    assert run("pair", "--name", "pos-1").out == "12345678\n"
    assert peer.calls[0].body == {"name": "pos-1"}
    assert json.loads(run("pair", "--name", "pos-1", "--json").out)["code"] == "12345678"


def test_what_the_agent_refuses_is_said(run: Run, peer: AgentPeer) -> None:
    peer.answers["POST /v1/tokens"] = refused(409, "name_taken", "There is already a token with this name.")
    ended = run("token", "create", "--name", "pos-1")
    assert (ended.code, ended.err) == (1, "There is already a token with this name.\n")


def test_without_an_agent_the_database_is_asked(run: Run, home: Home) -> None:
    token = run("token", "create", "--name", "pos-1").out.strip()
    found = caller(home, token)
    assert found is not None
    assert (found.name, found.scopes) == ("pos-1", frozenset({"pos"}))
    made = json.loads(run("token", "create", "--name", "kitchen", "--scope", "board", "--json").out)
    assert (made["name"], made["scopes"]) == ("kitchen", ["board"])
    assert run("token", "list").out == "kitchen  board\npos-1  pos\n"
    assert run("token", "revoke", "pos-1").code == 0
    assert caller(home, token) is None
    assert run("token", "revoke", "pos-1").err == "There is no token with this name.\n"


def test_without_an_agent_a_pairing_code_is_made(run: Run) -> None:
    made = json.loads(run("pair", "--name", "pos-1", "--json").out)
    assert len(made["code"]) == 8
    assert made["code"].isdecimal()


def test_a_database_that_an_agent_holds_is_left_alone(run: Run, home: Home) -> None:
    with Instance(home):
        assert run("token", "list").code == 3


def test_a_scope_that_does_not_exist_is_wrong_usage(run: Run) -> None:
    assert run("token", "create", "--name", "x", "--scope", "everything").code == 2


@pytest.mark.parametrize("answer", [(200, {"proof": "0" * 64}), (200, "<html>"), (200, []), (404, {}), (200, {"proof": None})])
def test_a_program_that_took_the_agents_port_gets_no_token(run: Run, peer: AgentPeer, answer: tuple[int, object]) -> None:
    """T5: it is asked for a proof first, and hears nothing else."""
    peer.knows_token = False
    peer.answers["POST /v1/pairing/proof"] = answer
    ended = run("token", "list")
    assert (ended.code, ended.out) == (1, "")
    assert ended.err.startswith("Another program answers in the place of Cata Bridge")
    assert [(call.line, call.authorization) for call in peer.calls] == [("POST /v1/pairing/proof", "")]
