"""The end of a server: no new requests, and open ones get time to finish."""

from __future__ import annotations

from anyio import CancelScope, Event


class Drain:
    """Knows the requests that are open; each of them has a scope that `cut` cancels.

    Attributes:
        begun: whether new requests are refused.
    """

    def __init__(self) -> None:
        self.begun = False
        self._open: set[CancelScope] = set()
        self._left = Event()

    def enter(self) -> CancelScope:
        """Return the scope of a request that begins."""
        scope = CancelScope()
        self._open.add(scope)
        return scope

    def leave(self, scope: CancelScope) -> None:
        """Forget a request that has ended."""
        self._open.discard(scope)
        self._left.set()

    async def wait(self) -> None:
        """Return once no request is open."""
        while self._open:
            self._left = Event()
            await self._left.wait()

    def begin(self) -> None:
        """Refuse new requests from now on."""
        self.begun = True

    def cut(self) -> None:
        """End the requests that are still open; streams get an event of an error."""
        self.begun = True
        for scope in list(self._open):
            scope.cancel()
