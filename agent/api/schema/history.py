"""History told afterwards: what is asked and what is answered."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from agent.api.schema.shape import Amount, Answer, Body, Identifier, Line, Time
from agent.core.history import RowState

MOST_ROWS = 100


class BackfillRow(Body):
    """One past purchase; receipt, time and member are what it is known by when it is told again."""

    member: Identifier
    occurred_at: Time
    amount: Amount
    receipt: Identifier
    punches: Annotated[int, Field(ge=0, le=100)] = 0
    note: Line = ""


class BackfillBody(Body):
    """Rows, and how many of those that are not here yet are recorded now."""

    rows: Annotated[list[BackfillRow], Field(min_length=1, max_length=MOST_ROWS)]
    record: Annotated[int, Field(ge=0, le=MOST_ROWS)] = MOST_ROWS


class BackfilledRow(Answer):
    """What has become of a row."""

    state: RowState
    reason: str
    message: str


class Backfilled(Answer):
    """Of each row, in the order they were given."""

    rows: list[BackfilledRow]
    recorded: int = Field(description="How many of them were recorded by this call.")
