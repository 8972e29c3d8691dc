"""`with` and `async with` for what is closed in both worlds."""

from __future__ import annotations

from types import TracebackType
from typing import Self


class Closing:
    """Closes itself where a `with` or an `async with` is left.

    It is no ABC, which would make `isinstance` of a stream slower.
    """

    def close(self) -> None:
        """Close it, blocking; more than once does no harm."""
        raise NotImplementedError

    async def aclose(self) -> None:
        """Close it under asyncio or trio; more than once does no harm."""
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
