"""History: purchases of the past, told to a cloud that takes them under their own dates."""

from __future__ import annotations

from fastapi import APIRouter

from agent.api.auth import Conf, Deps, ScreenCaller
from agent.api.schema import BackfillBody, Backfilled, BackfillRow
from agent.core.history import HistoryRow
from agent.core.money import Money

router = APIRouter(prefix="/v1/loyalty", tags=["loyalty"])


@router.post("/backfill")
async def backfill(body: BackfillBody, services: Deps, settings: Conf, caller: ScreenCaller) -> Backfilled:
    """Record up to `record` of the rows that are not here yet, and say what has become of each; the same again is safe."""
    rows = [_row(row, settings.currency) for row in body.rows]
    return Backfilled.model_validate(await services.backfill.tell(rows, record=body.record))


def _row(row: BackfillRow, currency: str) -> HistoryRow:
    return HistoryRow(
        identifier=row.member,
        occurred_at=row.occurred_at,
        amount=Money.parse(row.amount, currency),
        receipt=row.receipt,
        punches=row.punches,
        note=row.note,
    )
