"""Lists that a POS gives in pages, whether it names the next one by a cursor, a URL or a number; every page is read."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from drivers.pos.exchange import next_url, not_the_pos
from drivers.pos.pointers import look_up

MOST_PAGES = 500
"""No shop's list has more; a POS that goes on for ever is not followed for ever."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pages:
    """Where a list is and how its pages follow each other."""

    url: str
    """May hold `{page}` or `{cursor}`."""
    rows: str
    """JSON pointer to the list in an answer."""
    following: str = ""
    """JSON pointer to the next page's cursor or URL; empty: pages are counted, or there is one."""

    async def read(self, ask: Callable[[str], Awaitable[Any]]) -> AsyncIterator[Any]:
        """Every row to the last page; raises what `ask` raises, and Unreachable `not_the_pos` for an answer without a list."""
        url, seen = filled(self.url, page="1"), set[str]()
        for page in range(2, MOST_PAGES + 2):
            if url in seen:
                return
            seen.add(url)
            answer = await ask(url)
            rows = look_up(answer, self.rows)
            if not isinstance(rows, list):
                raise not_the_pos(maybe_applied=False)
            for row in rows:
                yield row
            following = self._next(answer, page, has_rows=bool(rows))
            if following is None:
                return
            url = following

    def _next(self, answer: Any, page: int, *, has_rows: bool) -> str | None:
        if self.following:
            cursor = look_up(answer, self.following)
            if cursor in (None, "", False):
                return None
            if "{cursor}" in self.url:
                return filled(self.url, page=str(page), cursor=str(cursor))
            return next_url(filled(self.url), str(cursor))
        if has_rows and "{page}" in self.url:
            return filled(self.url, page=str(page))
        return None


def filled(template: str, **values: str) -> str:
    """The address with its values escaped; a name without a value stays away."""
    for name in PLACES:
        template = template.replace(f"{{{name}}}", quote(values.get(name, ""), safe=""))
    return template


PLACES = ("order_id", "pos_order_id", "page", "cursor", "since")
"""What an address may hold in braces; `since` is for sales and filled beforehand."""
