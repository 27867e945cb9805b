"""Tokens and one-time codes: what is asked and what is shown of them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from agent.api.schema.shape import Answer, Body, Name, Time


class PairingCodeBody(Body):
    """For whom a one-time code is."""

    name: Name


class TokenBody(Body):
    """A program that is to call this till."""

    name: Name
    scopes: Annotated[list[Literal["pos", "board", "screen"]], Field(min_length=1, max_length=3)]


class NewToken(Answer):
    """A token, shown this once."""

    name: str
    token: str
    scopes: list[str]


class Proof(Answer):
    """What only the agent can answer."""

    proof: str


class TokenFacts(Answer):
    """A token in force, without its text."""

    name: str
    scopes: list[str]
    created_at: Time


class TokenList(Answer):
    """Who may call."""

    tokens: list[TokenFacts]


class PairingCode(Answer):
    """A one-time code for a person to type."""

    code: str
    expires_at: Time
