"""The edge between the agent and any driver: whatever one fails with ends nothing but what was asked of it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from agent.core.errors import CataBridgeError, NeedsPerson

log = logging.getLogger(__name__)

ASKED_AGAIN = "The driver of this device has failed. It is asked again."


class DriverFailed(NeedsPerson):
    """A driver let something through that it should have translated."""


@contextmanager
def driver_edge(device: str, sentence: str = ASKED_AGAIN, *, passing: tuple[type[Exception], ...] = ()) -> Iterator[None]:
    """Errors of ours pass, and what the caller expects; whatever else a driver raises is logged and is a DriverFailed."""
    try:
        yield
    except Exception as error:
        if isinstance(error, (CataBridgeError, *passing)):
            raise
        log.exception("a driver failed in an unforeseen way device=%s", device)
        raise DriverFailed("driver_failed", sentence) from error
