"""Every POS on its bench, one after the other."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from agent.cloud.http import HttpxClient
from agent.core.clock import SystemClock
from tests.contract.bench import PosBench
from tests.contract.benches import benches


@pytest.fixture(params=sorted(benches()))
async def bench(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[PosBench]:
    http = HttpxClient(SystemClock())
    try:
        async with benches()[request.param](tmp_path, http) as one:
            yield one
    finally:
        await http.close()
