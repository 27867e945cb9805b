"""An audit that could not ask says so, and never that all is well."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from installer.audit import main
from installer.sbom import locked


@contextmanager
def database(answer: Callable[[Any], Any]) -> Iterator[str]:
    """A peer that speaks as the database does."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            data = json.dumps(answer(asked)).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:
            """Silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_every_locked_package_is_asked_about_and_what_is_known_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    def answer(asked: Any) -> Any:
        names = [query["package"]["name"] for query in asked["queries"]]
        assert names == sorted(locked())
        return {"results": [{"vulns": [{"id": "GHSA-x"}]} if name == "fastapi" else {} for name in names]}

    with database(answer) as url:
        assert main([url]) == 1
    assert "GHSA-x" in capsys.readouterr().out


def test_nothing_known_is_fine() -> None:
    with database(lambda asked: {"results": [{} for _ in asked["queries"]]}) as url:
        assert main([url]) == 0


@pytest.mark.parametrize("nonsense", [{}, {"results": []}, []])
def test_what_cannot_be_asked_is_not_fine(nonsense: object, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["http://127.0.0.1:9"]) == 2
    with database(lambda asked: nonsense) as url:
        assert main([url]) == 2
    assert "nothing was checked" in capsys.readouterr().err


def test_a_gate_without_a_network_says_that_nothing_was_checked_and_goes_on(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--where-reachable", "http://127.0.0.1:9"]) == 0
    assert "nothing was checked" in capsys.readouterr().err
    with database(lambda asked: {"results": [{"vulns": [{"id": "GHSA-x"}]} for _ in asked["queries"]]}) as url:
        assert main(["--where-reachable", url]) == 1
