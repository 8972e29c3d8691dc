"""A clock that a test controls."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from trunkline import Handler, Reply, Request, replace


class Clock:
    """A clock that moves only when a test moves it; `sleeps` records the waits that used it."""

    def __init__(self, now: float = 1_700_000_000.0) -> None:
        self.now = now
        self.sleeps: list[float] = []

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += seconds

    def fast_forward(self, request: Request, call_next: Handler) -> Awaitable[Reply]:
        """Act as a middleware: inside it, waits move this clock and take no time."""
        return call_next(replace(request, io=_FastIO(request.io, self)))


class _FastIO:
    """The real `IO`, except that sleeping moves a clock."""

    def __init__(self, inner: Any, clock: Clock) -> None:
        self._inner = inner
        self._clock = clock

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    async def sleep(self, seconds: float) -> None:
        self._clock.sleeps.append(seconds)
        self._clock.advance(seconds)


Middlewares = list[Callable[[Request, Handler], Awaitable[Reply]]]
