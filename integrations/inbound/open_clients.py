"""HTTP clients that can still be used after they were closed.

Some frameworks close the HTTP client that they were given after each call, and use it again in the
next one. There is nothing to close: the transport has no connections, and the trunkline Client
behind it belongs to the caller.
"""

from __future__ import annotations

from typing import Self


class StaysOpen:
    """Makes an HTTP client ignore that it is closed."""

    def close(self) -> None:
        """Do nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        pass


class AsyncStaysOpen:
    """Makes an asynchronous HTTP client ignore that it is closed."""

    async def aclose(self) -> None:
        """Do nothing."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_error: object) -> None:
        pass
