"""Connect to one of a host's addresses in an event loop (Happy Eyeballs, RFC 8305)."""

from __future__ import annotations

import ssl
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

import anyio
import httpcore

from ..resolve import resolve
from .limits import Limits
from .loops import LoopSignal
from .sockets import READ_BYTES

# https://www.rfc-editor.org/rfc/rfc8305#section-8
_NEXT_ADDRESS_SECONDS = 0.25

T = TypeVar("T")


async def dial(host: str, port: int, limits: Limits) -> httpcore.AsyncNetworkStream:
    """Connect to the first address of a host that answers."""
    addresses = await resolve(host, port, LoopSignal(), limits.wait())
    # Any, because httpcore declares the name twice, once for installations without anyio.
    backend: Any = httpcore.AnyIOBackend

    async def connect(address: str) -> httpcore.AsyncNetworkStream:
        stream: httpcore.AsyncNetworkStream = await backend().connect_tcp(
            address, port, limits.wait()
        )
        return stream

    return await race(addresses, connect, httpcore.AsyncNetworkStream.aclose)


async def race(
    addresses: Sequence[str],
    connect: Callable[[str], Awaitable[T]],
    close: Callable[[T], Awaitable[None]],
) -> T:
    """Return the first connection to one of the addresses; start the next one after a while.

    Raises:
        Exception: what the last address raised, if no address answers.
    """
    if len(addresses) == 1:
        return await connect(addresses[0])
    made: list[T] = []
    errors: list[Exception] = []

    async def attempt(address: str, ended: anyio.Event) -> None:
        try:
            made.append(await connect(address))
        except Exception as error:  # noqa: BLE001  # raised below
            errors.append(error)
        ended.set()
        if made:
            attempts.cancel_scope.cancel()

    try:
        async with anyio.create_task_group() as attempts:
            for address in addresses:
                ended = anyio.Event()
                attempts.start_soon(attempt, address, ended)
                with anyio.move_on_after(_NEXT_ADDRESS_SECONDS):
                    await ended.wait()
    except BaseException:
        await _close_all(made, close)
        raise
    if not made:
        raise errors[-1]
    # Two may have been made at the same time.
    await _close_all(made[1:], close)
    return made[0]


async def _close_all(made: Sequence[T], close: Callable[[T], Awaitable[None]]) -> None:
    with anyio.CancelScope(shield=True):
        for each in made:
            await close(each)


class AsyncLine:
    """A connection to a proxy; see `Line` in proxies.py."""

    def __init__(self, stream: httpcore.AsyncNetworkStream) -> None:
        self._stream = stream

    async def read(self, limits: Limits) -> bytes:
        """See `Socket.read`."""
        return await self._stream.read(READ_BYTES, limits.wait())

    async def write(self, data: bytes, limits: Limits) -> None:
        """See `Socket.write`."""
        limits.connected()
        await self._stream.write(data, limits.wait())

    async def send(self, data: bytes, limits: Limits) -> None:
        """See `Line.send`."""
        await self._stream.write(data, limits.wait())

    async def start_tls(self, context: ssl.SSLContext, host: str, limits: Limits) -> None:
        """See `Line.start_tls`."""
        self._stream = await self._stream.start_tls(context, host, limits.wait())

    def is_readable(self) -> bool:
        """See `Socket.is_readable`."""
        return bool(self._stream.get_extra_info("is_readable"))

    async def aclose(self) -> None:
        """See `Socket.aclose`."""
        with anyio.CancelScope(shield=True):
            await self._stream.aclose()


async def dial_proxy(host: str, port: int, limits: Limits) -> AsyncLine:
    """Connect to a proxy."""
    return AsyncLine(await dial(host, port, limits))
