"""The web page of the practice cloud: one file, its own script and style only."""

from __future__ import annotations

from collections.abc import Callable
from importlib import resources

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from agent.core.ids import Ids
from agent.sandbox import control_guard
from agent.sandbox.calls import answered
from agent.sandbox.envelopes import Reply, bare

PATH = "/__sandbox__/"
NONCE = "NONCE-OF-THIS-ANSWER"


def routes(ids: Ids, caller: Callable[[Request], str]) -> list[Route]:
    """The page and the way to it; `caller` tells the address a request comes from."""
    template = resources.files("agent.sandbox").joinpath("page.html").read_text("utf-8")

    async def page(request: Request) -> Response:
        return await _guarded(request, caller, lambda: _page(template, ids.token()))

    async def there(request: Request) -> Response:
        return await _guarded(request, caller, lambda: RedirectResponse(PATH, 307))

    return [Route(PATH, page, methods=["GET"]), Route(PATH.rstrip("/"), there, methods=["GET"])]


async def _guarded(request: Request, caller: Callable[[Request], str], show: Callable[[], Response]) -> Response:
    async def check() -> Reply:
        control_guard.check(request, caller(request), is_page=True)
        return bare({})

    refused = await answered(check)
    return refused if refused.status_code != 200 else show()


def _page(template: str, nonce: str) -> Response:
    policy = (
        f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    headers = {
        "Content-Security-Policy": policy,
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(template.replace(NONCE, nonce), headers=headers, media_type="text/html")
