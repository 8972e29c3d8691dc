"""A base for objects that `with` and `async with` close."""

from __future__ import annotations

from types import TracebackType
from typing import Self


class Closing:
    """Closes itself when a `with` or `async with` block ends.

    It is not an ABC, because that would make `isinstance` checks of streams slower.
    """

    def close(self) -> None:
        """Close it, blocking; further calls do nothing."""
        raise NotImplementedError

    async def aclose(self) -> None:
        """Close it under asyncio or trio; further calls do nothing."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        await self.aclose()
