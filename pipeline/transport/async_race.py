"""Run alternatives as tasks of an event loop; see `IO.race`."""

from __future__ import annotations

from collections.abc import Sequence

import anyio

from ..port import IO, Alternative, T


async def race(io: IO, alternatives: Sequence[Alternative[T]]) -> T:
    """See `IO.race`."""
    won: list[T] = []
    errors: dict[int, Exception] = {}

    async def run(number: int, alternative: Alternative[T]) -> None:
        try:
            result = await alternative(io)
        except Exception as error:  # noqa: BLE001  # raised if no other alternative succeeds
            errors[number] = error
            return
        if won:
            # It ended in the same moment as the winner.
            await discard(io, result)
        else:
            won.append(result)
            tasks.cancel_scope.cancel()

    try:
        async with anyio.create_task_group() as tasks:
            for number, alternative in enumerate(alternatives):
                tasks.start_soon(run, number, alternative)
    except BaseException:
        # The call itself was cancelled meanwhile.
        for result in won:
            await discard(io, result)
        raise
    if won:
        # The errors have frames with what won: a stream would outlive its last reference.
        errors.clear()
        return won.pop()
    raise errors[min(errors)]


async def discard(io: IO, result: object) -> None:
    """Close the result of an alternative that lost, if it can be closed."""
    close = getattr(result, "aclose", None)
    if close is not None:
        await io.shield(close)
