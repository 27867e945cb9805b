"""A sentence is its English letters, and remembers its word and values wherever it is carried."""

from __future__ import annotations

import copy
import json
import pickle

from agent.core.errors import Refused, Unreachable
from agent.core.sentence import Sentence, about, reason_of, values_of

BUSY = Sentence("The outlet is busy until 12:30.", "outlet_busy", until="12:30")


def test_it_is_its_english_for_whoever_knows_no_better() -> None:
    assert BUSY == "The outlet is busy until 12:30."
    assert json.dumps([BUSY]) == '["The outlet is busy until 12:30."]'
    assert (reason_of(BUSY), values_of(BUSY)) == ("outlet_busy", {"until": "12:30"})
    assert (reason_of("Odd."), values_of("Odd.")) == ("", {})


def test_a_copy_knows_its_word_too() -> None:
    for other in (copy.deepcopy(BUSY), pickle.loads(pickle.dumps(BUSY))):
        assert (other, reason_of(other), values_of(other)) == (BUSY, "outlet_busy", {"until": "12:30"})


def test_it_is_about_a_device_without_losing_what_it_names() -> None:
    found = about("kitchen", BUSY)
    assert (found, reason_of(found)) == ("kitchen: The outlet is busy until 12:30.", "outlet_busy")
    assert values_of(found) == {"until": "12:30", "device": "kitchen"}


def test_what_an_error_says_carries_its_reason() -> None:
    error = Refused("outlet_busy", "Busy.", values={"until": "12:30"})
    assert (error.message, error.message.reason, dict(error.message.values)) == ("Busy.", "outlet_busy", {"until": "12:30"})
    again = Unreachable(error.reason, error.message, maybe_applied=False)
    assert dict(again.message.values) == {"until": "12:30"}
    other = Unreachable("offline", error.message, maybe_applied=False)
    assert (other.message.reason, dict(other.message.values)) == ("offline", {})
