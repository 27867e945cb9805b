"""The settings of the shop that fault harnesses work on."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from agent.demo.ports import free_port
from agent.paths import Home
from tests.support.sandbox import OUTLET

CONFIG = """
[outlet]
id = "{outlet}"
name = "Toa Payoh Lor 4"
till = "till-1"
timezone = "UTC"
business_day_ends = {day_ends}

[cloud]
base_url = "{base_url}"
timeout_s = 0.4
requests_per_s = 0

[sender]
backoff_base_s = 0.02
backoff_cap_s = 0.1
breaker_probe_s = 0.1
in_flight = 4

[webhook]
listen = "127.0.0.1:{webhook_port}"
callback_url = "http://127.0.0.1:{webhook_port}/cata/orders/{outlet}"

[till_api]
listen = "127.0.0.1:{till_port}"

[logs]
level = "warning"

[[devices]]
name = "kitchen-printer"
driver = "simulated-printer"
folder = {tickets}
"""


def furnish(home: Home, base_url: str) -> None:
    """Settings of a shop with one printer; its business day does not end while a harness runs."""
    day_ends = (datetime.now(UTC) + timedelta(hours=12)).time().replace(second=0, microsecond=0)
    home.prepare().config.write_text(
        CONFIG.format(
            outlet=OUTLET,
            base_url=base_url,
            day_ends=day_ends.isoformat(),
            webhook_port=free_port(),
            till_port=free_port(),
            tickets=json.dumps(str(home.root / "tickets")),
        )
    )
