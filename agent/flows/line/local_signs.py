"""What this computer alone can tell of the way to the cloud: it has other addresses than a moment ago, or it has slept."""

from __future__ import annotations

from collections.abc import Callable

from agent.core.clock import Clock

SLEPT_S = 10.0
"""Who looks every second and finds that much gone has slept; on some systems only the wall clock shows it."""


class LocalSigns:
    """Remembers the last look."""

    def __init__(self, routes: Callable[[], object], *, clock: Clock) -> None:
        """`routes` is anything that differs when the network of this computer does."""
        self._routes = routes
        self._clock = clock
        self._last = self._look()

    def has_changed(self) -> bool:
        """Whether something is otherwise than at the last call, so that the cloud is worth asking now."""
        (routes, awake, wall), self._last = self._last, self._look()
        return self._last[0] != routes or self._last[1] - awake > SLEPT_S or self._last[2] - wall > SLEPT_S

    def _look(self) -> tuple[object, float, float]:
        return self._routes(), self._clock.monotonic(), self._clock.now().timestamp()
