"""Tokens and codes let in whom they name, and nobody else."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from agent.core.errors import Conflict, Refused
from agent.core.ids import RandomIds
from agent.core.proof import proof_of
from agent.db.database import Database
from agent.db.tokens import Tokens
from tests.support.clock import START, FakeClock


@pytest.fixture
def tokens(database: Database, clock: FakeClock) -> Tokens:
    return Tokens(database, clock, RandomIds())


async def test_a_token_names_its_caller_until_it_is_revoked(tokens: Tokens) -> None:
    token, other = await tokens.create("till", {"pos"}), await tokens.create("kitchen", ["board"])
    caller = await tokens.authenticate(token)
    assert caller is not None
    assert (caller.name, caller.scopes) == ("till", frozenset({"pos"}))
    assert [(info.name, info.scopes, info.created_at) for info in await tokens.list()] == [
        ("kitchen", frozenset({"board"}), START),
        ("till", frozenset({"pos"}), START),
    ]
    await tokens.revoke("till")
    assert await tokens.authenticate(token) is None
    assert await tokens.authenticate(other) is not None
    assert await tokens.authenticate("") is None
    with pytest.raises(Refused, match="token_unknown"):
        await tokens.revoke("till")


async def test_a_name_is_taken_once_unless_it_is_replaced(tokens: Tokens) -> None:
    first = await tokens.create("till", {"pos"})
    with pytest.raises(Conflict, match="name_taken"):
        await tokens.create("till", {"pos"})
    second = await tokens.create("till", {"pos"}, replace=True)
    assert await tokens.authenticate(first) is None
    assert await tokens.authenticate(second) is not None


async def test_the_text_of_a_token_or_code_is_nowhere(tokens: Tokens, database: Database) -> None:
    token, code = await tokens.create("till", {"pos"}), await tokens.start_pairing("till", {"pos"})
    rows = await database.read(
        lambda conn: [*map(tuple, conn.execute("SELECT * FROM tokens")), *conn.execute("SELECT hash FROM pairings")]
    )
    assert token not in str([tuple(row) for row in rows])
    assert code not in str([tuple(row) for row in rows])


async def test_a_code_is_traded_once(tokens: Tokens) -> None:
    code = await tokens.start_pairing("kitchen", {"board"})
    assert len(code) == 8
    paired = await tokens.redeem(code)
    assert paired is not None
    assert (paired.name, paired.scopes) == ("kitchen", frozenset({"board"}))
    caller = await tokens.authenticate(paired.token)
    assert caller is not None
    assert caller.name == "kitchen"
    assert await tokens.redeem(code) is None


async def test_whoever_pairs_may_choose_the_name_and_pair_again(tokens: Tokens) -> None:
    first = await tokens.redeem(await tokens.start_pairing("new", {"pos"}), "tablet")
    second = await tokens.redeem(await tokens.start_pairing("new", {"pos"}), "tablet")
    assert first is not None
    assert second is not None
    assert await tokens.authenticate(first.token) is None
    assert [info.name for info in await tokens.list()] == ["tablet"]


async def test_a_code_is_good_for_two_minutes(tokens: Tokens, clock: FakeClock) -> None:
    code = await tokens.start_pairing("till", {"pos"})
    clock.move(120)
    assert await tokens.redeem(code) is None


async def test_a_clock_set_back_makes_no_code_last(tokens: Tokens, clock: FakeClock) -> None:
    """T15."""
    code = await tokens.start_pairing("till", ["pos"])
    clock.move(3_600)
    clock.jump(-3_660)
    assert await tokens.redeem(code) is None
    clock.jump(59)
    assert await tokens.redeem(code) is not None


async def test_five_wrong_tries_spend_a_code(tokens: Tokens) -> None:
    code = await tokens.start_pairing("till", {"pos"})
    for _ in range(5):
        assert await tokens.redeem("wrong") is None
    assert await tokens.redeem(code) is None
    fresh = await tokens.start_pairing("till", {"pos"})
    for _ in range(4):
        await tokens.redeem("wrong")
    assert await tokens.redeem(fresh) is not None


def test_a_code_says_how_long_it_is_good(tokens: Tokens) -> None:
    assert tokens.code_life == timedelta(minutes=2)


async def test_a_token_ends_at_once_although_nobody_waits_for_the_answer(tokens: Tokens) -> None:
    token = await tokens.create("till", {"pos"})
    assert await tokens.authenticate(token) is not None
    revoking = asyncio.create_task(tokens.revoke("till"))
    asking = asyncio.create_task(tokens.authenticate(token))
    await asyncio.sleep(0)
    revoking.cancel()
    await asyncio.gather(revoking, asking, return_exceptions=True)
    assert await tokens.authenticate(token) is None


async def test_a_question_under_way_does_not_bring_back_what_was_revoked(tokens: Tokens) -> None:
    token = await tokens.create("till", {"pos"})
    asking = [asyncio.create_task(tokens.authenticate(token)) for _ in range(3)]
    await asyncio.gather(tokens.revoke("till"), *asking)
    assert await tokens.authenticate(token) is None


async def test_the_agent_proves_itself_to_the_owner_of_a_token_alone(tokens: Tokens) -> None:
    token = await tokens.create("till", {"pos"})
    assert await tokens.prove("till", 8723, "nonce") == proof_of(token, 8723, "nonce")
    assert await tokens.prove("other", 8723, "nonce") is None
    await tokens.revoke("till")
    assert await tokens.prove("till", 8723, "nonce") is None
