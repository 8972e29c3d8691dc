"""Base of ports that change how requests are sent and leave everything else to another port."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from copy import copy
from typing import Any, Self

from ..port import IO, Alternative, HTTPRequest, HTTPResponse, HTTPStream, Signal, T


class WrappedIO:
    """Passes every call of the port `IO` on to the port that it wraps."""

    def __init__(self, inner: IO) -> None:
        self._inner = inner
        self.blocking = inner.blocking

    def loop(self) -> object:
        """See `IO.loop`."""
        return self._inner.loop()

    async def sleep(self, seconds: float) -> None:
        """See `IO.sleep`."""
        await self._inner.sleep(seconds)

    async def send(self, request: HTTPRequest) -> HTTPResponse:
        """See `IO.send`."""
        return await self._inner.send(request)

    async def open(self, request: HTTPRequest) -> HTTPStream:
        """See `IO.open`."""
        return await self._inner.open(request)

    async def run(self, function: Callable[[], T]) -> T:
        """See `IO.run`."""
        return await self._inner.run(function)

    def event(self) -> Signal:
        """See `IO.event`."""
        return self._inner.event()

    async def race(self, alternatives: Sequence[Alternative[T]]) -> T:
        """See `IO.race`; each alternative sends through a copy of this port."""

        def through(alternative: Alternative[T]) -> Alternative[T]:
            return lambda io: alternative(self._around(io))

        return await self._inner.race([through(alternative) for alternative in alternatives])

    def _around(self, inner: IO) -> Self:
        other = copy(self)
        other._inner = inner
        return other

    async def shield(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """See `IO.shield`."""
        await self._inner.shield(work)

    def spawn(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """See `IO.spawn`."""
        self._inner.spawn(work)
