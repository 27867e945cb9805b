"""The network of this computer is read off its own routes: a cable that is pulled, and one that is put back."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys

import pytest

PULL_AND_PUT_BACK = """
import json, subprocess
from agent.cloud.local_routes import local_routes
def ip(*words):
    subprocess.run(["ip", *words], check=True)
ip("link", "add", "cable", "type", "veth", "peer", "name", "socket")
ip("addr", "add", "10.77.0.2/24", "dev", "cable")
seen = [local_routes()]
for state in ("up", "down", "up"):
    ip("link", "set", "cable", state)
    if state == "up":
        ip("route", "add", "default", "dev", "cable")
    seen.append(local_routes())
print(json.dumps(seen))
"""


def own_network(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["unshare", "--net", *command], capture_output=True, text=True, check=False)


@pytest.fixture
def a_network_of_its_own() -> None:
    if shutil.which("unshare") is None or shutil.which("ip") is None:
        pytest.skip("needs unshare and ip")
    if own_network("ip", "link", "add", "cable", "type", "veth", "peer", "name", "socket").returncode:
        pytest.skip("this system gives no network of one's own")


def test_a_cable_that_is_pulled_and_put_back_is_seen_without_a_packet(a_network_of_its_own: None) -> None:
    ended = own_network(sys.executable, "-c", PULL_AND_PUT_BACK)
    assert json.loads(ended.stdout) == [["", ""], ["10.77.0.2", ""], ["", ""], ["10.77.0.2", ""]], ended.stderr
