"""Three known codes tell the country of a scanner that types, from whatever they come out as."""

from __future__ import annotations

import pytest

from agent.core.keyboards import LAYOUTS
from agent.core.scan import TEST_CODES
from drivers.scanner.learning import as_heard, learnt_layout


@pytest.mark.parametrize("scanner", sorted(LAYOUTS))
def test_the_last_code_tells_every_country_from_every_other(scanner: str) -> None:
    for configured in LAYOUTS:
        heard = as_heard(TEST_CODES[2], scanner, configured)
        if scanner == configured:
            assert heard == TEST_CODES[2]
            assert learnt_layout(heard, configured, TEST_CODES) == ""
        elif heard != TEST_CODES[2]:
            found = learnt_layout(heard, configured, TEST_CODES)
            assert as_heard(TEST_CODES[2], found, configured) == heard


def test_a_german_scanner_read_as_american_is_german() -> None:
    assert as_heard("CATA-TEST-1", "de", "us") == "CATA/TEST/1"
    assert learnt_layout(as_heard(TEST_CODES[2], "de", "us"), "us", TEST_CODES) == "de"


def test_what_is_no_known_code_says_nothing() -> None:
    assert learnt_layout("KK-MEI-001", "us", TEST_CODES) == ""
    assert as_heard("咖啡", "us", "de") == ""
