"""The counts of what was turned away: by kind and reason, a row that stays bad once, and nothing of what was in it."""

from __future__ import annotations

from agent.core.catalogue import RowProblem
from agent.core.errors import Refused, Unreachable
from agent.flows.refusals import Refusals, RefusedKind


def test_only_what_was_refused_is_shown() -> None:
    refusals = Refusals()
    assert refusals.totals() == {}
    refusals.of(RefusedKind.SCAN)["card_number"] += 2
    refusals.of(RefusedKind.SCAN)["empty"] += 1
    assert refusals.totals() == {"scan": {"card_number": 2, "empty": 1}}


def test_a_row_that_is_as_bad_as_at_the_last_look_counts_once() -> None:
    refusals, row, other = Refusals(), RowProblem("line 2", "code_twice", "Twice."), RowProblem("line 3", "name_missing", "None.")
    for found in ([row], [row], [row, other], [], [row]):
        refusals.rows(found)
    assert refusals.totals() == {"catalogue": {"code_twice": 2, "name_missing": 1}}


def test_a_pos_that_cannot_be_asked_has_refused_nothing() -> None:
    refusals = Refusals()
    refusals.menu(Unreachable("folder_missing", "No folder.", maybe_applied=False))
    refusals.menu(Refused("catalogue_empty", "No items."))
    assert refusals.totals() == {"catalogue": {"catalogue_empty": 1}}
